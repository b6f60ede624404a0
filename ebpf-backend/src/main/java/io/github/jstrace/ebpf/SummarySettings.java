// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.ebpf.codegen.SummaryMaps.By;

/** What an {@link EbpfSummary} counts. Not changed once it has begun. */
public final class SummarySettings {
  private By by = By.NOTHING;
  private boolean latency;
  private boolean errnos;
  private boolean cpuTimes = true;
  private long overhead;
  private long interval;

  /** One summary of all, or one for each process or thread. */
  public By by() {
    return by;
  }

  public SummarySettings setBy(By value) {
    by = value;
    return this;
  }

  /** Whether there are histograms of latency. */
  public boolean latency() {
    return latency;
  }

  public SummarySettings setLatency(boolean value) {
    latency = value;
    return this;
  }

  /** Whether failures are told apart by error number. */
  public boolean errnos() {
    return errnos;
  }

  public SummarySettings setErrnos(boolean value) {
    errnos = value;
    return this;
  }

  /** Whether CPU times are wanted, which cost a little at each change of threads. */
  public boolean cpuTimes() {
    return cpuTimes;
  }

  public SummarySettings setCpuTimes(boolean value) {
    cpuTimes = value;
    return this;
  }

  /** Nanoseconds that are taken off the times of each call. */
  public long overhead() {
    return overhead;
  }

  public SummarySettings setOverhead(long nanos) {
    overhead = nanos;
    return this;
  }

  /** Nanoseconds after which what was counted is shown and counting begins anew; 0 for never. */
  public long interval() {
    return interval;
  }

  public SummarySettings setInterval(long nanos) {
    interval = nanos;
    return this;
  }
}
