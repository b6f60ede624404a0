// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.sink.Messages;
import io.github.jstrace.core.sink.Sink;
import org.jspecify.annotations.Nullable;

/** Counts calls, and has the summary written at the end. */
public final class SummarySink implements Sink {
  private final Summary summary;
  private final SummaryWriter writer;
  private final @Nullable Messages messages;

  /**
   * Makes a sink.
   *
   * @param messages to tell of threads that come and go; null if another sink does
   */
  public SummarySink(SummaryOptions options, SummaryWriter writer, @Nullable Messages messages) {
    this.summary =
        new Summary(options.latency() != SummaryOptions.Latency.NONE, options.overhead());
    this.writer = writer;
    this.messages = messages;
  }

  @Override
  public boolean wantsValues() {
    return false;
  }

  @Override
  public boolean wantsEntries() {
    return false;
  }

  @Override
  public void callExited(Tracee tracee, DecodedCall call) {
    // like strace, calls that never returned do not count
    if (tracee.resultKnown()) {
      summary.count(
          tracee.abi(), tracee.number(), tracee.errno(), tracee.systemTime(), tracee.duration());
    }
  }

  @Override
  public void attached(Tracee tracee, int parentTid) {
    if (messages != null && parentTid != 0) {
      messages.attached(tracee.tid());
    }
  }

  @Override
  public void detached(Tracee tracee) {
    if (messages != null) {
      messages.detached(tracee.tid());
    }
  }

  @Override
  public void lost(long count) {
    summary.addLost(count);
    if (messages != null) {
      messages.lost(count);
    }
  }

  @Override
  public void finished() {
    if (messages != null) {
      messages.flush();
    }
    writer.write(summary);
  }
}
