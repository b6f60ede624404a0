// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.trace;

import io.github.jstrace.ebpf.codegen.TraceRecord;
import io.github.jstrace.ebpf.ring.RingReader;

/**
 * Passes records on in the order of their times. CPUs take the time before they take their place in
 * the ring buffer, so neighbours may be out of order by the microseconds between the two: what is
 * that young is left for the next time.
 */
public final class RecordQueue {
  private static final int BATCH = 4096;

  /** The longest time between a record's time and its place, but for interrupts: nanoseconds. */
  private static final long YOUNG = 30_000;

  private final RingReader reader;
  private final TraceReplay replay;
  private final long[] times = new long[BATCH];
  private final int[] offsets = new int[BATCH];
  private final int[] lengths = new int[BATCH];

  public RecordQueue(RingReader reader, TraceReplay replay) {
    this.reader = reader;
    this.replay = replay;
  }

  /**
   * Handles what is there; whether there was anything, even if it was too young. What comes
   * meanwhile is left, or a busy system would keep the caller here for ever.
   */
  public boolean drain() {
    boolean any = false;
    long until = System.nanoTime() - YOUNG;
    while (batch(until)) {
      any = true;
    }
    return any || reader.pending() > 0;
  }

  /** Handles everything. */
  public void drainAll() {
    boolean any = true;
    while (any) {
      any = batch(Long.MAX_VALUE);
    }
  }

  private boolean batch(long until) {
    int count = 0;
    boolean ordered = true;
    long last = Long.MIN_VALUE;
    while (count < BATCH && reader.next()) {
      int offset = reader.offset();
      int length = reader.length();
      long time =
          length < TraceRecord.TID ? last : reader.data().getLong(offset + TraceRecord.TIME);
      if (time > until) {
        reader.back();
        break;
      }
      ordered &= time >= last;
      last = time;
      times[count] = time;
      offsets[count] = offset;
      lengths[count] = length;
      count++;
    }
    if (!ordered) {
      sort(count);
    }
    for (int i = 0; i < count; i++) {
      replay.handle(reader.data(), offsets[i], lengths[i]);
    }
    reader.release();
    return count > 0;
  }

  /** By insertion: almost all are in their place, and equal times stay in their order. */
  private void sort(int count) {
    for (int i = 1; i < count; i++) {
      long time = times[i];
      int offset = offsets[i];
      int length = lengths[i];
      int j = i;
      while (j > 0 && times[j - 1] > time) {
        times[j] = times[j - 1];
        offsets[j] = offsets[j - 1];
        lengths[j] = lengths[j - 1];
        j--;
      }
      times[j] = time;
      offsets[j] = offset;
      lengths[j] = length;
    }
  }
}
