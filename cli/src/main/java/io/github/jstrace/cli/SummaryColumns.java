// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.summary.SummaryOptions.Column;
import java.util.Arrays;

/** The list of columns that {@code -U} takes. */
final class SummaryColumns {
  private SummaryColumns() {}

  /** Columns between commas. */
  static Column[] parse(String text) throws UsageException {
    Column[] columns = new Column[Column.values().length];
    int count = 0;
    int at = 0;
    while (at <= text.length()) {
      int comma = text.indexOf(',', at);
      int end = comma < 0 ? text.length() : comma;
      String name = text.substring(at, end);
      Column column = Column.of(name);
      if (column == null) {
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
