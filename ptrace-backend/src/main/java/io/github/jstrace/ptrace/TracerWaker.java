// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.Signals;

/**
 * Gets the tracer thread out of its wait: by a signal whose handler does nothing, sent again until
 * the thread says that it has noticed, as one that arrives just before the wait is lost.
 */
final class TracerWaker implements Runnable {
  /** Two of these without an event are idleness. */
  private static final long TICK_MILLIS = 25;

  private final Libc libc;
  private final int tgid;
  private final int tracerTid;

  /** Number of the wait that the tracer is in, 0 while it is not in one. */
  private volatile int waiting;

  /** The last wait that ended by the signal. */
  private volatile int noticed;

  private volatile boolean closed;

  /** On the tracer thread only. */
  private boolean ticking;

  /** To be made on the tracer thread. */
  TracerWaker(Libc libc) {
    this.libc = libc;
    this.tgid = libc.getpid();
    this.tracerTid = libc.gettid();
    Signals signals = new Signals(libc);
    signals.setInterrupting(Signals.WAKE_UP);
    signals.unblock(Signals.maskOf(Signals.WAKE_UP));
  }

  /** Starts a thread that wakes the tracer when it has waited long, if there is none yet. */
  void startTicking() {
    if (ticking) {
      return;
    }
    ticking = true;
    Thread thread = new Thread(null, this, "jstrace-tick", 128 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  /** On the tracer thread, before a wait. */
  void beforeWait(int number) {
    waiting = number;
  }

  /** On the tracer thread, after a wait. */
  void afterWait() {
    waiting = 0;
  }

  /** On the tracer thread: the wait of this number was interrupted; no need to do so again. */
  void notice(int number) {
    noticed = number;
  }

  /** On any thread: interrupts the tracer if it waits. To be repeated until that shows effect. */
  void wake() {
    if (waiting != 0) {
      libc.tgkill(tgid, tracerTid, Signals.WAKE_UP);
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Tracing is over. */
  void close() {
    closed = true;
  }

  @Override
  public void run() {
    int before = 0;
    while (!closed) {
      try {
        Thread.sleep(TICK_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
      int now = waiting;
      if (now != 0 && now == before && now != noticed) {
        wake();
      }
      before = now;
    }
  }
}
