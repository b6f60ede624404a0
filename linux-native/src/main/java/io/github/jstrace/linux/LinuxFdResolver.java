// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import io.github.jstrace.core.decode.FdResolver;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Looks descriptors of tracees up in {@code /proc}, and sockets in the kernel's socket diagnostics.
 */
public final class LinuxFdResolver implements FdResolver {
  private static final int AT_FDCWD = -100;

  private static final int STATX_SIZE = 256;
  private static final int STX_MODE = 28;
  private static final int STX_INO = 32;
  private static final int STX_RDEV_MAJOR = 128;
  private static final int STX_RDEV_MINOR = 132;

  /** Major and minor, of 32 bits each. */
  private static final int STX_DEV = 136;

  private static final int S_IFMT = 0170000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;
  private static final int STATX_BASIC_STATS = 0x7ff;

  private final boolean late;
  private final Libc libc;
  private final ProcFs proc;
  private @Nullable NativeMemory statx;
  private @Nullable SocketDiagnostics sockets;
  private @Nullable GenericFamilies families;
  private @Nullable PidNamespaces namespaces;
  private @Nullable SecurityContexts contexts;

  public LinuxFdResolver(Libc libc) {
    this(libc, false);
  }

  /** {@code late}: see {@link #late}. */
  public LinuxFdResolver(Libc libc, boolean late) {
    this.late = late;
    this.libc = libc;
    this.proc = new ProcFs(libc);
  }

  @Override
  public byte @Nullable [] path(int tid, int fd) {
    return fd == AT_FDCWD ? proc.cwd(tid) : proc.fdTarget(tid, fd);
  }

  @Override
  public @Nullable String details(int tid, int fd, byte[] path) {
    if (path.length > 0 && path[0] == '/') {
      return device(tid, fd);
    }
    long inode = socketInode(path);
    if (inode >= 0) {
      return sockets().describe(tid, fd, inode);
    }
    return isPidfd(path) ? pidOfPidfd(tid, fd) : null;
  }

  @Override
  public byte @Nullable [] information(int tid, int fd) {
    return proc.read(ProcFs.path(tid, "/fdinfo/" + fd));
  }

  @Override
  public boolean isNamed(int tid, int fd, byte[] path) {
    // What a path leads to, and the descriptor, from the thread's root.
    byte[] root = ProcFs.path(tid, "/root");
    byte[] name = java.util.Arrays.copyOf(root, root.length + path.length);
    System.arraycopy(path, 0, name, root.length, path.length);
    long[] file = identity(ProcFs.path(tid, "/fd/" + fd));
    return file != null && java.util.Arrays.equals(file, identity(name));
  }

  private SocketDiagnostics sockets() {
    SocketDiagnostics diagnostics = sockets;
    if (diagnostics == null) {
      diagnostics = new SocketDiagnostics(libc);
      sockets = diagnostics;
    }
    return diagnostics;
  }

  @Override
  public int netlinkProtocol(int tid, int fd) {
    byte[] path = proc.fdTarget(tid, fd);
    long inode = path == null ? -1 : socketInode(path);
    return inode < 0 ? NOT_NETLINK : sockets().netlinkProtocol(tid, fd, inode);
  }

  @Override
  public boolean late() {
    return late;
  }

  @Override
  public byte @Nullable [] interfaceName(int index) {
    return sockets().interfaceName(index);
  }

  @Override
  public byte @Nullable [] genericFamily(int number) {
    GenericFamilies known = families;
    if (known == null) {
      known = new GenericFamilies(libc);
      families = known;
    }
    return known.name(number);
  }

  @Override
  public byte @Nullable [] comm(int pid) {
    return proc.comm(pid);
  }

  @Override
  public int ownPid(int tid, int id, PidKind kind) {
    PidNamespaces known = namespaces;
    if (known == null) {
      known = new PidNamespaces(libc, proc);
      namespaces = known;
    }
    return known.translate(tid, id, kind);
  }

  @Override
  public @Nullable String namespace(int tid, String name) {
    byte[] link = proc.readLink(ProcFs.path(tid, "/ns/" + name));
    return link == null ? null : new String(link, StandardCharsets.ISO_8859_1);
  }

