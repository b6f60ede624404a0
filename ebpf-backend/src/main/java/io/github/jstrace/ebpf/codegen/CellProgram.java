// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GE;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Helper.GET_SMP_PROCESSOR_ID;
import static io.github.jstrace.ebpf.asm.Helper.MAP_LOOKUP_ELEM;
import static io.github.jstrace.ebpf.asm.Helper.MAP_UPDATE_ELEM;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R8;
import static io.github.jstrace.ebpf.asm.Reg.R9;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.Reg;

/** The part of a program that finds the cell of a call and counts in it. */
final class CellProgram {
  private static final int KEY = -8;
  private static final int VALUE = -16;
  private static final int ENTRY = -72;
  private static final int NOEXIST = 1;
  private static final int NEXT_HALF_SHIFT = 4;

  /** How often another CPU may win before an extreme is given up. */
  private static final int TRIES = 6;

  private final SummaryMaps maps;
  private final Control control;
  private final KernelLayout layout;
  private final boolean errnos;

  CellProgram(SummaryMaps maps, Control control, KernelLayout layout, boolean errnos) {
    this.maps = maps;
    this.control = control;
    this.layout = layout;
    this.errnos = errnos;
  }

  /**
   * R9 = the cell of slot R8, a new one if need be, and R8 its number; goes to {@code skip} if none
   * is left, which is counted.
   */
  void find(Assembler a, Reg task, Label skip) {
    Label full = new Label("full");
    Label have = new Label("have_cell");
    Label first = new Label("cell_found");
    a.jumpIf(R8, GE, Slots.COUNT, skip); // for the verifier: it came from memory
    if (maps.by() == SummaryMaps.By.NOTHING) {
      indexByShard(a, have, full);
    } else {
      indexByTask(a, task, have, full);
    }
    a.bind(full);
    control.increment(a, Control.UNCOUNTED, R1, R2);
    a.jump(skip).bind(have);
    a.store(U32, R10, VALUE, R8)
        .map(R1, maps.cells())
        .mov(R2, R10)
        .add(R2, VALUE)
        .call(MAP_LOOKUP_ELEM)
        .jumpIf(R0, NE, 0, first)
        .jump(skip)
        .bind(first)
        .mov(R9, R0);
  }

  /** R8 = the number of the cell, at {@code have}. */
  private void indexByShard(Assembler a, Label have, Label full) {
    if (maps.shards() > 1) {
      a.call(GET_SMP_PROCESSOR_ID).and(R0, maps.shards() - 1).mul(R0, Slots.COUNT).add(R8, R0);
    }
    a.lsh(R8, 2)
        .mapValue(R9, maps.index(), 0)
        .add(R9, R8)
        .load(U32, R8, R9, 0)
        .jumpIf(R8, NE, 0, have);
    newCell(a, R8, full);
    // another call on this shard may have been faster, then that cell is for both
    a.mov(R0, 0).compareExchange(U32, R9, 0, R8).jumpIf(R0, EQ, 0, have).mov(R8, R0).jump(have);
  }

  /** The same by id and slot. */
  private void indexByTask(Assembler a, Reg task, Label have, Label full) {
    Label known = new Label("known_cell");
    boolean process = maps.by() == SummaryMaps.By.PROCESS;
    if (maps.halves()) {
      a.mapValue(R9, control.map(), Control.HALF)
          .load(U64, R9, R9, 0)
          .and(R9, 1)
          .mov(R1, R9)
          .lsh(R1, SummaryMaps.HALF_SHIFT)
          .or(R8, R1);
    }
    a.load(U32, R2, task, process ? layout.tgid() : layout.pid())
        .store(U32, R10, KEY, R2)
        .store(U32, R10, KEY + 4, R8);
    look(a);
    a.jumpIf(R0, NE, 0, known);
    if (maps.halves()) {
      newCellOfHalf(a, R8, R9, full);
    } else {
      newCell(a, R8, full);
    }
    entry(a, task, process);
    look(a);
    a.jumpIf(R0, EQ, 0, full).bind(known).load(U32, R8, R0, SummaryMaps.CELL).jump(have);
  }

  private void look(Assembler a) {
    a.map(R1, maps.index()).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
  }

  /** Stores a new value; one that is there remains. */
  private static void put(Assembler a, io.github.jstrace.ebpf.asm.MapSpec map, int valueOnStack) {
    a.map(R1, map)
        .mov(R2, R10)
        .add(R2, KEY)
        .mov(R3, R10)
        .add(R3, valueOnStack)
        .mov(R4, NOEXIST)
        .call(MAP_UPDATE_ELEM);
  }

