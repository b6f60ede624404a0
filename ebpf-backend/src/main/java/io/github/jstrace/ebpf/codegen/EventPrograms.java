// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GT;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Helper.GET_CURRENT_TASK_BTF;
import static io.github.jstrace.ebpf.asm.Helper.GET_CURRENT_UID_GID;
import static io.github.jstrace.ebpf.asm.Helper.KTIME_GET_NS;
import static io.github.jstrace.ebpf.asm.Helper.PROBE_READ_KERNEL;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static io.github.jstrace.ebpf.asm.Reg.R8;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static io.github.jstrace.ebpf.asm.Size.U8;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.asm.Reg;

/**
 * The programs that tell a trace of threads that begin and end and of signals. They look at the
 * bytes of {@link Selection} and leave it to {@link ProcessPrograms} to change them: those for ends
 * and executions have to run before its, that for new threads after.
 */
public final class EventPrograms {
  private static final int SIGKILL = 9;

  /** {@code TRACE_SIGNAL_IGNORED} of trace/events/signal.h. */
  private static final int IGNORED = 1;

  /** Of linux/signal_types.h: see {@link TraceRecord#IMMUTABLE}. */
  private static final int SA_IMMUTABLE = 0x0080_0000;

  /** {@code SI_KERNEL}; 0 is {@code SI_USER}. */
  private static final int SI_KERNEL = 0x80;

  private static final int SI_CODE = 8;
  private static final int SI_PID = 16;
  private static final int SI_UID = 20;

  /** Where a record is put together in the stack frame, above which are 16 bytes for look-ups. */
  private static final int RECORD = -96;

  private final KernelLayout layout;
  private final TraceLayout places;
  private final Selection selection;
  private final TraceProgram trace;

  EventPrograms(KernelLayout layout, TraceLayout places, Selection selection, TraceProgram trace) {
    this.layout = layout;
    this.places = places;
    this.selection = selection;
    this.trace = trace;
  }

  /** For {@code sched_process_fork(parent, child)}. */
  public Program fork() {
    Assembler a = new Assembler("trace_fork");
    Label out = new Label("out");
    a.load(U64, R7, R1, 0).load(U64, R8, R1, 8);
    unlessTraced(a, R7, out);
    begin(a, TraceRecord.FORK);
    a.load(U32, R1, R8, layout.pid()).store(U32, R10, RECORD + TraceRecord.OTHER_TID, R1);
    a.load(U32, R1, R8, layout.tgid()).store(U32, R10, RECORD + TraceRecord.OTHER_TGID, R1);
    return end(a, TraceRecord.OTHER_TGID + 4, out);
  }

  /** For {@code sched_process_exec(task, old id, ...)}. */
  public Program exec() {
    Assembler a = new Assembler("trace_exec");
    Label out = new Label("out");
    Label other = new Label("other_id");
    a.load(U64, R7, R1, 0).load(U64, R8, R1, 8);
    a.load(U32, R2, R7, layout.pid()).lsh(R8, 32).rsh(R8, 32).jumpIf(R8, EQ, R2, out);
    ThreadCalls calls = trace.calls();
    a.mov(R2, R8);
    calls.byteOfId(a, R2, R4);
    calls.byteOf(a, R7, R3);
    a.load(U8, R1, R4, 0).store(U8, R4, 0, 0).store(U8, R3, 0, R1);
    if (selection.byThread()) {
      // Traced is the id that it had.
      a.mov(R2, R8).and(R2, selection.tasks().valueSize() - 1);
      a.mapValue(R3, selection.tasks(), 0).add(R3, R2).load(U8, R2, R3, 0);
      a.jumpIf(R2, NE, 0, other).jump(out).bind(other);
    }
    begin(a, TraceRecord.EXEC);
    a.store(U32, R10, RECORD + TraceRecord.OTHER_TID, R8);
    a.store(U32, R10, RECORD + TraceRecord.OTHER_TGID, 0);
    return end(a, TraceRecord.OTHER_TGID + 4, out);
  }

  /** For {@code sched_process_exit(task, ...)}. */
  public Program exit() {
    Assembler a = new Assembler("trace_end");
    Label out = new Label("out");
    a.load(U64, R7, R1, 0);
    unlessTraced(a, R7, out);
    trace.calls().byteOf(a, R7, R3);
    a.load(U8, R6, R3, 0).store(U8, R3, 0, 0);
    unfinished(a);
    begin(a, TraceRecord.END);
    if (selection.usesProperties()) {
      Label other = new Label("not_fitting");
      selection.byProperties(a, R7, other);
      a.store(U32, R10, RECORD + TraceRecord.FLAGS, TraceRecord.FITTING).bind(other);
    }
    a.load(U32, R1, R7, places.exitCode()).store(U32, R10, RECORD + TraceRecord.EXIT_CODE, R1);
    a.store(U32, R10, RECORD + TraceRecord.EXIT_CODE + 4, 0);
    return end(a, TraceRecord.EXIT_CODE + 8, out);
  }

  /** Sends the entry that is kept of task R7, whose byte is R6, if it is to be shown. */
  private void unfinished(Assembler a) {
    KeptEntries kept = trace.kept();
    if (kept != null && trace.filter().unfinished()) {
      Label nothing = new Label("nothing_kept");
      a.and(R6, ThreadCalls.KEPT).jumpIf(R6, EQ, 0, nothing);
      kept.find(a, nothing);
      a.call(KTIME_GET_NS).mov(R1, R0);
      kept.send(a, nothing);
      a.bind(nothing);
    }
  }

