// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.decode.CapturePlan;
import io.github.jstrace.core.decode.CapturePlanner;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.ebpf.codegen.PlanTable;
import io.github.jstrace.ebpf.libbpf.BpfMap;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.tables.Abi;

/** Writes the plans of all calls that are traced to their map. */
final class PlanWriter implements PlanTable.Target {
  /** execve and execveat, whose exit may be that of the other one, or of the other ABI. */
  private static final int[][] EXECUTIONS = {{59, 322}, {11, 358}, {221, 281}, {11, 387}};

  private final NativeMemory memory;
  private final int stride;
  private final CapturePlanner planner;
  private final SyscallFilter calls;
  private int base;

  PlanWriter(BpfMap map, CapturePlanner planner, SyscallFilter calls) throws TraceException {
    this.memory = map.memory();
    this.stride = map.stride();
    this.planner = planner;
    this.calls = calls;
  }

  /** Writes them for both ABIs of the machine. */
  void writeAll() {
    boolean x86 = Arch.current() == Arch.X86_64;
    write(x86 ? Abi.X86_64 : Abi.AARCH64, 0);
    write(x86 ? Abi.I386 : Abi.ARM, 1);
    traceExecutions();
  }

  private void write(Abi abi, int index) {
    for (int number = 0; number < PlanTable.NUMBERS; number++) {
      boolean strange = number == PlanTable.NUMBERS - 1; // stands for all that are higher
      boolean selected = strange ? calls.containsUnknown(abi) : calls.contains(abi, number);
      boolean traced = calls.isAll() || selected || abi.multiplexes(number);
      if (traced) {
        CapturePlan plan = planner.plan(abi, number);
        base = PlanTable.index(index, number) * stride;
        PlanTable.write(this, plan, PlanTable.TRACE_ENTRY | PlanTable.TRACE_EXIT);
      }
    }
  }

  private void traceExecutions() {
    int first = Arch.current() == Arch.X86_64 ? 0 : 2;
    boolean any = false;
    for (int round = 0; round < 2; round++) {
      for (int index = 0; index < 2; index++) {
        for (int number : EXECUTIONS[first + index]) {
          int at = PlanTable.index(index, number) * stride;
          any |= memory.getInt(at) != 0;
          if (round == 1 && any) {
            memory.putInt(at, memory.getInt(at) | PlanTable.TRACE_EXIT);
          }
        }
      }
    }
  }

  @Override
  public void putByte(int offset, int value) {
    memory.putByte(base + offset, (byte) value);
  }

  @Override
  public void putInt(int offset, int value) {
    memory.putInt(base + offset, value);
  }

  @Override
  public void putLong(int offset, long value) {
    memory.putLong(base + offset, value);
  }
}
