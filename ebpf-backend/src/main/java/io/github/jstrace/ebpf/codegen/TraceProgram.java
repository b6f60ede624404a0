// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GE;
import static io.github.jstrace.ebpf.asm.Cond.GT;
import static io.github.jstrace.ebpf.asm.Cond.LT;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Helper.GET_CURRENT_TASK_BTF;
import static io.github.jstrace.ebpf.asm.Helper.KTIME_GET_NS;
import static io.github.jstrace.ebpf.asm.Helper.MAP_LOOKUP_ELEM;
import static io.github.jstrace.ebpf.asm.Helper.RINGBUF_OUTPUT;
import static io.github.jstrace.ebpf.asm.Helper.TASK_PT_REGS;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R5;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static io.github.jstrace.ebpf.asm.Reg.R8;
import static io.github.jstrace.ebpf.asm.Reg.R9;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static io.github.jstrace.ebpf.asm.Size.U8;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.asm.Reg;
import io.github.jstrace.linux.Arch;

/**
 * The programs of a trace: {@code sys_enter} and {@code sys_exit}, one each for all calls. Each
 * looks up the call's plan, puts registers and captured memory together in the CPU's scratch
 * memory, and copies that to the ring buffer. The tracepoints of calls run with preemption off, so
 * nobody else uses the scratch memory meanwhile.
 */
public final class TraceProgram {
  /** Calls whose number is gone at their exit, as they restore all registers. */
  private static final int SIGRETURN = -1;

  private static final int RT_SIGRETURN = 15;
  private static final int MAX_ERRNO = 4095;

  private static final int FORCE_WAKEUP = 2;
  private static final int NO_WAKEUP = 1;

  private static final int WORD = 8;
  private static final int KEY = -4;
  private static final int SAVED_PLAN = -48;
  private static final int SAVED_ABI = -56;

  /** Below is what {@link CaptureLoop} gives to a round. */
  private static final int SAVED_RESULT = -64;

  private final KernelLayout layout;
  private final TraceLayout places;
  private final Selection selection;
  private final MapSpec plans = PlanTable.map();
  private final MapSpec scratch =
      MapSpec.perCpuArray("scratch", (CaptureLoop.SCRATCH_SIZE + 7) / 8 * 8, 1);
  private final MapSpec control = MapSpec.array("sleeper", WORD, 1).withFlags(MapSpec.MMAPABLE);
  private final MapSpec lost = MapSpec.perCpuArray("lost", WORD, 1);
  private final MapSpec ring;

  /** A byte per thread: what its call was given could not be read at its entry. */
  private final MapSpec incomplete;

  /**
   * @param bufferSize bytes of the ring buffer, a power of two and of pages
   */
  public TraceProgram(
      KernelLayout layout, TraceLayout places, Selection selection, int bufferSize) {
    this.layout = layout;
    this.places = places;
    this.selection = selection;
    this.ring = MapSpec.ringBuffer("records", bufferSize);
    this.incomplete = MapSpec.array("incomplete", selection.tasks().valueSize(), 1);
  }

  /** See {@link PlanTable}. */
  public MapSpec plans() {
    return plans;
  }

  /** A word that is not 0 while user space sleeps and wants to be woken by a record. */
  public MapSpec control() {
    return control;
  }

  /** Per CPU, how many records were lost for want of room in {@link #ring}. */
  public MapSpec lost() {
    return lost;
  }

  /** The programs for processes and signals, which write to the same ring buffer. */
  public EventPrograms events() {
    return new EventPrograms(layout, places, selection, this);
  }

  /** The records: see {@link TraceRecord}. */
  public MapSpec ring() {
    return ring;
  }

  /** What each CPU's programs work in. */
  public MapSpec scratch() {
    return scratch;
  }

  /**
   * The program for {@code sys_enter}.
   *
   * @param loopHelper whether the kernel has {@code bpf_loop} (Linux 5.17); loading is ten times
   *     faster then
   */
  public Program enter(boolean loopHelper) {
    Assembler a = new Assembler("trace_enter");
    Label skip = new Label("skip");
    a.mov(R6, R1).call(GET_CURRENT_TASK_BTF).mov(R7, R0);
    selection.atEntry(a, R6, R7, skip);
    a.load(U64, R9, R6, WORD).load(U64, R6, R6, 0);
    return entry(a, TraceRecord.ENTRY, loopHelper, skip);
  }

  /**
   * The program for {@code sched_prepare_exec(task, ...)} (Linux 6.10): what an execve was given
   * has been read by the kernel, and is about to go away. Only for what could not be read before.
   */
  public Program lateExecve(boolean loopHelper) {
    Assembler a = new Assembler("trace_execve");
    Label skip = new Label("skip");
    a.call(GET_CURRENT_TASK_BTF).mov(R7, R0);
    incompleteByte(a);
    a.load(U8, R1, R3, 0).jumpIf(R1, EQ, 0, skip).store(U8, R3, 0, 0);
    a.mov(R1, R7).call(TASK_PT_REGS).mov(R6, R0).load(U64, R9, R6, layout.callNumber());
    return entry(a, TraceRecord.LATE_ENTRY, loopHelper, skip);
  }

