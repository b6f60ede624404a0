// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** Dates in the form that strace remarks on times with: local time with its offset from UTC. */
final class Calendar {
  /** Seconds of 400 years, after which the calendar repeats itself. */
  private static final long CYCLE = 146097L * 86400;

  /** Some 900 million years. */
  private static final long FARTHEST = 29_000_000_000_000_000L;

  private Calendar() {}

  /**
   * {@code 2026-11-21T20:15:00.000000001+0000}; null for 0 (no time) and times whose year does not
   * fit into {@code struct tm}.
   */
  static @Nullable String date(long seconds, long nanos) {
    return date(seconds, nanos, 9, 999_999_999);
  }

  /** The same with microseconds: {@code 2026-11-21T20:15:00.000001+0000}. */
  static @Nullable String dateOfMicros(long seconds, long micros) {
    return date(seconds, micros, 6, 999_999);
  }

  private static @Nullable String date(long seconds, long parts, int digits, long maximum) {
    if (seconds == 0 && parts == 0 || parts < 0 || parts > maximum) {
      return null;
    }
    // Years that java.time has not are those of a time 400 years or more away.
    boolean far = Math.abs(seconds) > FARTHEST || seconds == Long.MIN_VALUE;
    long cycles = far ? Math.floorDiv(seconds, CYCLE) : 0;
    OffsetDateTime t =
        Instant.ofEpochSecond(seconds - cycles * CYCLE)
            .atZone(ZoneId.systemDefault())
            .toOffsetDateTime();
    long year = t.getYear() + 400 * cycles;
    if (year - 1900 != (int) (year - 1900)) {
      return null;
    }
    StringBuilder s = new StringBuilder(40).append((int) year);
    pad(s.append('-'), t.getMonthValue(), 2);
    pad(s.append('-'), t.getDayOfMonth(), 2);
    pad(s.append('T'), t.getHour(), 2);
    pad(s.append(':'), t.getMinute(), 2);
    pad(s.append(':'), t.getSecond(), 2);
    if (parts != 0) {
      pad(s.append('.'), parts, digits);
    }
    int offset = t.getOffset().getTotalSeconds() / 60;
    s.append(offset < 0 ? '-' : '+');
    pad(s, Math.abs(offset) / 60, 2);
    pad(s, Math.abs(offset) % 60, 2);
    return s.toString();
  }

  private static void pad(StringBuilder s, long value, int width) {
    String digits = Long.toString(value);
    for (int i = digits.length(); i < width; i++) {
      s.append('0');
    }
    s.append(digits);
  }
}
