// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

/**
 * Decides when tracer and tracee share a CPU. A stop wakes the tracer, and its request wakes the
 * tracee; waking a thread on another, idle CPU takes an inter-processor interrupt and costs several
 * times what all the rest of a stop does. So while one thread stops much it is kept on the tracer's
 * CPU, and let go of as soon as others stop as well, or it stops less, or sharing turns out to be
 * slower.
 *
 * <p>The tracee cannot learn of it by what it asks or inherits: before a call of {@link MaskCalls}
 * the thread has its own CPUs back.
 */
final class CoLocation {
  /** The native half. */
  interface Pins {
    /** Puts a stopped thread and the caller on one CPU; returns false if that cannot be. */
    boolean pin(int tid);

    /** Gives a thread and the caller back the CPUs they had. */
    void unpin(int tid);

    /** Gives back its CPUs to the caller, as the thread is gone. */
    void unpinCaller();

    /** CLOCK_MONOTONIC, nanoseconds. */
    long now();
  }

  /** Stops that a decision is based on. */
  static final int WINDOW = 32;

  /** How many stops of a window may be of other threads. */
  static final int STRANGERS = 4;

  /** A window that takes longer is not worth the trouble: 4000 stops a second. */
  static final long PIN_NANOS = WINDOW * 250_000L;

  /** A thread that became this slow is let go of. */
  static final long UNPIN_NANOS = 3 * PIN_NANOS;

  /** How many windows in a row must be slower than without sharing to end it. */
  static final int STRIKES = 4;

  /** Windows without sharing after such an end; twice as many the next time, up to the most. */
  static final int REST = 64;

  static final int MOST_REST = 16 * 1024;

  /** Windows without sharing after a thread could look at its CPUs. */
  static final int PAUSE = 2;

  private final Pins pins;

  /** The thread that shares the tracer's CPU, or 0. */
  private int pinned;

  private int candidate;
  private int stops;
  private int hits;
  private long windowStart;

  /** How long the last window without sharing took. */
  private long apartNanos;

  private int strikes;
  private int restLeft;
  private int nextRest = REST;

  CoLocation(Pins pins) {
    this.pins = pins;
    this.windowStart = pins.now();
  }

  /** The thread that shares the tracer's CPU, or 0. */
  int pinned() {
    return pinned;
  }

  /** A thread is in a system call stop. */
  void stopped(int tid) {
    if (tid == candidate) {
      hits++;
    }
    if (++stops == WINDOW) {
      decide(tid);
    }
  }

  private void decide(int lastTid) {
    long now = pins.now();
    long took = now - windowStart;
    boolean alone = hits >= WINDOW - STRANGERS;
    if (pinned != 0) {
      if (!alone || candidate != pinned || took > UNPIN_NANOS) {
        release();
      } else if (took > 2 * apartNanos) {
        strikes++;
        if (strikes == STRIKES) {
          release();
          restLeft = nextRest;
          nextRest = Math.min(2 * nextRest, MOST_REST);
        }
      } else {
        strikes = 0;
      }
    } else if (restLeft > 0) {
      restLeft--;
    } else if (alone && took < PIN_NANOS && candidate == lastTid) {
      apartNanos = took;
      strikes = 0;
      if (pins.pin(candidate)) {
        pinned = candidate;
      } else {
        restLeft = nextRest;
        nextRest = Math.min(2 * nextRest, MOST_REST);
      }
    }
    begin(lastTid, now);
  }

  private void begin(int tid, long now) {
    candidate = tid;
    stops = 0;
    hits = 0;
    windowStart = now;
  }

  /** No thread has stopped for a while, or tracing ends. */
  void release() {
    if (pinned != 0) {
      pins.unpin(pinned);
      pinned = 0;
      begin(candidate, pins.now());
    }
  }

  /** A thread is about to see or to pass on its CPUs: it may take some calls to do so. */
  void releaseForAWhile() {
    if (pinned != 0) {
      release();
      restLeft = Math.max(restLeft, PAUSE);
    }
  }

  /** A thread is no more; its number may stand for another one by now. */
  void gone(int tid) {
    if (pinned == tid) {
      pins.unpinCaller();
      pinned = 0;
    }
  }

  /** A thread was let go of. */
  void detached(int tid) {
    if (pinned == tid) {
      release();
    }
  }
}
