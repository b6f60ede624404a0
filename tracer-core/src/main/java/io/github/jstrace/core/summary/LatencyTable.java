// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import io.github.jstrace.core.text.TextBuffer;
import java.util.List;

/** Latencies as text: percentiles of each call, and histograms of powers of two as bars. */
final class LatencyTable {
  private static final int TIME_WIDTH = 8;
  private static final int CALLS_WIDTH = 9;
  private static final int BOUND_WIDTH = 5;
  private static final int BAR_WIDTH = 52;
  private static final int NAME_WIDTH = 16;
  private static final String[] TIME_UNITS = {"ns", "us", "ms", "s"};
  private static final String BINARY_UNITS = " KMGTPE";

  private final TextBuffer out;

  LatencyTable(TextBuffer out) {
    this.out = out;
  }

  void append(List<CallCounter> rows, boolean bars) {
    out.ascii("Latency (wall clock):").newline();
    out.ascii("     p50      p90      p99      max     calls syscall").newline();
    int nameWidth = NAME_WIDTH;
    for (CallCounter row : rows) {
      nameWidth = Math.max(nameWidth, row.name().length() + 1);
    }
    out.ascii("-------- -------- -------- -------- --------- ");
    for (int i = 0; i < nameWidth; i++) {
      out.raw('-');
    }
    out.newline();
    for (CallCounter row : rows) {
      LatencyHistogram latency = row.latency();
      if (latency != null) {
        time(latency.percentile(50));
        time(latency.percentile(90));
        time(latency.percentile(99));
        time(latency.max());
        out.rightAligned(row.calls(), CALLS_WIDTH).raw(' ').ascii(row.name()).newline();
      }
    }
    if (bars) {
      for (CallCounter row : rows) {
        LatencyHistogram latency = row.latency();
        if (latency != null) {
          bars(row.name(), latency);
        }
      }
    }
  }

  /**
   * Three significant digits and a unit, right-aligned: {@code 312ns}, {@code 4.56us}, {@code
   * 10.2ms}.
   */
  private void time(long nanos) {
    String text = shortTime(nanos);
    out.spaces(TIME_WIDTH - text.length()).ascii(text).raw(' ');
  }

  static String shortTime(long nanos) {
    int unit = 0;
    long scale = 1;
    // rounding may carry into the next unit: 999.6us are 1.00ms
    while (unit < TIME_UNITS.length - 1 && roundedToDigits(nanos, scale) >= 1000 * scale) {
      unit++;
      scale *= 1000;
    }
    long rounded = roundedToDigits(nanos, scale);
    StringBuilder text = new StringBuilder().append(rounded / scale);
    int decimals = scale == 1 || rounded >= 100 * scale ? 0 : rounded >= 10 * scale ? 1 : 2;
    if (decimals > 0) {
      text.append('.');
      long fraction = rounded % scale;
      for (int i = 0; i < decimals; i++) {
        fraction *= 10;
        text.append(fraction / scale);
        fraction %= scale;
      }
    }
    return text.append(TIME_UNITS[unit]).toString();
  }

  /**
   * {@code nanos} rounded to what three digits can show of it, when it is shown in units of {@code
   * scale}.
   */
  private static long roundedToDigits(long nanos, long scale) {
    long step = scale;
    if (nanos < 10 * scale) {
      step = scale / 100;
    } else if (nanos < 100 * scale) {
      step = scale / 10;
    }
    return step <= 1 ? nanos : (nanos + step / 2) / step * step;
  }

  private void bars(String name, LatencyHistogram latency) {
    long[] counts = latency.powersOfTwo();
    int first = 0;
    while (first < counts.length - 1 && counts[first] == 0) {
      first++;
    }
    long most = 1;
    for (long count : counts) {
      most = Math.max(most, count);
    }
    out.newline().ascii(name).ascii(", nanoseconds:").newline();
    for (int i = first; i < counts.length; i++) {
      out.raw('[').spaces(BOUND_WIDTH - boundLength(i)).ascii(bound(i)).ascii(", ");
      out.ascii(bound(i + 1)).raw(')').spaces(BOUND_WIDTH - boundLength(i + 1));
      out.rightAligned(counts[i], CALLS_WIDTH).ascii(" |");
      int length = (int) Math.round((double) counts[i] * BAR_WIDTH / most);
      for (int j = 0; j < length; j++) {
        out.raw('@');
      }
      out.spaces(BAR_WIDTH - length).ascii("|").newline();
    }
  }

  private static int boundLength(int power) {
    return bound(power).length();
  }

  /** 2^{@code power}, with binary units; the first row begins at 0. */
  private static String bound(int power) {
    if (power == 0) {
      return "0";
    }
    String digits = Integer.toString(1 << (power % 10));
    return power < 10 ? digits : digits + BINARY_UNITS.charAt(power / 10);
  }
}
