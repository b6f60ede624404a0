// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.sink;

import java.time.Instant;

/**
 * Turns times of {@code CLOCK_MONOTONIC}, which events carry, into times since 1970; follows a
 * clock that is set.
 */
public final class WallClock {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private long offset;
  private long validUntil;
  private boolean set;

  /** Nanoseconds since 1970, UTC, of a recent {@link System#nanoTime}. */
  public long at(long monotonic) {
    if (!set || monotonic - validUntil > 0) {
      Instant wall = Instant.now();
      offset = wall.getEpochSecond() * NANOS_PER_SECOND + wall.getNano() - System.nanoTime();
      validUntil = monotonic + NANOS_PER_SECOND;
      set = true;
    }
    return monotonic + offset;
  }
}
