// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * Error numbers that Java code compares with (asm-generic/errno.h; equal on all supported
 * machines). Names and texts for printing are in the tables.
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int E2BIG = 7;
  public static final int ENOEXEC = 8;
  public static final int EBADF = 9;
  public static final int ECHILD = 10;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int EMFILE = 24;
  public static final int ENOTTY = 25;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int ESPIPE = 29;
  public static final int EPIPE = 32;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int EOPNOTSUPP = 95;

  /** Kernel-internal results that only a tracer sees (include/linux/errno.h). */
  public static final int ERESTARTSYS = 512;

  public static final int ERESTARTNOINTR = 513;
  public static final int ERESTARTNOHAND = 514;
  public static final int ERESTART_RESTARTBLOCK = 516;

  /** "Operation is not supported" inside the kernel, which bpf(2) lets out. */
  public static final int ENOTSUPP = 524;

  private Errno() {}
}
