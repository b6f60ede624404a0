// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Contexts of SELinux (selinux(8)): of files the extended attribute {@code security.selinux}, which
 * is there whether or not the system uses it, of threads {@code /proc/TID/attr/current}. What
 * cannot be read is null.
 */
final class SecurityContexts {
  private static final int AT_FDCWD = -100;
  private static final int SIZE = 4096;
  private static final int O_PATH = 0x200000;
  private static final int STATX_SIZE = 256;
  private static final int STATX_MODE = 3;
  private static final int STX_MODE = 28;
  private static final String DELETED = " (deleted)";

  private final Libc libc;
  private final ProcFs proc;
  private final NativeMemory memory;

  SecurityContexts(Libc libc, ProcFs proc) {
    this.libc = libc;
    this.proc = proc;
    this.memory = libc.allocate(3 * SIZE);
  }

  byte @Nullable [] ofThread(int tid) {
    byte[] context = proc.read(ProcFs.path(tid, "/attr/current"));
    return context == null || context.length == 0 ? null : context;
  }

  /**
   * @param dirfd where a relative path begins
   */
  byte @Nullable [] ofPath(int tid, int dirfd, byte[] path) {
    byte[] whole = whole(tid, dirfd, path);
    return whole == null ? null : ofFile(whole, false);
  }

  /** What {@link #ofPath} ought to be by the policy; null if that says nothing. */
  byte @Nullable [] policyOfPath(int tid, int dirfd, byte[] path) {
    byte[] whole = whole(tid, dirfd, path);
    return whole == null ? null : policyOfFile(whole, false);
  }

  /** What {@link #ofFile} ought to be by the policy; null if that says nothing. */
  byte @Nullable [] policyOfFile(byte[] path, boolean follow) {
    PolicyContexts policy = PolicyContexts.load(libc);
    if (policy == null || !policy.known()) {
      return null;
    }
    int fd = libc.open(path, O_PATH | (follow ? 0 : Arch.current().oNofollow()), 0);
    if (fd < 0) {
      return null;
    }
    byte[] real = proc.fdTarget(0, fd);
    memory.clear(0, STATX_SIZE);
    boolean known = libc.statx(ProcFs.path(0, "/fd/" + fd), 0, STATX_MODE, memory.address()) == 0;
    int mode = memory.getShort(STX_MODE) & 0xffff;
    Reference.reachabilityFence(memory);
    libc.close(fd);
    return real == null || !known ? null : policy.of(withoutDeleted(real), mode);
  }

  /** Without what /proc says of files that are unlinked; such a name would mean another file. */
  private static byte[] withoutDeleted(byte[] path) {
    String text = new String(path, StandardCharsets.ISO_8859_1);
    return text.endsWith(DELETED) ? Arrays.copyOf(path, path.length - DELETED.length()) : path;
  }

  private static byte @Nullable [] whole(int tid, int dirfd, byte[] path) {
    if (path.length == 0) {
      return null;
    }
    String name = new String(path, StandardCharsets.ISO_8859_1);
    if (name.equals("/proc/self") || name.startsWith("/proc/self/")) {
      name = "/proc/" + tid + name.substring("/proc/self".length());
    }
    String from =
        name.charAt(0) == '/' ? "/root" : dirfd == AT_FDCWD ? "/cwd/" : "/fd/" + dirfd + "/";
    String whole = "/proc/" + tid + from + name;
    return whole.getBytes(StandardCharsets.ISO_8859_1);
  }

  byte @Nullable [] ofFile(byte[] path, boolean follow) {
    if (path.length >= SIZE) {
      return null;
    }
    byte[] attribute = ProcFs.ascii("security.selinux");
    memory.clear(0, 2 * SIZE);
    memory.put(0, path, 0, path.length);
    memory.put(SIZE, attribute, 0, attribute.length);
    Arch arch = Arch.current();
    long at = memory.address();
    long got =
        libc.syscall(
            follow ? arch.sysGetxattr() : arch.sysLgetxattr(),
            at,
            at + SIZE,
            at + 2 * SIZE,
            SIZE,
            0);
    byte[] context = got <= 0 ? null : memory.bytes(2 * SIZE, (int) got);
    Reference.reachabilityFence(memory);
    return context;
  }
}
