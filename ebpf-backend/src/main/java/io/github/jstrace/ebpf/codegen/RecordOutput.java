// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Helper.MAP_LOOKUP_ELEM;
import static io.github.jstrace.ebpf.asm.Helper.RINGBUF_OUTPUT;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R5;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.MapSpec;

/** The way of records to user space. */
final class RecordOutput {
  private static final int FORCE_WAKEUP = 2;
  private static final int NO_WAKEUP = 1;
  private static final int WORD = 8;

  /** In the stack frame. */
  private static final int KEY = -4;

  private final MapSpec ring;
  private final MapSpec sleeper = MapSpec.array("sleeper", WORD, 1).withFlags(MapSpec.MMAPABLE);
  private final MapSpec lost = MapSpec.perCpuArray("lost", WORD, 1);

  /**
   * @param size bytes of the ring buffer, a power of two and of pages
   */
  RecordOutput(int size) {
    ring = MapSpec.ringBuffer("records", size);
  }

  /** The records: see {@link TraceRecord}. */
  MapSpec ring() {
    return ring;
  }

  /** A word that is not 0 while user space sleeps and wants to be woken by a record. */
  MapSpec sleeper() {
    return sleeper;
  }

  /** Per CPU, how many records were lost for want of room in {@link #ring}. */
  MapSpec lost() {
    return lost;
  }

  /**
   * Hands over the record of R3 bytes at R2; if there is no room counts it as lost and goes to
   * {@code failed}. Uses R0 to R5 and 4 bytes of the frame.
   */
  void send(Assembler a, Label failed) {
    Label awake = new Label("awake");
    Label sent = new Label("sent");
    a.mapValue(R5, sleeper, 0).load(U64, R5, R5, 0).mov(R4, NO_WAKEUP);
    a.jumpIf(R5, EQ, 0, awake).mov(R4, FORCE_WAKEUP).bind(awake);
    a.map(R1, ring).call(RINGBUF_OUTPUT).jumpIf(R0, EQ, 0, sent);
    a.store(U32, R10, KEY, 0).map(R1, lost).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
    a.jumpIf(R0, EQ, 0, failed).mov(R1, 1).atomicAdd(U64, R0, 0, R1).jump(failed).bind(sent);
  }
}
