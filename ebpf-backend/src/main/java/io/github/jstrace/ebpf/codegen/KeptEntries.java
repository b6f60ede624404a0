// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GT;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Helper.GET_CURRENT_TASK_BTF;
import static io.github.jstrace.ebpf.asm.Helper.PROBE_READ_KERNEL;
import static io.github.jstrace.ebpf.asm.Helper.TASK_STORAGE_GET;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static io.github.jstrace.ebpf.asm.Reg.R8;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Reg;

/**
 * Where the record of an entry waits if only the exit decides whether the call is shown: in the
 * thread's storage, which goes with the thread. One that is too long does not wait.
 */
final class KeptEntries {
  /** {@code BPF_LOCAL_STORAGE_GET_F_CREATE}. */
  private static final int CREATE = 1;

  /** In a value: the length of the record, then the record. */
  private static final int LENGTH = 0;

  private static final int RECORD = 8;

  /** With what the kernel adds, less than the 2048 that it allocates. */
  private static final int SIZE = 1792;

  private static final int MAX_LENGTH = SIZE - RECORD;

  private final KernelLayout layout;
  private final RecordOutput output;
  private final MapSpec map = MapSpec.taskStorage("kept", SIZE);

  KeptEntries(KernelLayout layout, RecordOutput output) {
    this.layout = layout;
    this.output = output;
  }

  /** Keeps the record of R3 bytes at R2, or goes to {@code send}. Uses R0 to R7. */
  void keep(Assembler a, Label send) {
    a.jumpIf(R3, GT, MAX_LENGTH, send).mov(R6, R2).mov(R7, R3);
    a.load(U64, R1, R6, TraceRecord.TIME).store(U64, R6, TraceRecord.ENTERED, R1);
    a.load(U32, R1, R6, TraceRecord.FLAGS).or(R1, TraceRecord.KEPT);
    a.store(U32, R6, TraceRecord.FLAGS, R1).call(GET_CURRENT_TASK_BTF);
    find(a, R0, CREATE);
    a.jumpIf(R0, EQ, 0, send).store(U64, R0, LENGTH, R7).mov(R1, R0).add(R1, RECORD);
    a.mov(R2, R7).mov(R3, R6).call(PROBE_READ_KERNEL).jumpIf(R0, NE, 0, send);
  }

  /** R0 = what the task's storage has, or 0. */
  private void find(Assembler a, Reg task, int flags) {
    a.mov(R2, task).map(R1, map).mov(R3, 0).mov(R4, flags).call(TASK_STORAGE_GET);
  }

  /** R8 = what is kept of task R7, or goes to {@code none}. Uses R0 to R5. */
  void find(Assembler a, Label none) {
    find(a, R7, 0);
    a.jumpIf(R0, EQ, 0, none).mov(R8, R0);
  }

  /** {@code into} = when the entry was that R8 is. */
  void entered(Assembler a, Reg into) {
    a.load(U64, into, R8, RECORD + TraceRecord.TIME);
  }

  /**
   * Sends entry R8 of task R7 as a record of time R1; goes to {@code failed} if there is no room.
   * The task may have got another id since. Uses R0 to R5.
   */
  void send(Assembler a, Label failed) {
    a.store(U64, R8, RECORD + TraceRecord.TIME, R1);
    a.load(U32, R1, R7, layout.pid()).store(U32, R8, RECORD + TraceRecord.TID, R1);
    a.load(U32, R1, R7, layout.tgid()).store(U32, R8, RECORD + TraceRecord.TGID, R1);
    a.load(U64, R3, R8, LENGTH).jumpIf(R3, GT, MAX_LENGTH, failed);
    a.mov(R2, R8).add(R2, RECORD);
    output.send(a, failed);
  }
}