  /** Puts cell R8 into the index, with the name of what it counts for. */
  private void entry(Assembler a, Reg task, boolean process) {
    Reg named = task;
    if (process) {
      a.load(U64, R9, task, layout.groupLeader());
      named = R9;
    }
    int comm = layout.comm();
    a.store(U64, R10, ENTRY, R8)
        .load(U64, R1, named, comm)
        .store(U64, R10, ENTRY + SummaryMaps.NAME, R1)
        .load(U64, R1, named, comm + 8)
        .store(U64, R10, ENTRY + SummaryMaps.NAME + 8, R1);
    put(a, maps.index(), ENTRY);
  }

  /** {@code into} = the number of a cell that is nobody's. */
  private void newCell(Assembler a, Reg into, Label full) {
    a.mapValue(R1, control.map(), Control.CELLS)
        .mov(into, 1)
        .atomicFetchAdd(U64, R1, 0, into)
        .add(into, 1)
        .jumpIf(into, GE, maps.cells().maxEntries(), full);
  }

  /** The same of the half in {@code half}, which is destroyed. */
  private void newCellOfHalf(Assembler a, Reg into, Reg half, Label full) {
    a.mapValue(R1, control.map(), Control.CELLS)
        .lsh(half, NEXT_HALF_SHIFT)
        .add(R1, half)
        .mov(into, 1)
        .atomicFetchAdd(U64, R1, 0, into)
        .add(into, 1)
        .jumpIf(into, GE, maps.cellsAtATime(), full)
        .mul(half, maps.cellsAtATime() / Control.NEXT_HALF)
        .add(into, half);
  }

  /** Where the numbers of a call are on the stack; {@code cpu} is 0 if there is no CPU time. */
  static final class Call {
    final int wall;
    final int cpu;
    final int latency;
    final int errno;

    Call(int wall, int cpu, int latency, int errno) {
      this.wall = wall;
      this.cpu = cpu;
      this.latency = latency;
      this.errno = errno;
    }
  }

  /** Counts a call in the cell R9, whose number is R8. */
  void count(Assembler a, Call call) {
    Label succeeded = new Label("succeeded");
    a.mov(R1, 1).atomicAdd(U64, R9, SummaryMaps.CALLS, R1);
    times(a, call.wall, SummaryMaps.WALL);
    if (call.cpu != 0) {
      times(a, call.cpu, SummaryMaps.CPU);
    }
    if (maps.histograms()) {
      a.load(U64, R3, R10, call.latency);
      LatencyBuckets.bucketOf(a, R3, R4);
      a.lsh(R3, 3).mov(R2, R9).add(R2, R3).mov(R1, 1).atomicAdd(U64, R2, SummaryMaps.HISTOGRAM, R1);
    }
    a.load(U64, R3, R10, call.errno)
        .jumpIf(R3, EQ, 0, succeeded)
        .mov(R1, 1)
        .atomicAdd(U64, R9, SummaryMaps.ERRORS, R1);
    if (errnos) {
      error(a, succeeded);
    }
    a.bind(succeeded);
  }

  /** Counts the error number R3. */
  private void error(Assembler a, Label done) {
    Label known = new Label("known_error");
    a.store(U32, R10, KEY, R8).store(U32, R10, KEY + 4, R3);
    lookError(a);
    a.jumpIf(R0, NE, 0, known).store(U64, R10, VALUE, 0);
    put(a, maps.errors(), VALUE);
    lookError(a);
    a.jumpIf(R0, EQ, 0, done).bind(known).mov(R1, 1).atomicAdd(U64, R0, 0, R1);
  }

  private void lookError(Assembler a) {
    a.map(R1, maps.errors()).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
  }

  private static void times(Assembler a, int onStack, int inCell) {
    a.load(U64, R1, R10, onStack).atomicAdd(U64, R9, inCell + SummaryMaps.TOTAL, R1);
    raise(a, inCell + SummaryMaps.LONGEST);
    a.xor(R1, -1);
    raise(a, inCell + SummaryMaps.SHORTEST);
  }

  /** Makes a number of the cell R1 if that is larger, whatever other CPUs do. */
  private static void raise(Assembler a, int number) {
    Label done = new Label("raised");
    a.load(U64, R0, R9, number);
    for (int i = 0; i < TRIES; i++) {
      a.jumpIf(R0, GE, R1, done)
          .mov(R2, R0)
          .compareExchange(U64, R9, number, R1)
          .jumpIf(R0, EQ, R2, done);
    }
    a.bind(done);
  }
}
