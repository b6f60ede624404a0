// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GE;
import static io.github.jstrace.ebpf.asm.Cond.LT;
import static io.github.jstrace.ebpf.asm.Cond.SET;
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

  /** The first of the errors that only the kernel knows, of calls that will be begun again. */
  private static final int ERESTARTSYS = 512;

  private static final int MAX_ERRNO = 4095;
  private static final int SIGKILL_BIT = 1 << 8;

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
    enteredBefore(a, out);
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
   * A call whose entry was not seen: counts if it had begun when tracing did, as a tracer that
   * interrupts it sees it begin again. R9 is the time; gives R8 = slot, R9 = R3 = duration.
   */
  private void enteredBefore(Assembler a, Label skip) {
    selection.enteredBefore(a, R7, skip);
    if (!selection.byThread()) {
      return;
    }
    slots.slot(a, false, skip);
    a.mapValue(R1, control.map(), Control.BEGAN)
        .load(U64, R2, R1, 0)
        .jumpIf(R9, LT, R2, skip)
        .sub(R9, R2)
        .mov(R3, R9);
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
   * Stores the error number, 0 for success. A call that a deadly signal broke off has not returned
   * as far as its thread and a tracer can see.
   */
  private void errno(Assembler a, Label skip) {
    Label failed = new Label("failed");
    Label done = new Label("errno_done");
    a.load(U64, R2, R6, 8)
        .jumpIf(R2, GE, -MAX_ERRNO, failed)
        .mov(R2, 0)
        .jump(done)
        .bind(failed)
        .neg(R2)
        .jumpIf(R2, LT, ERESTARTSYS, done)
        .load(U64, R3, R7, selection.layout().pendingSignals())
        .jumpIf(R3, SET, SIGKILL_BIT, skip)
        .bind(done)
        .store(U64, R10, ERRNO, R2);
  }
}
