// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import org.jspecify.annotations.Nullable;

/**
 * What is counted and how tables are shown. The defaults are strace's. Not changed once tracing has
 * begun.
 */
public final class SummaryOptions {
  /** Columns of the table ({@code -U}), with the names that strace takes for them. */
  public enum Column {
    TIME_PERCENT("time-percent", "time"),
    TOTAL_TIME("total-time", "time-total"),
    MIN_TIME("min-time", "shortest", "time-min"),
    MAX_TIME("max-time", "longest", "time-max"),
    AVG_TIME("avg-time", "time-avg"),
    CALLS("calls", "count"),
    ERRORS("errors", "error"),
    NAME("name", "syscall", "syscall-name"),
    WALL_TOTAL("wall-total", "total-wall"),
    WALL_MIN("wall-min", "min-wall"),
    WALL_MAX("wall-max", "max-wall"),
    WALL_AVG("wall-avg", "avg-wall");

    private final String[] names;

    Column(String... names) {
      this.names = names;
    }

    /** The column of this name, or null if there is none. */
    public static @Nullable Column of(String name) {
      String dashed = name.replace('_', '-');
      for (Column column : values()) {
        for (String each : column.names) {
          if (each.equals(dashed)) {
            return column;
          }
        }
      }
      return null;
    }
  }

  /** Orders of the rows ({@code -S}), with the names of the columns; all but the name's fall. */
  public enum SortBy {
    TIME(Column.TIME_PERCENT, Column.TOTAL_TIME),
    MIN_TIME(Column.MIN_TIME),
    MAX_TIME(Column.MAX_TIME),
    AVG_TIME(Column.AVG_TIME),
    CALLS(Column.CALLS),
    ERRORS(Column.ERRORS),
    NAME(Column.NAME),
    WALL_TOTAL(Column.WALL_TOTAL),
    WALL_MIN(Column.WALL_MIN),
    WALL_MAX(Column.WALL_MAX),
    WALL_AVG(Column.WALL_AVG),
    /** The order of the numbers: {@code nothing} or {@code none}. */
    NOTHING;

    private final Column[] columns;

    SortBy(Column... columns) {
      this.columns = columns;
    }

    /** The order of this name, or null if there is none. */
    public static @Nullable SortBy of(String name) {
      if (name.equals("nothing") || name.equals("none")) {
        return NOTHING;
      }
      Column column = Column.of(name);
      for (SortBy order : values()) {
        for (Column each : order.columns) {
          if (each == column) {
            return order;
          }
        }
      }
      return null;
    }
  }

  /** What {@code --latency} shows of the wall clock latency of each call. */
  public enum Latency {
    NONE,
    /** {@code --latency}: p50, p90, p99 and the maximum. */
    PERCENTILES,
    /** {@code --latency=bars}: these, and a histogram of powers of two. */
    BARS
  }

  private SortBy sortBy = SortBy.TIME;
  private Column[] columns = {
    Column.TIME_PERCENT,
    Column.TOTAL_TIME,
    Column.AVG_TIME,
    Column.CALLS,
    Column.ERRORS,
    Column.NAME
  };
  private boolean wallClock;
  private long overhead;
  private Latency latency = Latency.NONE;
  private boolean emptyTables;

  public SortBy sortBy() {
    return sortBy;
  }

  public SummaryOptions setSortBy(SortBy value) {
    sortBy = value;
    return this;
  }

  /** {@code -U}; always with the name, which is the last one if it was not given. */
  public Column[] columns() {
    return columns.clone();
  }

  public SummaryOptions setColumns(Column... value) {
    boolean named = false;
    for (Column column : value) {
      named |= column == Column.NAME;
    }
    Column[] all = new Column[named ? value.length : value.length + 1];
    System.arraycopy(value, 0, all, 0, value.length);
    if (!named) {
      all[value.length] = Column.NAME;
    }
    columns = all;
    return this;
  }

  /** Whether there is a table where no call was counted: every {@code --interval} has one. */
  public boolean emptyTables() {
    return emptyTables;
  }

  public SummaryOptions setEmptyTables(boolean value) {
    emptyTables = value;
    return this;
  }

  /** {@code -w}: times are those of the wall clock instead of system CPU time. */
  public boolean wallClock() {
    return wallClock;
  }

  public SummaryOptions setWallClock(boolean value) {
    wallClock = value;
    return this;
  }

  /** {@code -O}: nanoseconds that are taken off the time of each call. */
  public long overhead() {
    return overhead;
  }

  public SummaryOptions setOverhead(long nanos) {
    overhead = nanos;
    return this;
  }

  public Latency latency() {
    return latency;
  }

  public SummaryOptions setLatency(Latency value) {
    latency = value;
    return this;
  }
}
