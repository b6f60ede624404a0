// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GE;
import static io.github.jstrace.ebpf.asm.Cond.LT;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Cond.SET;
import static io.github.jstrace.ebpf.asm.Cond.SGT;
import static io.github.jstrace.ebpf.asm.Cond.SLT;
import static io.github.jstrace.ebpf.asm.Helper.GET_CURRENT_TASK_BTF;
import static io.github.jstrace.ebpf.asm.Helper.KTIME_GET_NS;
import static io.github.jstrace.ebpf.asm.Helper.TASK_STORAGE_GET;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static io.github.jstrace.ebpf.asm.Reg.R8;
import static io.github.jstrace.ebpf.asm.Reg.R9;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;

import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.ebpf.EbpfOptions;
import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.asm.Reg;

/**
 * The programs of a summary. Throughout, R6 is the context and R7 the current task; at an exit R8
 * is the time, then the call's slot, and R9 the state of the call, then its cell.
 */
public final class SummaryProgram {
  /** {@code BPF_LOCAL_STORAGE_GET_F_CREATE}. */
  private static final int CREATE = 1;

  private static final int MAX_ERRNO = 4095;

  /** The first and last of the errors of calls that a signal broke off. */
  private static final int ERESTARTSYS = 512;

  private static final int ERESTART_RESTARTBLOCK = 516;
  private static final int SIGKILL = 9;
  private static final int SIGKILL_BIT = 1 << SIGKILL - 1;

  /** The part of an exit code that is the signal, as wait(2) has it. */
  private static final int SIGNAL_MASK = 0x7f;

  private static final int WALL = -24;
  private static final int CPU = -32;
  private static final int ERRNO = -40;

  /** The wall clock time with nothing taken off, for the histogram. */
  private static final int LATENCY = -48;

  private final Selection selection;
  private final SummaryMaps maps;
  private final Control control;
  private final Slots slots;
  private final CellProgram cells;
  private final long minDuration;
  private final StatusFilter statuses;
  private final long overhead;
  private final boolean cpuTimes;

  /**
   * @param overhead nanoseconds to take off each call's times
   * @param cpuTimes whether {@link #onSwitch} will run, too
   * @param errnos whether failures are told apart by error number
   */
  public SummaryProgram(
      Selection selection,
      SummaryMaps maps,
      Control control,
      EbpfOptions options,
      long overhead,
      boolean cpuTimes,
      boolean errnos) {
    this.selection = selection;
    this.maps = maps;
    this.control = control;
    this.slots = new Slots(selection.layout(), maps, control, options.calls().isAll());
    this.cells = new CellProgram(maps, control, selection.layout(), errnos);
    this.minDuration = options.minDuration();
    this.statuses = options.statuses();
    this.overhead = overhead;
    this.cpuTimes = cpuTimes;
  }

  /** For {@code sys_enter(registers, number)}. */
  public Program onEntry() {
    Assembler a = new Assembler("summary_enter");
    Label out = new Label("out");
    Label missed = new Label("missed");
    a.mov(R6, R1).call(GET_CURRENT_TASK_BTF).mov(R7, R0);
    selection.atEntry(a, R6, R7, out);
    slots.slot(a, true, out);
    state(a, R7, CREATE);
    a.jumpIf(R0, EQ, 0, missed).mov(R9, R0).add(R8, 1).store(U32, R9, CallState.SLOT, R8);
    if (cpuTimes) {
      a.store(U64, R9, CallState.OFF_SINCE, 0).store(U64, R9, CallState.OFF_TOTAL, 0);
    }
    // last, so that what comes before is not in the call's time
    a.call(KTIME_GET_NS).store(U64, R9, CallState.ENTERED, R0).jump(out).bind(missed);
    control.increment(a, Control.MISSED, R1, R2);
    return a.bind(out).mov(R0, 0).exit().assemble();
  }

  /** For {@code sys_exit(registers, result)}. */
  public Program onExit() {
    Assembler a = new Assembler("summary_exit");
    Label out = new Label("out");
    Label unmatched = new Label("unmatched");
    Label count = new Label("count");
    a.mov(R6, R1).call(GET_CURRENT_TASK_BTF).mov(R7, R0);
    selection.atExit(a, R7, out);
    a.call(KTIME_GET_NS).mov(R9, R0);
    state(a, R7, 0);
    a.jumpIf(R0, EQ, 0, unmatched)
        .load(U32, R8, R0, CallState.SLOT)
        .jumpIf(R8, EQ, 0, unmatched)
        .store(U32, R0, CallState.SLOT, 0)
        .sub(R8, 1)
        .load(U64, R2, R0, CallState.ENTERED)
        .sub(R9, R2)
        .mov(R3, R9);
    if (cpuTimes) {
      a.load(U64, R2, R0, CallState.OFF_TOTAL).sub(R3, R2);
    }
    a.jump(count).bind(unmatched);
    unseenEntry(a, out);
    a.bind(count);
    filter(a, out);
    a.store(U64, R10, WALL, R9);
    if (cpuTimes) {
      a.store(U64, R10, CPU, R3);
    }
    errno(a, out);
    cells.find(a, R7, out);
    cells.count(a, new CellProgram.Call(WALL, cpuTimes ? CPU : 0, LATENCY, ERRNO));
    return a.bind(out).mov(R0, 0).exit().assemble();
  }