  /** The rest of a program that records the entry of call R9 with registers R6 of task R7. */
  private Program entry(Assembler a, int type, boolean loopHelper, Label skip) {
    Label done = new Label("done");
    Label complete = new Label("complete");
    plan(a, PlanTable.TRACE_ENTRY, skip);
    header(a, type, skip);
    registers(a, CaptureLoop.RECORD + TraceRecord.ARGS);
    a.store(U64, R8, CaptureLoop.USED, 0).store(U64, R8, CaptureLoop.FLAGS, 0);
    state(a, PlanTable.ENTRY_COUNT, done);
    CaptureLoop loop =
        new CaptureLoop(
            a,
            CaptureLoop.RECORD + TraceRecord.ARGS,
            CaptureLoop.RECORD + TraceRecord.ENTRY_CHUNKS,
            false);
    loop.run(loopHelper);
    a.bind(done);
    if (type == TraceRecord.ENTRY) {
      a.load(U64, R1, R8, CaptureLoop.FLAGS).and(R1, TraceRecord.INCOMPLETE);
      a.jumpIf(R1, EQ, 0, complete);
      // R7 may be gone.
      a.load(U32, R2, R8, CaptureLoop.RECORD + TraceRecord.TID);
      incompleteByteOf(a, R2);
      a.store(U8, R3, 0, 1).bind(complete);
    }
    output(a, TraceRecord.ENTRY_CHUNKS, skip);
    a.bind(skip).mov(R0, 0).exit();
    if (loopHelper) {
      loop.function();
    }
    return a.assemble();
  }

  /** R3 = the address of the byte of task R7. Uses R2. */
  private void incompleteByte(Assembler a) {
    a.load(U32, R2, R7, layout.pid());
    incompleteByteOf(a, R2);
  }

  private void incompleteByteOf(Assembler a, Reg tid) {
    a.and(tid, incomplete.valueSize() - 1).mapValue(R3, incomplete, 0).add(R3, tid);
  }

  /** The program for {@code sys_exit}; see {@link #enter}. */
  public Program exit(boolean loopHelper) {
    Assembler a = new Assembler("trace_exit");
    Label skip = new Label("skip");
    Label done = new Label("done");
    Label again = new Label("again");
    Label numbered = new Label("numbered");
    a.mov(R6, R1).call(GET_CURRENT_TASK_BTF).mov(R7, R0);
    selection.atExit(a, R7, skip);
    a.load(U64, R1, R6, WORD).store(U64, R10, SAVED_RESULT, R1).load(U64, R6, R6, 0);
    a.load(U64, R9, R6, layout.callNumber());
    a.jumpIf32(R9, NE, SIGRETURN, numbered);
    a.mov(R9, layout.arch() == Arch.X86_64 ? RT_SIGRETURN : 139).bind(numbered);
    plan(a, PlanTable.TRACE_EXIT, skip);
    header(a, TraceRecord.EXIT, skip);
    registers(a, CaptureLoop.STATE_ARGS);
    result(a);
    a.store(U64, R8, CaptureLoop.USED, 0).store(U64, R8, CaptureLoop.FLAGS, 0);
    // What could not be read at the entry has been touched by the kernel since.
    int data = CaptureLoop.RECORD + TraceRecord.EXIT_CHUNKS;
    CaptureLoop entry = new CaptureLoop(a, CaptureLoop.STATE_ARGS, data, false);
    incompleteByte(a);
    a.load(U8, R1, R3, 0).jumpIf(R1, EQ, 0, again).store(U8, R3, 0, 0);
    state(a, PlanTable.ENTRY_COUNT, again);
    entry.run(loopHelper);
    a.bind(again);
    state(a, PlanTable.EXIT_COUNT, done);
    CaptureLoop exit = new CaptureLoop(a, CaptureLoop.STATE_ARGS, data, true);
    exit.run(loopHelper);
    a.bind(done);
    output(a, TraceRecord.EXIT_CHUNKS, skip);
    a.bind(skip).mov(R0, 0).exit();
    if (loopHelper) {
      entry.function();
      exit.function();
    }
    return a.assemble();
  }

  /** Looks up the plan of call R9, and keeps it and the ABI in the frame; skips untraced calls. */
  private void plan(Assembler a, int flag, Label skip) {
    Label known = new Label("known_number");
    Label nativeAbi = new Label("native_abi");
    a.mov32(R1, R9).jumpIf(R1, LT, PlanTable.NUMBERS, known).mov(R1, PlanTable.NUMBERS - 1);
    a.bind(known).mov(R8, 0);
    if (layout.hasCompat()) {
      a.load(U32, R2, R7, layout.threadStatus());
      a.and(R2, KernelLayout.TS_COMPAT).jumpIf(R2, EQ, 0, nativeAbi);
      a.mov(R8, 1).add(R1, PlanTable.NUMBERS);
    }
    a.bind(nativeAbi).store(U64, R10, SAVED_ABI, R8);
    a.store(U32, R10, KEY, R1).map(R1, plans).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
    a.jumpIf(R0, EQ, 0, skip).store(U64, R10, SAVED_PLAN, R0);
    a.load(U32, R1, R0, PlanTable.FLAGS).and(R1, flag).jumpIf(R1, EQ, 0, skip);
  }

