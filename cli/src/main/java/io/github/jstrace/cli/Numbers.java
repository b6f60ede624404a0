// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

/**
 * Numbers as options take them: decimal, with blanks or a plus sign before them, nothing behind.
 */
final class Numbers {
  private Numbers() {}

  /** The number, or -1 if {@code text} is none, or not within 0 to {@code max}. */
  static long unsigned(String text, long max) {
    int i = 0;
    int n = text.length();
    while (i < n && (text.charAt(i) == ' ' || text.charAt(i) == '\t')) {
      i++;
    }
    if (i < n && text.charAt(i) == '+') {
      i++;
    }
    if (i == n) {
      return -1;
    }
    long value = 0;
    for (; i < n; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
      if (value > max) {
        return -1;
      }
    }
    return value;
  }

  /**
   * A time with an optional unit ({@code s}, {@code ms}, {@code us}, {@code ns}; microseconds
   * without), as {@code -O} takes it.
   *
   * @return nanoseconds, or -1 if {@code text} is no such time
   */
  static long nanoseconds(String text) {
    return time(text, 1000);
  }

  /** As {@link #nanoseconds}, but seconds without a unit. */
  static long seconds(String text) {
    return time(text, 1e9);
  }

  /**
   * A number of bytes with an optional {@code K}, {@code M} or {@code G}.
   *
   * @return the next power of two, or -1 if {@code text} is none or not within the limits
   */
  static long size(String text, long min, long max) {
    int last = text.length() - 1;
    int unit = last < 1 ? -1 : "kmgKMG".indexOf(text.charAt(last));
    long shift = unit < 0 ? 0 : 10 * (unit % 3 + 1);
    long value = unsigned(unit < 0 ? text : text.substring(0, last), max);
    if (value <= 0 || value << shift < min || value << shift > max) {
      return -1;
    }
    long highest = Long.highestOneBit(value << shift);
    return highest == value << shift ? highest : 2 * highest;
  }

  private static long time(String text, double withoutUnit) {
    int end = text.length();
    double unit = withoutUnit;
    if (text.endsWith("ns")) {
      unit = 1;
      end -= 2;
    } else if (text.endsWith("us")) {
      end -= 2;
    } else if (text.endsWith("ms")) {
      unit = 1e6;
      end -= 2;
    } else if (text.endsWith("s")) {
      unit = 1e9;
      end -= 1;
    }
    for (int i = 0; i < end; i++) {
      // Double.parseDouble takes more: hex, "NaN", a trailing "f" or "d".
      if ("0123456789+-.eE ".indexOf(text.charAt(i)) < 0
          || (text.charAt(i) == ' ' && i == end - 1)) {
        return -1;
      }
    }
    try {
      double value = Double.parseDouble(text.substring(0, end)) * unit;
      return value >= 0 && value < 9e18 ? (long) value : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