  /** For {@code sched_switch(preempted, previous, next)}: time that a call spends off its CPU. */
  public Program onSwitch() {
    Assembler a = new Assembler("summary_switch");
    Label next = new Label("next");
    Label out = new Label("out");
    a.mov(R6, R1).load(U64, R7, R6, 8);
    selection.atExit(a, R7, next);
    state(a, R7, 0);
    a.jumpIf(R0, EQ, 0, next)
        .mov(R9, R0)
        .load(U32, R2, R9, CallState.SLOT)
        .jumpIf(R2, EQ, 0, next)
        .call(KTIME_GET_NS)
        .store(U64, R9, CallState.OFF_SINCE, R0)
        .bind(next)
        .load(U64, R7, R6, 16);
    selection.atExit(a, R7, out);
    state(a, R7, 0);
    a.jumpIf(R0, EQ, 0, out)
        .mov(R9, R0)
        .load(U64, R8, R9, CallState.OFF_SINCE)
        .jumpIf(R8, EQ, 0, out)
        .store(U64, R9, CallState.OFF_SINCE, 0)
        .call(KTIME_GET_NS)
        .sub(R0, R8)
        .load(U64, R2, R9, CallState.OFF_TOTAL)
        .add(R2, R0)
        .store(U64, R9, CallState.OFF_TOTAL, R2);
    return a.bind(out).mov(R0, 0).exit().assemble();
  }

  /** R0 = the state of the task's call, or 0. */
  private void state(Assembler a, Reg task, int flags) {
    a.map(R1, maps.states()).mov(R2, task).mov(R3, 0).mov(R4, flags).call(TASK_STORAGE_GET);
  }

  /**
   * A call whose entry was not seen: counts with the time since tracing began, if it was entered
   * before, as a tracer that interrupts it sees it begin again; with no time if seccomp(2) refused
   * it. Its CPU time is not known, and mostly it slept. R9 is the time and R0 the state; gives R8 =
   * slot, R9 = duration, R3 = 0.
   */
  private void unseenEntry(Assembler a, Label skip) {
    Label before = new Label("before");
    Label done = new Label("unseen");
    selection.unseenEntry(a, R6, R7, R0, before, skip);
    slots.slot(a, false, skip);
    a.mov(R9, 0).jump(done);
    if (selection.byThread()) {
      a.bind(before);
      slots.slot(a, false, skip);
      a.mapValue(R1, control.map(), Control.BEGAN)
          .load(U64, R2, R1, 0)
          .jumpIf(R9, LT, R2, skip)
          .sub(R9, R2);
    }
    a.bind(done).mov(R3, 0);
  }

  /** Duration R9 and CPU time R3, less the overhead; goes to {@code skip} if it was too short. */
  private void filter(Assembler a, Label skip) {
    if (minDuration > 0) {
      a.constant(R1, minDuration).jumpIf(R9, LT, R1, skip);
    }
    a.store(U64, R10, LATENCY, R9);
    if (overhead > 0) {
      subtract(a, R9);
      subtract(a, R3);
    }
  }

  private void subtract(Assembler a, Reg time) {
    Label longer = new Label("longer");
    Label done = new Label("subtracted");
    a.constant(R1, overhead)
        .jumpIf(time, GE, R1, longer)
        .mov(time, 0)
        .jump(done)
        .bind(longer)
        .sub(time, R1)
        .bind(done);
  }

  /**
   * Stores the error number, 0 for success, or goes to {@code skip} if no such result is wanted.
   * What a thread that is being killed, or whose process ends by another one, gets from its call,
   * it does not see, nor does a tracer.
   */
  private void errno(Assembler a, Label skip) {
    Label done = new Label("errno_done");
    Label lives = new Label("lives");
    KernelLayout layout = selection.layout();
    a.load(U64, R3, R7, layout.pendingSignals())
        .and(R3, SIGKILL_BIT)
        .jumpIf(R3, EQ, 0, lives)
        // every deadly signal comes to this; but the others are seen to interrupt the call
        .load(U64, R3, R7, layout.signal())
        .load(U32, R3, R3, layout.groupExitCode())
        .and(R3, SIGNAL_MASK)
        .jumpIf(R3, EQ, 0, skip)
        .jumpIf(R3, EQ, SIGKILL, skip);
    interrupted(a, lives, skip);
    a.bind(lives).load(U64, R3, R6, 8);
    if (!statuses.contains(StatusFilter.FAILED)) {
      a.jumpIf(R3, GE, -MAX_ERRNO, skip);
    }
    if (!statuses.contains(StatusFilter.SUCCESSFUL)) {
      a.jumpIf(R3, LT, -MAX_ERRNO, skip);
    }
    a.mov(R2, 0).jumpIf(R3, LT, -MAX_ERRNO, done).sub(R2, R3).bind(done).store(U64, R10, ERRNO, R2);
  }

  /**
   * Of a thread whose process is ended by signal R3: goes to {@code skip} if its call was broken
   * off, but not by that signal. A signal to the process is the business of its first thread.
   */
  private void interrupted(Assembler a, Label lives, Label skip) {
    KernelLayout layout = selection.layout();
    a.load(U64, R4, R6, 8)
        .jumpIf(R4, SGT, -ERESTARTSYS, lives)
        .jumpIf(R4, SLT, -ERESTART_RESTARTBLOCK, lives)
        .mov(R2, 1)
        .sub(R3, 1)
        .lsh(R2, R3)
        .load(U64, R3, R7, layout.pendingSignals())
        .jumpIf(R3, SET, R2, lives)
        .load(U64, R3, R7, layout.signal())
        .load(U64, R3, R3, layout.sharedSignals())
        .and(R3, R2)
        .jumpIf(R3, EQ, 0, skip)
        .load(U32, R2, R7, layout.pid())
        .load(U32, R3, R7, layout.tgid())
        .jumpIf(R2, NE, R3, skip);
  }
}
