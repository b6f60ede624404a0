// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GE;
import static io.github.jstrace.ebpf.asm.Cond.LT;
import static io.github.jstrace.ebpf.asm.Cond.SGT;
import static io.github.jstrace.ebpf.asm.Cond.SLT;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Size.U32;

import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.Reg;

/**
 * Which calls are shown, as far as only their exits tell: by result and duration. User space
 * applies the same filter again, so what is not dropped here does no harm.
 */
public final class ResultFilter {
  private static final int MAX_ERRNO = 4095;

  /** The first and the last of the errors of calls that a signal broke off. */
  private static final int ERESTARTSYS = 512;

  private static final int ERESTART_RESTARTBLOCK = 516;

  /** Drops nothing. */
  public static final ResultFilter ALL = new ResultFilter(StatusFilter.ALL, 0);

  private final StatusFilter statuses;
  private final long minDuration;

  /**
   * @param minDuration nanoseconds that a call has to take at least
   */
  public ResultFilter(StatusFilter statuses, long minDuration) {
    this.statuses = statuses;
    this.minDuration = minDuration;
  }

  /**
   * Whether programs drop nothing. So it is if calls are wanted that a tracee is in when it is let
   * go of: only user space knows of that moment.
   */
  boolean isAll() {
    return minDuration == 0 && (statuses.isAll() || statuses.contains(StatusFilter.DETACHED));
  }

  /** Whether calls are shown in which their threads end. */
  boolean unfinished() {
    return minDuration == 0 && statuses.contains(StatusFilter.UNFINISHED);
  }

  /** Goes to {@code skip} if R1 nanoseconds are too few. Uses R2. */
  void duration(Assembler a, Label skip) {
    if (minDuration > 0) {
      a.constant(R2, minDuration).jumpIf(R1, LT, R2, skip);
    }
  }

  /** Goes to {@code skip} if no call is wanted that {@code task} ends with R1. Uses R2. */
  void status(Assembler a, KernelLayout layout, Reg task, Label skip) {
    boolean successful = statuses.contains(StatusFilter.SUCCESSFUL);
    boolean failed = statuses.contains(StatusFilter.FAILED);
    if (successful && failed) {
      return;
    }
    Label isFailed = new Label("is_failed");
    Label wanted = new Label("wanted");
    Label wide = new Label("wide");
    a.load(U32, R2, task, layout.threadStatus()).and(R2, 1 << layout.compatBit());
    a.jumpIf(R2, EQ, 0, wide).lsh(R1, 32).arsh(R1, 32).bind(wide);
    a.jumpIf(R1, GE, -MAX_ERRNO, isFailed).jump(successful ? wanted : skip).bind(isFailed);
    if (!failed) {
      if (statuses.contains(StatusFilter.UNFINISHED)) {
        // If it does not live to see the call restarted, the call has not returned.
        a.jumpIf(R1, SGT, -ERESTARTSYS, skip).jumpIf(R1, SLT, -ERESTART_RESTARTBLOCK, skip);
      } else {
        a.jump(skip);
      }
    }
    a.bind(wanted);
  }
}
