// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.X32;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What was counted of one system call of one ABI. Times are nanoseconds, after subtraction of the
 * overhead.
 */
public final class CallCounter {
  private static final long[] NO_ERRORS = {};
  private static final int MAX_ERRNO = 4095;

  private final Abi abi;
  private final int number;
  private final String name;
  private final @Nullable LatencyHistogram latency;
  private final Times systemTime = new Times();
  private final Times wallTime = new Times();
  private long calls;
  private long errors;
  private long[] errorsByNumber = NO_ERRORS;

  /** Total and extremes of one clock. */
  public static final class Times {
    private long total;
    private long min = Long.MAX_VALUE;
    private long max;

    void add(long nanos) {
      total += nanos;
      min = Math.min(min, nanos);
      max = Math.max(max, nanos);
    }

    /**
     * Adds what somebody else counted.
     *
     * @param shortest of these calls
     */
    public void add(long sum, long shortest, long longest) {
      total += sum;
      min = Math.min(min, shortest);
      max = Math.max(max, longest);
    }

    public long total() {
      return total;
    }

    /** The shortest call; 0 if there was none. */
    public long min() {
      return min == Long.MAX_VALUE ? 0 : min;
    }

    public long max() {
      return max;
    }
  }

  CallCounter(Abi abi, int number, boolean withLatency) {
    this.abi = abi;
    this.number = number;
    Syscall syscall = SyscallTable.byNumber(abi, number);
    if (syscall == null) {
      this.name = "syscall_0x" + Long.toHexString(number);
    } else {
      this.name = X32.is(abi, number) ? syscall.name() + "@x32" : syscall.name();
    }
    this.latency = withLatency ? new LatencyHistogram() : null;
  }

  void count(int errno, long systemNanos, long wallNanos, long overhead) {
    calls++;
    if (errno != 0) {
      countError(errno);
    }
    systemTime.add(Math.max(0, systemNanos - overhead));
    wallTime.add(Math.max(0, wallNanos - overhead));
    if (latency != null) {
      latency.record(wallNanos);
    }
  }

  /**
   * Adds calls that somebody else counted; their times are added to {@link #systemTime}, {@link
   * #wallTime} and {@link #latency}.
   */
  public void addCalls(long count, long failed) {
    calls += count;
    errors += failed;
  }

  private void countError(int errno) {
    errors++;
    addErrno(errno, 1);
  }

  /** Adds failures that {@link #errors()} has already. */
  public void addErrno(int errno, long count) {
    int index = Math.min(errno, MAX_ERRNO);
    if (index >= errorsByNumber.length) {
      // errors come in few kinds, the highest most often below 133
      errorsByNumber =
          Arrays.copyOf(errorsByNumber, Math.min(MAX_ERRNO + 1, Math.max(136, index + 64)));
    }
    errorsByNumber[index] += count;
  }

  public Abi abi() {
    return abi;
  }

  public int number() {
    return number;
  }

  /** As strace prints it; {@code syscall_0x1ff} of a number that no call has. */
  public String name() {
    return name;
  }

  public long calls() {
    return calls;
  }

  public long errors() {
    return errors;
  }

  /** How often the calls failed with {@code errno}. */
  public long errors(int errno) {
    return errno < errorsByNumber.length ? errorsByNumber[errno] : 0;
  }

  /** Above the highest error number that was seen. */
  public int errnoLimit() {
    return errorsByNumber.length;
  }

  public Times systemTime() {
    return systemTime;
  }

  public Times wallTime() {
    return wallTime;
  }

  /** Wall clock times, overhead included; null if not asked for. */
  public @Nullable LatencyHistogram latency() {
    return latency;
  }
}
