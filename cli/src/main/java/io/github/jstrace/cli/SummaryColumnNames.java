// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import java.util.Arrays;

/** What {@code -S} and {@code -U} may call the columns of the summary. */
final class SummaryColumnNames {
  static final int TIME_PERCENT = 0;
  static final int TOTAL_TIME = 1;
  static final int MIN_TIME = 2;
  static final int MAX_TIME = 3;
  static final int AVG_TIME = 4;
  static final int CALLS = 5;
  static final int ERRORS = 6;
  static final int NAME = 7;

  /** No column, but an order: that of the numbers. */
  static final int NOTHING = 8;

  private static final String[][] NAMES = {
    {"time-percent", "time_percent", "time"},
    {"total-time", "total_time", "time-total", "time_total"},
    {"min-time", "min_time", "time-min", "time_min", "shortest"},
    {"max-time", "max_time", "time-max", "time_max", "longest"},
    {"avg-time", "avg_time", "time-avg", "time_avg"},
    {"calls", "count"},
    {"errors", "error"},
    {"name", "syscall-name", "syscall_name", "syscall"},
    {"nothing", "none"},
  };

  private SummaryColumnNames() {}

  /** The column, or -1 if there is none of that name. */
  static int find(String name) {
    for (int i = 0; i < NAMES.length; i++) {
      for (String candidate : NAMES[i]) {
        if (candidate.equals(name)) {
          return i;
        }
      }
    }
    return -1;
  }

  /** Columns between commas. */
  static int[] list(String text) throws UsageException {
    int[] columns = new int[NAMES.length];
    int count = 0;
    int at = 0;
    while (at <= text.length()) {
      int comma = text.indexOf(',', at);
      int end = comma < 0 ? text.length() : comma;
      String name = text.substring(at, end);
      int column = find(name);
      if (column < 0 || column == NOTHING) {
        throw new UsageException("unknown column name: '" + name + "'", true);
      }
      for (int i = 0; i < count; i++) {
        if (columns[i] == column) {
          throw new UsageException(
              "call summary column has been provided more than once: '"
                  + name
                  + "' (-U option residual: '"
                  + text.substring(at)
                  + "')",
              true);
        }
      }
      columns[count++] = column;
      at = end + 1;
    }
    return Arrays.copyOf(columns, count);
  }
}
