// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** Distribution of latencies with three significant digits. Loaded only for {@code --latency}. */
public final class LatencyHistogram {
  private static final int SIGNIFICANT_DIGITS = 3;

  /** Rows of {@link #powersOfTwo}: 2^62 ns are more than a century. */
  private static final int POWERS = 63;

  private final Histogram histogram = new Histogram(SIGNIFICANT_DIGITS);
  private long max;

  void record(long nanos) {
    long value = Math.max(0, nanos);
    max = Math.max(max, value);
    histogram.recordValue(value);
  }

  /**
   * Adds calls whose latency is known to some percent only.
   *
   * @param nanos an estimate
   */
  public void record(long nanos, long count) {
    if (count > 0) {
      histogram.recordValueWithCount(Math.max(0, nanos), count);
    }
  }

  /** The longest of those that were added with an estimate. */
  public void setMax(long nanos) {
    max = Math.max(max, nanos);
  }

  /**
   * The latency that {@code percent} of the calls did not exceed, in nanoseconds.
   *
   * @param percent 0 to 100
   */
  public long percentile(double percent) {
    return Math.min(max, histogram.getValueAtPercentile(percent));
  }

  /** The longest, exactly. */
  public long max() {
    return max;
  }

  public double mean() {
    return histogram.getMean();
  }

  public long count() {
    return histogram.getTotalCount();
  }

  /**
   * How many calls took from 2^i up to 2^(i+1) nanoseconds; [0] holds 0 as well. Ends with the last
   * that is not 0.
   */
  public long[] powersOfTwo() {
    long[] counts = new long[POWERS];
    int length = 0;
    for (HistogramIterationValue value : histogram.recordedValues()) {
      long nanos = Math.min(max, value.getValueIteratedTo());
      int power = nanos <= 1 ? 0 : 63 - Long.numberOfLeadingZeros(nanos);
      counts[power] += value.getCountAddedInThisIterationStep();
      length = Math.max(length, power + 1);
    }
    return Arrays.copyOf(counts, length);
  }

  /**
   * The whole histogram in HdrHistogram's compressed V2 encoding, in Base64: what {@code
   * Histogram.decodeFromCompressedByteBuffer} and the libraries of other languages read. Those of
   * several runs can be added.
   */
  public String encoded() {
    ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(buffer);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
  }
}
