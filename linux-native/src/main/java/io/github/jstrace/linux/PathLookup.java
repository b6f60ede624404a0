// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the file of a command as strace does: a name with a slash is taken as it is, another is
 * searched for in {@code PATH} as a regular file that anyone may execute. Whether execve(2) will
 * accept it is left to execve.
 */
public final class PathLookup {
  /** Of a name that may be looked up, its NUL counted. */
  public static final int PATH_MAX = 4096;

  private static final int STATX_SIZE = 256;
  private static final int STATX_BASIC = 0x7ff;
  private static final int S_IFMT = 0xf000;
  private static final int S_IFREG = 0x8000;
  private static final int S_ISUID = 0x800;
  private static final int S_ISGID = 0x400;
  private static final byte[] NOTHING = {};

  private final Libc libc;
  private final NativeMemory statx;
  private byte[] path = NOTHING;

  public PathLookup(Libc libc) {
    this.libc = libc;
    this.statx = libc.allocate(STATX_SIZE);
  }

  /**
   * Finds a command.
   *
   * @param name as the user typed it
   * @param searchPath value of {@code PATH}, null if it is not set
   * @return 0, and then {@link #path} and {@link #mode} say more, or -errno of stat(2): ENOENT,
   *     EACCES, ENAMETOOLONG…
   */
  public int find(byte[] name, byte @Nullable [] searchPath) {
    path = NOTHING;
    if (name.length >= PATH_MAX) {
      return -Errno.ENAMETOOLONG;
    }
    if (contains(name, (byte) '/')) {
      path = name;
    } else if (searchPath != null && searchPath.length > 0) {
      search(name, searchPath);
    }
    return libc.statx(path, 0, STATX_BASIC, statx.address());
  }

  private void search(byte[] name, byte[] searchPath) {
    int from = 0;
    while (from < searchPath.length) { // so an empty last element does not count
      int end = from;
      while (end < searchPath.length && searchPath[end] != ':') {
        end++;
      }
      byte[] candidate = join(directory(searchPath, from, end), name);
      if (candidate.length < PATH_MAX
          && libc.statx(candidate, 0, STATX_BASIC, statx.address()) == 0
          && (mode() & S_IFMT) == S_IFREG
          && (mode() & 0111) != 0) {
        path = candidate;
        return;
      }
      from = end + 1;
    }
  }

  /** An element of the path; an empty one is the current directory. */
  private byte[] directory(byte[] searchPath, int from, int end) {
    if (end > from) {
      return Arrays.copyOfRange(searchPath, from, end);
    }
    byte[] cwd = new ProcFs(libc).cwd(0);
    return cwd == null ? NOTHING : cwd;
  }

  private static byte[] join(byte[] directory, byte[] name) {
    boolean slash = directory.length > 0 && directory[directory.length - 1] != '/';
    int prefix = directory.length + (slash ? 1 : 0);
    byte[] joined = Arrays.copyOf(directory, prefix + name.length);
    if (slash) {
      joined[directory.length] = '/';
    }
    System.arraycopy(name, 0, joined, prefix, name.length);
    return joined;
  }

  private static boolean contains(byte[] bytes, byte wanted) {
    for (byte b : bytes) {
      if (b == wanted) {
        return true;
      }
    }
    return false;
  }

  /** The file found, for execve. */
  public byte[] path() {
    return path;
  }

  /** {@code st_mode} of the file found. */
  public int mode() {
    return Short.toUnsignedInt(statx.getShort(28));
  }

  /** The user whose rights the file gives when executed, or {@code otherwise}. */
  public int effectiveUid(int otherwise) {
    return (mode() & S_ISUID) != 0 ? statx.getInt(20) : otherwise;
  }

  /** The group whose rights the file gives when executed, or {@code otherwise}. */
  public int effectiveGid(int otherwise) {
    return (mode() & S_ISGID) != 0 ? statx.getInt(24) : otherwise;
  }
}
