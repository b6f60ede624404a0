// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * Reusable {@code wait4} (wait4(2)): waits for a tracee and keeps the status and the CPU times that
 * came with it.
 */
public final class ChildWait {
  public static final int WNOHANG = 1;

  /** Threads too, and whatever signal they send when they end; a tracer always wants it. */
  public static final int WALL = 0x40000000;

  /** Only children and tracees of the calling thread. */
  public static final int WNOTHREAD = 0x20000000;

  private static final int STATUS = 0;
  private static final int RUSAGE = 8;
  // struct rusage: ru_utime and ru_stime come first, 16 bytes each; 144 bytes in all.
  private static final int SIZE = RUSAGE + 144;

  private final Libc libc;
  private final NativeMemory memory;

  public ChildWait(Libc libc) {
    this.libc = libc;
    this.memory = libc.allocate(SIZE);
  }

  /**
   * Waits.
   *
   * @param pid thread to wait for, or -1 for any
   * @param options {@link #WNOHANG}, {@link #WALL}, {@link #WNOTHREAD}
   * @param withTimes whether {@link #userTime} and {@link #systemTime} are wanted
   * @return the thread that changed state, 0 if none did ({@link #WNOHANG}), or -errno: ECHILD when
   *     there is nothing left to wait for, EINTR when a signal handler ran
   */
  public int await(int pid, int options, boolean withTimes) {
    long address = memory.address();
    return libc.wait4(pid, address + STATUS, options, withTimes ? address + RUSAGE : 0);
  }

  /** What happened: see {@link WaitStatus}. */
  public int status() {
    return memory.getInt(STATUS);
  }

  /**
   * CPU time in user mode of the thread waited for, in nanoseconds (the kernel gives microseconds).
   */
  public long userTime() {
    return memory.getLong(RUSAGE) * 1_000_000_000L + memory.getLong(RUSAGE + 8) * 1_000L;
  }

  /** CPU time in the kernel, in nanoseconds (the kernel gives microseconds). */
  public long systemTime() {
    return memory.getLong(RUSAGE + 16) * 1_000_000_000L + memory.getLong(RUSAGE + 24) * 1_000L;
  }
}
