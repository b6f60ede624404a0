// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.jstrace.core.decode.DecodeOptions;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.decode.SyscallDecoder;
import io.github.jstrace.core.sink.EventPipeline;
import io.github.jstrace.core.summary.Summary;
import io.github.jstrace.core.summary.SummaryOptions;
import io.github.jstrace.core.summary.SummarySink;
import io.github.jstrace.tables.Abi;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** From the stop to the counter nothing is allocated, so a summary of any length stays as small. */
class AllocationTest {
  private static final int CALLS = 100_000;
  private static final int TID = 10;
  private static final int TRAP = 5 << 8 | 0x7f | 128 << 16;
  private static final int SYSCALL = (5 | 0x80) << 8 | 0x7f;

  private final FakeKernel kernel = new FakeKernel();
  private long counted;

  private void calls(StopHandler machine, int count) {
    for (int i = 0; i < count; i++) {
      kernel.entry = true;
      kernel.number = i % 300;
      machine.handle(TID, SYSCALL, i);
      kernel.entry = false;
      kernel.result = -(i % 2);
      kernel.error = i % 2 != 0;
      machine.handle(TID, SYSCALL, i);
    }
  }

  @Test
  void countingAllocatesNothing() {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    SummarySink sink = new SummarySink(new SummaryOptions(), this::keep, null);
    EventPipeline pipeline =
        new EventPipeline(
            new EventPipeline.Filters(),
            new SyscallDecoder(new DecodeOptions(), FdResolver.NONE),
            Abi.X86_64,
            false,
            sink);
    TraceeTable table = new TraceeTable();
    StopHandler machine = new StopHandler(table, kernel, pipeline, Abi.X86_64, Abi.I386, 59);
    machine.addGrabbed(TID, TID);
    machine.handle(TID, TRAP, 0);
    kernel.silent = true;
    calls(machine, 1000); // makes the counters
    long before = thread.getCurrentThreadAllocatedBytes();
    calls(machine, CALLS);
    long bytes = thread.getCurrentThreadAllocatedBytes() - before;
    pipeline.finished();
    assertEquals(CALLS + 1000, counted, "what was measured did not happen");
    assertTrue(bytes < CALLS / 10, () -> bytes + " bytes for " + CALLS + " calls");
  }

  private void keep(Summary summary) {
    summary.of(Abi.X86_64).forEach(row -> counted += row.calls());
  }
}
