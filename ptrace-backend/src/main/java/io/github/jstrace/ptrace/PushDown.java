// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.linux.Ptrace;

/**
 * Whether a seccomp filter in the tracees tells of the calls that are to be reported, so that they
 * need not stop at others, and for which of them that cannot be relied on.
 */
final class PushDown {
  /**
   * SECCOMP_FILTER_FLAG_SPEC_ALLOW: or else, before Linux 5.16, the kernel would slow the tracee
   * down by mitigations for untrusted code.
   */
  static final int INSTALL_FLAGS = 4;

  /**
   * What a filter takes of a tracer: to be told of calls, and to have all who inherit the filter.
   */
  static final int PTRACE_OPTIONS =
      Ptrace.O_TRACESECCOMP | Ptrace.O_TRACEFORK | Ptrace.O_TRACEVFORK | Ptrace.O_TRACECLONE;

  private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;

  private final TraceeTable table;
  private final Requests requests;

  private boolean planned;
  private boolean active;
  private int optionsWithout;

  PushDown(TraceeTable table, Requests requests) {
    this.table = table;
    this.requests = requests;
  }

  /**
   * The launched command is going to install a filter.
   *
   * @param optionsWithout ptrace options for the case that the kernel refuses it
   */
  void plan(int optionsWithout) {
    this.planned = true;
    this.optionsWithout = optionsWithout;
  }

  /** Whether there is a filter, or there may be one later. */
  boolean planned() {
    return planned;
  }

  /** Tells how the installation of our filter ended. */
  void installed(TraceeState state, boolean failed) {
    if (failed) {
      planned = false;
      requests.setOptions(state.tid(), optionsWithout);
    } else {
      active = true;
    }
  }

  /** Whether the thread, if let run freely, stops at the next thing to report. */
  boolean suffices(TraceeState state) {
    return active
        && !state.hidden
        && !state.ownFilter
        && !state.unknownOrigin
        && !state.tracee.inSyscall();
  }

  /**
   * Whether a thread can be let go of: it has our filter, and none of its own that may forbid it.
   */
  boolean mayRelease(TraceeState state) {
    return active && !state.hidden && !state.ownFilter && !state.unknownOrigin;
  }

  /** Whether our filter is installed. */
  boolean active() {
    return active;
  }

  /** Looks at a call that a thread has entered: whether it may get a filter of its own by that. */
  void entered(TraceeState state) {
    Tracee tracee = state.tracee;
    if (!active || !FilterProgram.installsFilter(tracee.abi(), tracee.number(), tracee.arg(0))) {
      return;
    }
    state.ownFilter = true;
    boolean prctl = tracee.number() != FilterProgram.seccomp(tracee.abi());
    if (!prctl && (tracee.arg(1) & SECCOMP_FILTER_FLAG_TSYNC) != 0) {
      for (TraceeState other : table.all()) {
        if (other.tracee.tgid() == tracee.tgid() && !other.ownFilter) {
          boolean runsFreely = suffices(other);
          other.ownFilter = true;
          if (runsFreely) {
            requests.interrupt(other.tid());
          }
        }
      }
    }
  }

  /** A new thread, or one that took another's place, has the filters of that other one. */
  static void inherit(TraceeState state, TraceeState from) {
    state.ownFilter |= from.ownFilter;
    state.unknownOrigin |= from.unknownOrigin;
  }
}
