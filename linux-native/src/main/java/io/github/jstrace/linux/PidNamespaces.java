// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import io.github.jstrace.core.decode.FdResolver;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ids of processes in the pid namespace of a tracee, as this process knows them: by {@code NSpid}
 * and its kin in {@code /proc/PID/status}, where each process has its id in every namespace from
 * ours down to its own (pid_namespaces(7)). There is no call that would ask for one, so an id that
 * was not seen before takes a walk over {@code /proc}.
 */
final class PidNamespaces {
  private final Libc libc;
  private final ProcFs proc;
  private final byte @Nullable [] own;

  /** Kind, namespace and id, to the thread that was found and the id that it was found to be. */
  private final Map<String, int[]> seen = new HashMap<>();

  PidNamespaces(Libc libc, ProcFs proc) {
    this.libc = libc;
    this.proc = proc;
    this.own = namespace(0);
  }

  /**
   * What {@code id}, in the namespace of {@code tid}, is called in ours.
   *
   * @return the same if both are in one namespace, 0 if it is unknown
   */
  int translate(int tid, int id, FdResolver.PidKind kind) {
    byte[] theirs = namespace(tid);
    if (theirs == null || own == null || Arrays.equals(own, theirs)) {
      return id;
    }
    int level = ids(tid, FdResolver.PidKind.TID).length - 1;
    if (level <= ProcIds.level()) {
      return 0; // not below ours
    }
    String key = kind.ordinal() + " " + id + new String(theirs, StandardCharsets.ISO_8859_1);
    int[] before = seen.get(key);
    int found = before == null ? 0 : match(before[0], id, kind, level, theirs);
    if (found == 0) {
      found = search(tid, id, kind, level, theirs, key);
    }
    // what it was, if it is gone since
    return found == 0 && before != null ? before[1] : found;
  }

  private int search(
      int tid, int id, FdResolver.PidKind kind, int level, byte[] namespace, String key) {
    int found = match(tid, id, kind, level, namespace);
    if (found != 0) {
      seen.put(key, new int[] {tid, found});
      return found;
    }
    for (int pid : proc.processes()) {
      int[] threads = kind == FdResolver.PidKind.TID ? proc.threads(pid) : new int[] {pid};
      for (int thread : threads) {
        found = match(thread, id, kind, level, namespace);
        if (found != 0) {
          seen.put(key, new int[] {thread, found});
          return found;
        }
      }
    }
    return 0;
  }

  /** The id of that kind that a thread has in our namespace, if {@code id} is what it has there. */
  private int match(int tid, int id, FdResolver.PidKind kind, int level, byte[] namespace) {
    int[] ids = ids(tid, kind);
    if (ids.length <= level || ids[level] != id) {
      return 0;
    }
    byte[] theirs = ancestor(tid, ids.length - 1 - level);
    // A zombie has no namespace any more; then the number of levels has to do.
    boolean same =
        theirs == null
            ? ids.length - 1 == level && ProcIds.isZombie(proc.statusField(tid, "State"))
            : Arrays.equals(theirs, namespace);
    return same ? ids[ProcIds.level()] : 0;
  }

  private int[] ids(int tid, FdResolver.PidKind kind) {
    byte[] list = proc.statusField(tid, field(kind));
    return list == null
        ? new int[0]
        : CallerState.inOrder(new String(list, StandardCharsets.ISO_8859_1));
  }

  private static String field(FdResolver.PidKind kind) {
    return switch (kind) {
      case TID -> "NSpid";
      case TGID -> "NStgid";
      case PGID -> "NSpgid";
      case SID -> "NSsid";
    };
  }

  private byte @Nullable [] namespace(int tid) {
    return proc.readLink(ProcFs.path(tid, "/ns/pid"));
  }

  /** The namespace so many levels above that of a thread. */
  private byte @Nullable [] ancestor(int tid, int levels) {
    return ProcIds.ancestor(libc, proc, ProcFs.path(tid, "/ns/pid"), levels);
  }
}