  /** R8 = the CPU's scratch memory, with what all records begin with. */
  private void header(Assembler a, int type, Label skip) {
    a.store(U32, R10, KEY, 0).map(R1, scratch).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
    a.jumpIf(R0, EQ, 0, skip).mov(R8, R0).call(KTIME_GET_NS);
    int record = CaptureLoop.RECORD;
    a.store(U64, R8, record + TraceRecord.TIME, R0);
    a.store(U32, R8, record + TraceRecord.TYPE, type);
    a.load(U32, R1, R7, layout.pid()).store(U32, R8, record + TraceRecord.TID, R1);
    a.load(U32, R1, R7, layout.tgid()).store(U32, R8, record + TraceRecord.TGID, R1);
    a.store(U32, R8, record + TraceRecord.NUMBER, R9);
    a.load(U64, R9, R10, SAVED_ABI).store(U32, R8, record + TraceRecord.ABI, R9);
  }

  /** Copies arguments, stack and instruction pointer from R6; R9 is the ABI. */
  private void registers(Assembler a, int to) {
    Label compat = new Label("compat");
    Label copied = new Label("copied");
    if (layout.hasCompat()) {
      a.jumpIf(R9, NE, 0, compat);
    }
    for (int i = 0; i < TraceLayout.REGISTERS; i++) {
      a.load(U64, R2, R6, places.register(i, false)).store(U64, R8, to + WORD * i, R2);
    }
    a.store(U64, R8, CaptureLoop.WORD, WORD);
    if (layout.hasCompat()) {
      a.jump(copied).bind(compat);
      for (int i = 0; i < TraceLayout.REGISTERS; i++) {
        // The upper halves mean nothing.
        a.load(U32, R2, R6, places.register(i, true)).store(U64, R8, to + WORD * i, R2);
      }
      a.store(U64, R8, CaptureLoop.WORD, 4).bind(copied);
    }
  }

  /** Puts the result into the record and where the operations look for it. */
  private static void result(Assembler a) {
    Label failed = new Label("failed_call");
    a.load(U64, R1, R10, SAVED_RESULT);
    a.store(U64, R8, CaptureLoop.RECORD + TraceRecord.RESULT, R1);
    a.store(U64, R8, CaptureLoop.RESULT, R1).mov(R2, 0);
    a.jumpIf(R1, GE, -MAX_ERRNO, failed).mov(R2, 1).bind(failed);
    a.store(U64, R8, CaptureLoop.SUCCEEDED, R2);
  }

  /** Prepares a capture, unless there is nothing to capture; R6 = the plan. */
  private static void state(Assembler a, int count, Label none) {
    a.load(U64, R6, R10, SAVED_PLAN).load(U32, R1, R6, count).jumpIf(R1, EQ, 0, none);
    a.store(U64, R8, CaptureLoop.COUNT, R1).store(U64, R8, CaptureLoop.NEXT, 0);
    a.store(U64, R8, CaptureLoop.ITEMS_END, 0);
  }

  /** Hands the record over; counts it if there is no room. */
  private void output(Assembler a, int headerSize, Label skip) {
    a.load(U64, R1, R8, CaptureLoop.FLAGS);
    a.store(U32, R8, CaptureLoop.RECORD + TraceRecord.FLAGS, R1);
    a.load(U64, R3, R8, CaptureLoop.USED).jumpIf(R3, GT, CaptureLoop.MAX_USED, skip);
    a.add(R3, headerSize).mov(R2, R8).add(R2, CaptureLoop.RECORD);
    wakeup(a);
    a.map(R1, ring).call(RINGBUF_OUTPUT).jumpIf(R0, EQ, 0, skip);
    countLost(a, skip);
  }

  /** R4 = flags for the ring buffer: whether to wake user space. Uses R5. */
  void wakeup(Assembler a) {
    Label awake = new Label("awake");
    a.mapValue(R5, control, 0).load(U64, R5, R5, 0).mov(R4, NO_WAKEUP);
    a.jumpIf(R5, EQ, 0, awake).mov(R4, FORCE_WAKEUP).bind(awake);
  }

  /** Counts a record that was lost. Uses R0 to R5. */
  void countLost(Assembler a, Label failed) {
    a.store(U32, R10, KEY, 0).map(R1, lost).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
    a.jumpIf(R0, EQ, 0, failed).mov(R1, 1).atomicAdd(U64, R0, 0, R1);
  }
}
