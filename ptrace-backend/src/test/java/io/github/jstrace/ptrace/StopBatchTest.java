// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.tables.Abi;
import org.junit.jupiter.api.Test;

class StopBatchTest {
  private final StopBatch batch = new StopBatch();

  /** How many of {@code count} stops of one thread begin a batch. */
  private int batches(int tid, int count, int tracees) {
    int begun = 0;
    for (int i = 0; i < count; i++) {
      begun += batch.begin(tid, 0, 0, tracees) ? 1 : 0;
    }
    return begun;
  }

  @Test
  void aSingleTraceeNeedsNone() {
    assertEquals(0, batches(10, 1000, 1));
  }

  @Test
  void theOnlyBusyOneOfSeveralNeedsFew() {
    assertTrue(batches(10, 3200, 2) < 200);
  }

  @Test
  void severalBusyOnesNeedOneEachTime() {
    batches(10, 1000, 2);
    assertTrue(batch.begin(11, 0, 0, 2));
    assertTrue(batch.begin(10, 0, 0, 2));
    assertTrue(batch.begin(10, 0, 0, 2));
  }

  @Test
  void anotherOneInABatchCounts() {
    for (int i = 0; i < 1000; i++) {
      assertTrue(batch.begin(10, 0, 0, 2));
      batch.add(11, 0, 0);
    }
    batches(10, 100, 2);
    assertFalse(batch.begin(10, 0, 0, 2));
  }

  @Test
  void allAreHandledInOrder() {
    FakeKernel kernel = new FakeKernel();
    Recorder recorder = new Recorder();
    StopHandler machine =
        new StopHandler(new TraceeTable(), kernel, recorder, Abi.X86_64, Abi.I386, 59);
    for (int tid = 1; tid <= 40; tid++) {
      machine.addGrabbed(tid, tid);
    }
    assertTrue(batch.begin(1, 0x80057f, 0, 40));
    StringBuilder expected = new StringBuilder("resume 1");
    for (int tid = 2; tid <= 40; tid++) {
      batch.add(tid, 0x80057f, 0);
      expected.append(", resume ").append(tid);
    }
    batch.handle(machine);
    assertEquals(expected.toString(), kernel.taken());
  }
}
