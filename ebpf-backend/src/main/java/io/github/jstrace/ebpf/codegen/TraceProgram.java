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
import static io.github.jstrace.ebpf.asm.Helper.TASK_PT_REGS;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
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
import io.github.jstrace.linux.Arch;
import org.jspecify.annotations.Nullable;

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
  private static final int ENOSYS = 38;

  /** Of a thread that seccomp(2) ends ({@code SECCOMP_MODE_DEAD}, kernel/seccomp.c, Linux 5.16). */
  private static final int DEAD = 3;

  /** Of linux/sched.h: a signal ends the thread. */
  private static final int PF_SIGNALED = 0x400;

  private static final int WORD = 8;
  private static final int KEY = -4;
  private static final int SAVED_PLAN = -48;
  private static final int SAVED_ABI = -56;

  /** Below is what {@link CaptureLoop} gives to a round. */
  private static final int SAVED_RESULT = -64;

  private static final int SAVED_TIME = -72;
  private static final int SAVED_BYTE = -96;
  private static final int SAVED_REGISTERS = -104;

  private final KernelLayout layout;
  private final TraceLayout places;
  private final Selection selection;
  private final MapSpec plans = PlanTable.map();
  private final MapSpec scratch =
      MapSpec.perCpuArray("scratch", (CaptureLoop.SCRATCH_SIZE + 7) / 8 * 8, 1);
  private final RecordOutput output;
  private final ThreadCalls calls;
  private final ResultFilter filter;
  private final @Nullable KeptEntries kept;

  /**
   * @param filter what calls are dropped when they return
   * @param bufferSize bytes of the ring buffer, a power of two and of pages
   */
  public TraceProgram(
      KernelLayout layout,
      TraceLayout places,
      Selection selection,
      ResultFilter filter,
      int bufferSize) {
    this.layout = layout;
    this.places = places;
    this.selection = selection;
    this.filter = filter;
    this.output = new RecordOutput(bufferSize);
    this.calls = new ThreadCalls(layout, selection.tasks().valueSize());
    this.kept = filter.isAll() ? null : new KeptEntries(layout, output);
  }

  /** See {@link PlanTable}. */
  public MapSpec plans() {
    return plans;
  }

  /** A word that is not 0 while user space sleeps and wants to be woken by a record. */
  public MapSpec sleeper() {
    return output.sleeper();
  }

  /** Per CPU, how many records were lost for want of room in {@link #ring}. */
  public MapSpec lost() {
    return output.lost();
  }

  /** The programs for processes and signals, which write to the same ring buffer. */
  public EventPrograms events() {
    return new EventPrograms(layout, places, selection, this);
  }

  /** The records: see {@link TraceRecord}. */
  public MapSpec ring() {
    return output.ring();
  }

  /** What each CPU's programs work in. */
  public MapSpec scratch() {
    return scratch;
  }

  RecordOutput output() {
    return output;
  }

  ThreadCalls calls() {
    return calls;
  }

  ResultFilter filter() {
    return filter;
  }

  @Nullable KeptEntries kept() {
    return kept;
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
    selection.byIdentity(a, R6, R7, skip);
    // Of all calls, or the exits of those that are not traced would look like calls refused.
    calls.byteOf(a, R7, R3);
    a.store(U8, R3, 0, ThreadCalls.KNOWN | ThreadCalls.IN_CALL);
    selection.byProperties(a, R7, skip);
    a.load(U64, R9, R6, WORD).load(U64, R6, R6, 0);
    a.call(KTIME_GET_NS).store(U64, R10, SAVED_TIME, R0);
    CaptureLoop loop = entry(a, TraceRecord.ENTRY, loopHelper, skip);
    recorded(a, skip);
    return end(a, skip, loopHelper, loop);
  }

  /**
   * The program for {@code sched_prepare_exec(task, ...)} (Linux 6.10): what an execve was given
   * has been read by the kernel, and is about to go away. Only for what could not be read before.
   */
  public Program lateExecve(boolean loopHelper) {
    Assembler a = new Assembler("trace_execve");
    Label skip = new Label("skip");
    a.call(GET_CURRENT_TASK_BTF).mov(R7, R0).call(KTIME_GET_NS);
    a.store(U64, R10, SAVED_TIME, R0);
    calls.byteOf(a, R7, R3);
    a.load(U8, R1, R3, 0).mov(R2, R1).and(R2, ThreadCalls.INCOMPLETE).jumpIf(R2, EQ, 0, skip);
    a.and(R1, ~(ThreadCalls.INCOMPLETE | ThreadCalls.KEPT)).load(U8, R2, R3, 0);
    a.store(U8, R3, 0, R1);
    if (kept != null) {
      Label sent = new Label("sent");
      a.and(R2, ThreadCalls.KEPT).jumpIf(R2, EQ, 0, sent);
      kept.find(a, skip);
      a.load(U64, R1, R10, SAVED_TIME);
      kept.send(a, skip);
      a.bind(sent);
    }
    a.mov(R1, R7)
        .call(TASK_PT_REGS)
        .mov(R6, R0)
        .load(layout.callNumberSize(), R9, R6, layout.callNumber());
    CaptureLoop loop = entry(a, TraceRecord.LATE_ENTRY, loopHelper, skip);
    output(a, TraceRecord.ENTRY_CHUNKS, skip);
    return end(a, skip, loopHelper, loop);
  }

  /**
   * The program for {@code sched_process_exit(task, ...)}, to run before {@link
   * EventPrograms#exit}: seccomp(2) has ended the thread, but not its process, at a call whose
   * entry and exit nobody saw. (A process is ended by a signal, after {@code sys_exit}.) On x86 the
   * result is still the one that a call begins with; other machines have no such mark.
   */
  public Program refusedEnd(boolean loopHelper) {
    Assembler a = new Assembler("trace_refused");
    Label skip = new Label("skip");
    a.call(GET_CURRENT_TASK_BTF).mov(R7, R0);
    a.load(U32, R1, R7, places.seccompMode()).jumpIf(R1, EQ, 0, skip);
    selection.atExit(a, R7, skip);
    calls.byteOf(a, R7, R3);
    a.load(U8, R9, R3, 0).mov(R1, R9).and(R1, ThreadCalls.IN_CALL).jumpIf(R1, NE, 0, skip);
    a.and(R9, ThreadCalls.KNOWN).call(KTIME_GET_NS).store(U64, R10, SAVED_TIME, R0);
    a.mov(R1, R7).call(TASK_PT_REGS).mov(R6, R0);
    if (layout.arch() == Arch.X86_64) {
      a.load(U64, R1, R6, places.result()).jumpIf(R1, NE, -ENOSYS, skip);
    } else {
      a.load(U32, R1, R7, places.seccompMode()).jumpIf(R1, NE, DEAD, skip);
      a.load(U32, R1, R7, places.taskFlags()).and(R1, PF_SIGNALED).jumpIf(R1, NE, 0, skip);
    }
    selection.unseenEntry(a, R7, R9, skip, skip);
    a.load(layout.callNumberSize(), R9, R6, layout.callNumber()).jumpIf32(R9, EQ, SIGRETURN, skip);
    CaptureLoop loop = entry(a, TraceRecord.ENTRY, loopHelper, skip);
    output(a, TraceRecord.ENTRY_CHUNKS, skip);
    return end(a, skip, loopHelper, loop);
  }

  /**
   * Puts together what there is to record at the entry of call R9 with registers R6 of task R7; R8
   * is the scratch memory then, and the other registers are lost.
   */
  private CaptureLoop entry(Assembler a, int type, boolean loopHelper, Label skip) {
    Label done = new Label("done");
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
    return loop;
  }

  /** Sends or keeps the entry that was put together, and notes that. */
  private void recorded(Assembler a, Label skip) {
    Label complete = new Label("complete");
    Label recorded = new Label("recorded");
    a.mov(R9, ThreadCalls.KNOWN | ThreadCalls.IN_CALL | ThreadCalls.RECORDED);
    a.load(U64, R1, R8, CaptureLoop.FLAGS).and(R1, TraceRecord.INCOMPLETE);
    a.jumpIf(R1, EQ, 0, complete).or(R9, ThreadCalls.INCOMPLETE).bind(complete);
    if (kept != null) {
      Label send = new Label("send");
      finish(a, TraceRecord.ENTRY_CHUNKS, skip);
      kept.keep(a, send);
      a.or(R9, ThreadCalls.KEPT).jump(recorded).bind(send);
    }
    output(a, TraceRecord.ENTRY_CHUNKS, skip);
    a.bind(recorded).load(U32, R2, R8, CaptureLoop.RECORD + TraceRecord.TID);
    calls.byteOfId(a, R2, R3);
    a.store(U8, R3, 0, R9);
  }

  private static Program end(Assembler a, Label skip, boolean loopHelper, CaptureLoop... loops) {
    a.bind(skip).mov(R0, 0).exit();
    if (loopHelper) {
      for (CaptureLoop loop : loops) {
        loop.function();
      }
    }
    return a.assemble();
  }

  /** The program for {@code sys_exit}; see {@link #enter}. */
  public Program exit(boolean loopHelper) {
    Assembler a = new Assembler("trace_exit");
    Label skip = new Label("skip");
    Label done = new Label("done");
    Label again = new Label("again");
    Label numbered = new Label("numbered");
    Label unseen = new Label("unseen");
    Label returned = new Label("returned");
    a.mov(R6, R1).call(GET_CURRENT_TASK_BTF).mov(R7, R0);
    selection.atExit(a, R7, skip);
    a.load(U64, R1, R6, WORD).store(U64, R10, SAVED_RESULT, R1);
    a.load(U64, R6, R6, 0).store(U64, R10, SAVED_REGISTERS, R6);
    calls.byteOf(a, R7, R3);
    a.load(U8, R9, R3, 0).store(U64, R10, SAVED_BYTE, R9);
    a.mov(R1, R9).and(R1, ThreadCalls.KNOWN).store(U8, R3, 0, R1);
    a.mov(R1, R9).and(R1, ThreadCalls.IN_CALL).jumpIf(R1, EQ, 0, unseen);
    a.mov(R1, R9).and(R1, ThreadCalls.RECORDED).jumpIf(R1, EQ, 0, skip);
    a.call(KTIME_GET_NS).store(U64, R10, SAVED_TIME, R0);
    keptEntry(a, returned, skip);
    a.jump(returned).bind(unseen);
    CaptureLoop refused = unseen(a, loopHelper, returned, skip);
    a.call(GET_CURRENT_TASK_BTF).mov(R7, R0).load(U64, R6, R10, SAVED_REGISTERS);
    a.bind(returned).load(layout.callNumberSize(), R9, R6, layout.callNumber());
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
    a.load(U64, R1, R10, SAVED_BYTE).and(R1, ThreadCalls.INCOMPLETE).jumpIf(R1, EQ, 0, again);
    state(a, PlanTable.ENTRY_COUNT, again);
    entry.run(loopHelper);
    a.bind(again);
    state(a, PlanTable.EXIT_COUNT, done);
    CaptureLoop exit = new CaptureLoop(a, CaptureLoop.STATE_ARGS, data, true);
    exit.run(loopHelper);
    a.bind(done);
    output(a, TraceRecord.EXIT_CHUNKS, skip);
    return end(a, skip, loopHelper, refused, entry, exit);
  }

  /**
   * Sends the entry that is kept of task R7, whose byte is R9, if the call is wanted; goes to
   * {@code skip} if it is not, to {@code sent} if the entry was sent when it was made.
   */
  private void keptEntry(Assembler a, Label sent, Label skip) {
    if (kept != null) {
      Label wanted = new Label("wanted_call");
      a.mov(R1, R9).and(R1, ThreadCalls.KEPT).jumpIf(R1, EQ, 0, sent);
      kept.find(a, skip);
      a.and(R9, ThreadCalls.WITNESSED).jumpIf(R9, NE, 0, wanted);
      kept.entered(a, R2);
      a.load(U64, R1, R10, SAVED_TIME).sub(R1, R2);
      filter.duration(a, skip);
      a.load(U64, R1, R10, SAVED_RESULT);
      filter.status(a, layout, R7, skip);
      a.bind(wanted).load(U64, R1, R10, SAVED_TIME);
      kept.send(a, skip);
    }
  }

  /**
   * Of a call that no program saw begin: goes to {@code returned} if that was before tracing began,
   * and records the entry now if seccomp(2) or a tracer refused the call, which comes before the
   * tracepoint. The registers have its arguments still. R9 is the thread's byte.
   */
  private CaptureLoop unseen(Assembler a, boolean loopHelper, Label returned, Label skip) {
    Label before = new Label("before");
    Label refused = new Label("refused");
    a.call(KTIME_GET_NS).store(U64, R10, SAVED_TIME, R0).and(R9, ThreadCalls.KNOWN);
    selection.unseenEntry(a, R7, R9, before, skip);
    a.jump(refused);
    if (selection.byThread()) {
      a.bind(before).jump(returned);
    }
    a.bind(refused);
    a.mov(R1, 0);
    filter.duration(a, skip);
    a.load(U64, R1, R10, SAVED_RESULT);
    filter.status(a, layout, R7, skip);
    a.load(layout.callNumberSize(), R9, R6, layout.callNumber()).jumpIf32(R9, EQ, SIGRETURN, skip);
    CaptureLoop loop = entry(a, TraceRecord.ENTRY, loopHelper, skip);
    output(a, TraceRecord.ENTRY_CHUNKS, skip);
    return loop;
  }

  /** Looks up the plan of call R9, and keeps it and the ABI in the frame; skips untraced calls. */
  private void plan(Assembler a, int flag, Label skip) {
    Label known = new Label("known_number");
    Label nativeAbi = new Label("native_abi");
    a.mov32(R1, R9).jumpIf(R1, LT, PlanTable.NUMBERS, known).mov(R1, PlanTable.NUMBERS - 1);
    a.bind(known).mov(R8, 0);
    a.load(U32, R2, R7, layout.threadStatus()).and(R2, 1 << layout.compatBit());
    a.jumpIf(R2, EQ, 0, nativeAbi).mov(R8, 1).add(R1, PlanTable.NUMBERS);
    a.bind(nativeAbi).store(U64, R10, SAVED_ABI, R8);
    a.store(U32, R10, KEY, R1).map(R1, plans).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
    a.jumpIf(R0, EQ, 0, skip).store(U64, R10, SAVED_PLAN, R0);
    a.load(U32, R1, R0, PlanTable.FLAGS).and(R1, flag).jumpIf(R1, EQ, 0, skip);
  }

  /** R8 = the CPU's scratch memory, with what all records begin with; the time is saved. */
  private void header(Assembler a, int type, Label skip) {
    a.store(U32, R10, KEY, 0).map(R1, scratch).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
    a.jumpIf(R0, EQ, 0, skip).mov(R8, R0).load(U64, R0, R10, SAVED_TIME);
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
    a.jumpIf(R9, NE, 0, compat);
    for (int i = 0; i < TraceLayout.REGISTERS; i++) {
      a.load(U64, R2, R6, places.register(i, false)).store(U64, R8, to + WORD * i, R2);
    }
    a.store(U64, R8, CaptureLoop.WORD, WORD);
    a.jump(copied).bind(compat);
    for (int i = 0; i < TraceLayout.REGISTERS; i++) {
      // The upper halves mean nothing.
      a.load(U32, R2, R6, places.register(i, true)).store(U64, R8, to + WORD * i, R2);
    }
    a.store(U64, R8, CaptureLoop.WORD, 4).bind(copied);
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

  /** Hands the record over; goes to {@code skip} if there is no room. */
  private void output(Assembler a, int headerSize, Label skip) {
    finish(a, headerSize, skip);
    output.send(a, skip);
  }

  /** R2 = the record that was put together, R3 = its length. */
  private static void finish(Assembler a, int headerSize, Label skip) {
    a.load(U64, R1, R8, CaptureLoop.FLAGS);
    a.store(U32, R8, CaptureLoop.RECORD + TraceRecord.FLAGS, R1);
    a.load(U64, R3, R8, CaptureLoop.USED).jumpIf(R3, GT, CaptureLoop.MAX_USED, skip);
    a.add(R3, headerSize).mov(R2, R8).add(R2, CaptureLoop.RECORD);
  }
}
