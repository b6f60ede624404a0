// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static io.github.jstrace.ebpf.asm.Reg.R8;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static io.github.jstrace.ebpf.asm.Size.U8;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.Program;

/** Keeps {@link Selection#tasks} as threads are made, execute programs and end. */
public final class ProcessPrograms {
  private final Selection selection;
  private final Control control;

  public ProcessPrograms(Selection selection, Control control) {
    this.selection = selection;
    this.control = control;
  }

  /**
   * For {@code sched_process_fork(parent, child)}: what a traced thread makes is traced. Runs
   * before the child does.
   */
  public Program fork() {
    Assembler a = new Assembler("on_fork");
    Label out = new Label("out");
    a.load(U64, R7, R1, 0).load(U64, R8, R1, 8);
    selection.byteOf(a, R7, R3);
    a.load(U8, R2, R3, 0).jumpIf(R2, EQ, 0, out);
    selection.byteOf(a, R8, R3);
    a.store(U8, R3, 0, Selection.NEWBORN);
    control.increment(a, Control.FORKED, R1, R2);
    return a.bind(out).mov(R0, 0).exit().assemble();
  }

  /**
   * For {@code sched_process_exec(task, old id, ...)}, which comes before the exit of the execve: a
   * thread that is not its process's first takes over the id of that one (ptrace(2), "execve(2)
   * under ptrace").
   */
  public Program exec() {
    Assembler a = new Assembler("on_exec");
    Label out = new Label("out");
    Label same = new Label("same_id");
    a.mov(R6, R1).load(U64, R7, R6, 0);
    selection.byteOf(a, R7, R8);
    // R2 is the new id now
    a.load(U64, R4, R6, 8).and(R4, selection.tasks().valueSize() - 1).jumpIf(R4, EQ, R2, same);
    a.mapValue(R3, selection.tasks(), 0)
        .add(R3, R4)
        .load(U8, R2, R3, 0)
        .jumpIf(R2, EQ, 0, out)
        .store(U8, R3, 0, 0)
        .store(U8, R8, 0, R2)
        .jump(out);
    a.bind(same)
        .load(U8, R2, R8, 0)
        .jumpIf(R2, NE, Selection.EXECUTING, out)
        .store(U8, R8, 0, selection.byThread() ? Selection.TRACED : 0);
    return a.bind(out).mov(R0, 0).exit().assemble();
  }

  /** For {@code sched_process_exit(task, ...)}: the id may come to mean another thread. */
  public Program exit() {
    Assembler a = new Assembler("on_exit");
    Label out = new Label("out");
    a.load(U64, R7, R1, 0);
    selection.byteOf(a, R7, R3);
    a.load(U8, R2, R3, 0).jumpIf(R2, EQ, 0, out).store(U8, R3, 0, 0);
    control.increment(a, Control.ENDED, R1, R2);
    return a.bind(out).mov(R0, 0).exit().assemble();
  }
}
