// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.decode.CapturePlanner;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.ebpf.ring.RingBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Traces by programs in the kernel, which copy what a call is given and gives at its entry and
 * exit; no process is stopped. The thread that calls {@link #run} reads the copies and reports. An
 * object is for one run.
 */
public final class EbpfBackend extends EbpfTracer {
  private final EbpfOptions options;
  private final CapturePlanner planner;
  private @Nullable RingBuffer ring;

  /**
   * @param planner says what is to be copied of each call
   */
  public EbpfBackend(EbpfOptions options, CapturePlanner planner) {
    this.options = options;
    this.planner = planner;
  }

  @Override
  void wake() {
    RingBuffer waiting = ring;
    if (waiting != null) {
      waiting.wake();
    }
  }

  @Override
  public void run(TraceHandler handler) throws TraceException {
    try (BpfSession session = new BpfSession()) {
      TraceRun run;
      RingBuffer buffer;
      try (Kernel kernel = Kernel.open(options)) {
        run = new TraceRun(this, options, planner, kernel, session, handler);
        buffer = run.load(kernel);
      }
      try {
        setRing(buffer);
        run.trace(buffer);
      } finally {
        setRing(null);
        buffer.close();
      }
    }
  }

  /** Synchronized as {@link #stop} is, so that no ring is woken that is closed. */
  private synchronized void setRing(@Nullable RingBuffer buffer) {
    ring = buffer;
  }
}
