// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/** Taking apart the status that {@code wait4} gives (wait(2), and ptrace(2) for the upper bits). */
public final class WaitStatus {
  /**
   * {@code stopSignal} of a system call stop under {@link Ptrace#O_TRACESYSGOOD}: SIGTRAP with bit
   * 7.
   */
  public static final int SYSCALL_STOP = 5 | 0x80;

  private WaitStatus() {}

  /** {@code WIFEXITED}. */
  public static boolean exited(int status) {
    return (status & 0x7f) == 0;
  }

  /** {@code WEXITSTATUS}, 0 to 255. */
  public static int exitCode(int status) {
    return (status >> 8) & 0xff;
  }

  /** {@code WIFSIGNALED}. */
  public static boolean killed(int status) {
    int low = status & 0x7f;
    return low != 0 && low != 0x7f;
  }

  /** {@code WTERMSIG}, 1 to 64. */
  public static int termSignal(int status) {
    return status & 0x7f;
  }

  /** {@code WCOREDUMP}. */
  public static boolean coreDumped(int status) {
    return (status & 0x80) != 0;
  }

  /** {@code WIFSTOPPED}. */
  public static boolean stopped(int status) {
    return (status & 0xff) == 0x7f;
  }

  /** {@code WIFCONTINUED}. */
  public static boolean continued(int status) {
    return status == 0xffff;
  }

  /** {@code WSTOPSIG}: a signal, or {@link #SYSCALL_STOP}. */
  public static int stopSignal(int status) {
    return (status >> 8) & 0xff;
  }

  /** {@code PTRACE_EVENT_*} of a stop, or 0. */
  public static int ptraceEvent(int status) {
    return status >>> 16;
  }

  /** The status of a process that exited with {@code code}. */
  public static int ofExit(int code) {
    return (code & 0xff) << 8;
  }
}
