// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.Ptrace;
import io.github.jstrace.linux.Signals;
import io.github.jstrace.linux.WaitStatus;

/**
 * What a wait status of a tracee under {@code PTRACE_SEIZE} means (ptrace(2), "Stopped states").
 */
enum WaitEvent {
  /** It exited by itself. */
  EXITED,
  /** A signal ended it. */
  KILLED,
  /** At the entry or exit of a system call; the status does not tell which. */
  SYSCALL_STOP,
  /** In a system call that a seccomp filter tells of, behind the stop at its entry if any. */
  SECCOMP_STOP,
  /** A signal is about to be delivered. */
  SIGNAL_STOP,
  /** Its process was stopped by a stopping signal, and it takes part. */
  GROUP_STOP,
  /** New, or after PTRACE_INTERRUPT, or a group-stop came to its end. */
  TRAP_STOP,
  /** It made a child or thread that is traced, too. */
  NEW_CHILD,
  /** Its execve succeeded. */
  EXEC,
  /** It begins to end; the end itself follows. */
  EXITING,
  /** Any other event of the tracer's interest: go on. */
  OTHER_STOP,
  /** Nothing that concerns a tracer. */
  NOTHING;

  static WaitEvent of(int status) {
    if (WaitStatus.stopped(status)) {
      int signal = WaitStatus.stopSignal(status);
      switch (WaitStatus.ptraceEvent(status)) {
        case 0:
          return signal == WaitStatus.SYSCALL_STOP ? SYSCALL_STOP : SIGNAL_STOP;
        case Ptrace.EVENT_STOP:
          return isStopping(signal) ? GROUP_STOP : TRAP_STOP;
        case Ptrace.EVENT_FORK:
        case Ptrace.EVENT_VFORK:
        case Ptrace.EVENT_CLONE:
          return NEW_CHILD;
        case Ptrace.EVENT_EXEC:
          return EXEC;
        case Ptrace.EVENT_SECCOMP:
          return SECCOMP_STOP;
        case Ptrace.EVENT_EXIT:
          return EXITING;
        default:
          return OTHER_STOP;
      }
    }
    if (WaitStatus.continued(status)) {
      return NOTHING;
    }
    return WaitStatus.exited(status) ? EXITED : KILLED;
  }

  /** Whether the thread is in a ptrace-stop, so that requests can be made. */
  boolean isStop() {
    return this != EXITED && this != KILLED && this != NOTHING;
  }

  private static boolean isStopping(int signal) {
    return signal == Signals.SIGSTOP
        || signal == Signals.SIGTSTP
        || signal == Signals.SIGTTIN
        || signal == Signals.SIGTTOU;
  }
}