  @Override
  public long mapping(int tid, byte[] path) {
    byte[] maps = proc.maps(tid);
    String text = maps == null ? "" : new String(maps, StandardCharsets.ISO_8859_1);
    int at = text.indexOf(" " + new String(path, StandardCharsets.ISO_8859_1) + "\n");
    if (at < 0) {
      return 0;
    }
    int line = text.lastIndexOf('\n', at) + 1;
    return ProcFs.parse(ProcFs.ascii(text.substring(line, text.indexOf('-', line))), 16);
  }

  @Override
  public byte @Nullable [] fdContext(int tid, int fd) {
    return contexts().ofFile(ProcFs.path(tid, "/fd/" + fd), true);
  }

  @Override
  public byte @Nullable [] fileContext(int tid, int dirfd, byte[] path) {
    return contexts().ofPath(tid, dirfd, path);
  }

  @Override
  public byte @Nullable [] policyFdContext(int tid, int fd) {
    return contexts().policyOfFile(ProcFs.path(tid, "/fd/" + fd), true);
  }

  @Override
  public byte @Nullable [] policyFileContext(int tid, int dirfd, byte[] path) {
    return contexts().policyOfPath(tid, dirfd, path);
  }

  @Override
  public byte @Nullable [] threadContext(int tid) {
    return contexts().ofThread(tid);
  }

  private SecurityContexts contexts() {
    SecurityContexts reader = contexts;
    if (reader == null) {
      reader = new SecurityContexts(libc, proc);
      contexts = reader;
    }
    return reader;
  }

  /** {@code struct statx} of a file, or null. */
  private @Nullable NativeMemory statx(byte[] path) {
    NativeMemory buffer = statx;
    if (buffer == null) {
      buffer = libc.allocate(STATX_SIZE);
      statx = buffer;
    }
    return libc.statx(path, 0, STATX_BASIC_STATS, buffer.address()) == 0 ? buffer : null;
  }

  /** What no other file has: its number and that of its device; null if there is no such file. */
  private long @Nullable [] identity(byte[] path) {
    NativeMemory buffer = statx(path);
    return buffer == null ? null : new long[] {buffer.getLong(STX_INO), buffer.getLong(STX_DEV)};
  }

  private @Nullable String device(int tid, int fd) {
    NativeMemory buffer = statx(ProcFs.path(tid, "/fd/" + fd));
    if (buffer == null) {
      return null;
    }
    int type = buffer.getShort(STX_MODE) & S_IFMT;
    if (type != S_IFCHR && type != S_IFBLK) {
      return null;
    }
    int major = buffer.getInt(STX_RDEV_MAJOR);
    int minor = buffer.getInt(STX_RDEV_MINOR);
    String terminal = type == S_IFCHR && major == 5 && minor == 2 ? otherEnd(tid, fd) : "";
    return (type == S_IFCHR ? "char " : "block ")
        + Integer.toUnsignedString(major)
        + ":"
        + Integer.toUnsignedString(minor)
        + terminal;
  }

  /**
   * Which terminal what has been opened as /dev/ptmx is the other end of, as {@code @/dev/pts/3}.
   */
  private String otherEnd(int tid, int fd) {
    byte[] info = information(tid, fd);
    byte[] index = info == null ? null : ProcFs.field(info, "tty-index");
    return index == null ? "" : " @/dev/pts/" + ProcFs.parse(index, 10);
  }

  /** The inode of {@code socket:[123]}, or -1. */
  private static long socketInode(byte[] path) {
    String text = new String(path, StandardCharsets.ISO_8859_1);
    if (!text.startsWith("socket:[") || !text.endsWith("]")) {
      return -1;
    }
    byte[] digits = java.util.Arrays.copyOfRange(path, "socket:[".length(), path.length - 1);
    return ProcFs.parse(digits, 10);
  }

  private static boolean isPidfd(byte[] path) {
    String text = new String(path, StandardCharsets.ISO_8859_1);
    return text.equals("anon_inode:[pidfd]") || text.startsWith("pidfd:[");
  }

  private @Nullable String pidOfPidfd(int tid, int fd) {
    byte[] info = information(tid, fd);
    byte[] pid = info == null ? null : ProcFs.field(info, "Pid");
    // -1 when the process is gone, 0 in another pid namespace
    long number = pid == null ? 0 : ProcFs.parse(pid, 10);
    return number == 0 ? null : "pid:" + number;
  }
}
