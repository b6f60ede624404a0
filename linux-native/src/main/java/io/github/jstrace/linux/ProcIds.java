// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc} calls a thread. It has the ids of the pid namespace that it was mounted in,
 * which may be above ours ({@code unshare -pf} without {@code --mount-proc}): then each id is
 * looked for in the lines {@code NSpid} of all processes (pid_namespaces(7)).
 */
final class ProcIds {
  /** ioctl_ns(2). */
  private static final int NS_GET_PARENT = 0xb702;

  private static final int O_CLOEXEC = 0x80000;

  private static boolean known;
  private static @Nullable ProcIds foreign;

  private final Libc libc;
  private final ProcFs proc;

  /** Our place in {@code NSpid}. */
  private final int level;

  private final byte @Nullable [] own;
  private final Map<Integer, Integer> found = new HashMap<>();

  private ProcIds(Libc libc, ProcFs proc) {
    this.libc = libc;
    this.proc = proc;
    this.level = Math.max(0, list(proc.read(raw("self", "/status"))).length - 1);
    this.own = proc.readLink(raw("self", "/ns/pid"));
  }

  /** Null if our ids are those of {@code /proc}. */
  private static @Nullable ProcIds foreign() {
    if (!known) {
      Libc libc = Libc.get();
      ProcFs proc = new ProcFs(libc);
      byte[] self = proc.readLink(ProcFs.ascii("/proc/self"));
      if (self != null && ProcFs.parse(self, 10) != libc.getpid()) {
        foreign = new ProcIds(libc, proc);
      }
      known = true;
    }
    return foreign;
  }

  /** What {@code /proc} calls one of our threads, -1 if nothing. */
  static synchronized int of(int tid) {
    ProcIds ids = foreign();
    return ids == null ? tid : ids.find(tid);
  }

  /**
   * What we call the one that {@code /proc} calls so.
   *
   * @return 0 if it is not in our namespace or below; a negative id itself
   */
  static synchronized int ours(int id) {
    ProcIds ids = foreign();
    return ids == null || id < 0 ? id : ids.ownId(Integer.toString(id));
  }

  /** Likewise for many. */
  static synchronized int[] ours(int[] list) {
    ProcIds ids = foreign();
    if (ids == null) {
      return list;
    }
    int[] result = new int[list.length];
    int count = 0;
    for (int id : list) {
      int name = ids.ownId(Integer.toString(id));
      if (name > 0) {
        result[count++] = name;
      }
    }
    result = Arrays.copyOf(result, count);
    Arrays.sort(result);
    return result;
  }

  /** Our place among the ids of a line {@code NSpid}: 0 but where {@code /proc} is of others. */
  static synchronized int level() {
    ProcIds ids = foreign();
    return ids == null ? 0 : ids.level;
  }

  private int find(int tid) {
    Integer before = found.get(tid);
    if (before != null && ownId(before.toString()) == tid) {
      return before;
    }
    int[] processes = proc.numbersIn(ProcFs.ascii("/proc"));
    // new ones have the highest ids, most often
    for (int i = processes.length - 1; i >= 0; i--) {
      if (ownId(Integer.toString(processes[i])) == tid) {
        found.put(tid, processes[i]);
        return processes[i];
      }
    }
    for (int i = processes.length - 1; i >= 0; i--) {
      for (int thread : proc.numbersIn(raw(Integer.toString(processes[i]), "/task"))) {
        if (thread != processes[i] && ownId(Integer.toString(thread)) == tid) {
          found.put(tid, thread);
          return thread;
        }
      }
    }
    return -1;
  }

  /** The id in our namespace; 0 if it has none. */
  private int ownId(String id) {
    byte[] status = proc.read(raw(id, "/status"));
    int[] ids = list(status);
    if (status == null || ids.length <= level) {
      return 0;
    }
    byte[] ancestor = ancestor(libc, proc, raw(id, "/ns/pid"), ids.length - 1 - level);
    boolean same = ancestor == null ? isOurZombie(status) : Arrays.equals(ancestor, own);
    return same ? ids[level] : 0;
  }

  /** Its namespace cannot be asked for any more, but that of its parent. */
  private boolean isOurZombie(byte[] status) {
    byte[] parent = ProcFs.field(status, "PPid");
    return isZombie(ProcFs.field(status, "State"))
        && parent != null // 0 has no status
        && ownId(new String(parent, StandardCharsets.ISO_8859_1)) != 0;
  }

  private static int[] list(byte @Nullable [] status) {
    byte[] line = status == null ? null : ProcFs.field(status, "NSpid");
    return line == null
        ? new int[0]
        : CallerState.inOrder(new String(line, StandardCharsets.ISO_8859_1));
  }

  /** A zombie is in no namespace any more; others may be kept from our eyes. */
  static boolean isZombie(byte @Nullable [] state) {
    return state != null && state.length > 0 && (state[0] == 'Z' || state[0] == 'X');
  }

  private static byte[] raw(String id, String suffix) {
    return ProcFs.ascii("/proc/" + id + suffix);
  }

  /** The pid namespace so many levels above that of a file {@code /proc/PID/ns/pid}. */
  static byte @Nullable [] ancestor(Libc libc, ProcFs proc, byte[] path, int levels) {
    if (levels == 0) {
      return proc.readLink(path);
    }
    int fd = libc.open(path, O_CLOEXEC, 0);
    for (int i = 0; i < levels && fd >= 0; i++) {
      int parent = (int) libc.syscall(Arch.current().sysIoctl(), fd, NS_GET_PARENT, 0, 0, 0);
      libc.close(fd);
      fd = parent;
    }
    if (fd < 0) {
      return null;
    }
    byte[] name = proc.fdTarget(0, fd);
    libc.close(fd);
    return name;
  }
}
