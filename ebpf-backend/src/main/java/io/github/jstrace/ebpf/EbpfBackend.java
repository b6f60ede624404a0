// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.core.decode.CapturePlanner;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.ebpf.ring.RingBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Traces by programs in the kernel, which copy what a call is given and gives at its entry and
 * exit; no process is stopped. The thread that calls {@link #run} reads the copies and reports. An
 * object is for one run.
 */
public final class EbpfBackend implements TracerBackend {
  private final EbpfOptions options;
  private final CapturePlanner planner;
  private volatile @Nullable CommandProcess command;
  private volatile @Nullable RingBuffer ring;
  private volatile boolean stopping;
  private volatile int stopSignal;

  /**
   * @param planner says what is to be copied of each call
   */
  public EbpfBackend(EbpfOptions options, CapturePlanner planner) {
    this.options = options;
    this.planner = planner;
  }

  @Override
  public @Nullable ExitResult exitResult() {
    CommandProcess launched = command;
    return launched == null ? null : launched.result();
  }

  @Override
  public @Nullable String launchFailure() {
    CommandProcess launched = command;
    return launched == null ? null : launched.failure();
  }

  @Override
  public boolean sentByTerminal(int signal) {
    CommandProcess launched = command;
    return launched != null && launched.sentByTerminal(signal);
  }

  @Override
  public void stop(int signal) {
    synchronized (this) {
      if (!stopping) {
        stopSignal = signal;
        stopping = true;
      }
      RingBuffer waiting = ring;
      if (waiting != null) {
        waiting.wake();
      }
    }
  }

  /** Whether {@link #stop} was called. */
  boolean stopping() {
    return stopping;
  }

  /** The signal of {@link #stop}. */
  int stopSignal() {
    return stopSignal;
  }

  /** The command that {@link #exitResult} and its kin tell of. */
  void setCommand(CommandProcess launched) {
    command = launched;
  }

  @Override
  public void run(TraceHandler handler) throws TraceException {
    try (BpfSession session = new BpfSession()) {
      TraceRun run = new TraceRun(this, options, planner, session, handler);
      RingBuffer buffer = run.load();
      try {
        ring = buffer;
        run.trace(buffer);
      } finally {
        synchronized (this) {
          ring = null;
        }
        buffer.close();
      }
    }
  }
}