  /** For {@code signal_deliver(signal, siginfo, action)}, which the kernel tells before it acts. */
  public Program deliver() {
    Assembler a = new Assembler("trace_signal");
    Label out = new Label("out");
    Label common = new Label("common");
    Label handled = new Label("handled");
    a.mov(R6, R1).call(GET_CURRENT_TASK_BTF).mov(R7, R0);
    a.load(U32, R1, R6, 0).jumpIf(R1, EQ, SIGKILL, out);
    unlessTraced(a, R7, out);
    selection.byProperties(a, R7, out);
    begin(a, TraceRecord.SIGNAL);
    a.load(U64, R4, R6, 16).load(U64, R1, R4, places.signalFlags()).and(R1, SA_IMMUTABLE);
    a.jumpIf(R1, EQ, 0, common);
    a.store(U32, R10, RECORD + TraceRecord.FLAGS, TraceRecord.IMMUTABLE).bind(common);
    a.load(U64, R1, R4, places.signalHandler()).mov(R2, 1);
    a.jumpIf(R1, EQ, 0, handled).mov(R2, 0).bind(handled);
    a.store(U32, R10, RECORD + TraceRecord.DEFAULT_ACTION, R2);
    siginfo(a);
    return end(a, TraceRecord.SIGINFO + TraceRecord.SIGINFO_SIZE, out);
  }

  /**
   * For {@code signal_generate(signal, siginfo, task, group, result)}: of signals that are ignored,
   * and of those that end a process at once, no delivery tells.
   */
  public Program generate() {
    Assembler a = new Assembler("trace_sent");
    Label out = new Label("out");
    Label typed = new Label("typed");
    a.mov(R6, R1).load(U32, R1, R6, 32).jumpIf(R1, GT, IGNORED, out);
    a.load(U32, R1, R6, 0).jumpIf(R1, EQ, SIGKILL, out);
    a.load(U64, R7, R6, 16);
    unlessTraced(a, R7, out);
    // Of control groups the kernel tells only the current thread's.
    selection.byName(a, R7, out);
    begin(a, TraceRecord.SENT_SIGNAL);
    a.load(U32, R1, R6, 32).jumpIf(R1, NE, IGNORED, typed);
    a.store(U32, R10, RECORD + TraceRecord.TYPE, TraceRecord.IGNORED_SIGNAL);
    witness(a);
    a.bind(typed);
    a.store(U32, R10, RECORD + TraceRecord.DEFAULT_ACTION, 0);
    siginfo(a);
    return end(a, TraceRecord.SIGINFO + TraceRecord.SIGINFO_SIZE, out);
  }

  /** If the entry of the call that task R7 is in is kept, has it shown before the signal. */
  private void witness(Assembler a) {
    if (trace.kept() != null) {
      Label shown = new Label("shown");
      trace.calls().byteOf(a, R7, R3);
      a.load(U8, R2, R3, 0).and(R2, ThreadCalls.KEPT).jumpIf(R2, EQ, 0, shown);
      // The thread itself may be changing the byte, so only atomically, which takes a word.
      a.load(U32, R2, R7, layout.pid());
      trace.calls().orInto(a, R2, ThreadCalls.WITNESSED);
      a.store(U32, R10, RECORD + TraceRecord.FLAGS, TraceRecord.IN_KEPT_CALL).bind(shown);
    }
  }

  /** Goes to {@code out} unless the task is traced, or the whole system is. Uses R2, R3. */
  private void unlessTraced(Assembler a, Reg task, Label out) {
    if (selection.byThread()) {
      selection.byteOf(a, task, R3);
      a.load(U8, R2, R3, 0).jumpIf(R2, EQ, 0, out);
    }
  }

  /** What all records begin with, of the task R7. */
  private void begin(Assembler a, int type) {
    a.call(KTIME_GET_NS).store(U64, R10, RECORD + TraceRecord.TIME, R0);
    a.store(U32, R10, RECORD + TraceRecord.TYPE, type);
    a.store(U32, R10, RECORD + TraceRecord.FLAGS, 0);
    a.load(U32, R1, R7, layout.pid()).store(U32, R10, RECORD + TraceRecord.TID, R1);
    a.load(U32, R1, R7, layout.tgid()).store(U32, R10, RECORD + TraceRecord.TGID, R1);
  }

  /** Copies the signal whose number and siginfo the context R6 begins with. Uses R8. */
  private static void siginfo(Assembler a) {
    Label known = new Label("known");
    Label kernel = new Label("kernel");
    int info = RECORD + TraceRecord.SIGINFO;
    a.load(U32, R1, R6, 0).store(U32, R10, RECORD + TraceRecord.SIGNAL_NUMBER, R1);
    a.load(U64, R8, R6, 8);
    a.mov(R1, R10).add(R1, info).mov(R2, TraceRecord.SIGINFO_SIZE).mov(R3, R8);
    a.call(PROBE_READ_KERNEL).jumpIf(R0, EQ, 0, known);
    // No siginfo: 0 stands for one of kill(2) by the current process, 1 for the kernel.
    a.load(U32, R1, R6, 0).store(U32, R10, info, R1);
    // Half of it, as the verifier takes the whole for a pointer, which is never 0.
    a.mov32(R1, R8).jumpIf(R1, NE, 0, kernel);
    a.call(GET_CURRENT_UID_GID).store(U32, R10, info + SI_UID, R0);
    a.call(io.github.jstrace.ebpf.asm.Helper.GET_CURRENT_PID_TGID).rsh(R0, 32);
    a.store(U32, R10, info + SI_PID, R0).jump(known);
    a.bind(kernel).store(U32, R10, info + SI_CODE, SI_KERNEL).bind(known);
  }

  private Program end(Assembler a, int size, Label out) {
    a.mov(R2, R10).add(R2, RECORD).mov(R3, size);
    trace.output().send(a, out);
    return a.bind(out).mov(R0, 0).exit().assemble();
  }
}
