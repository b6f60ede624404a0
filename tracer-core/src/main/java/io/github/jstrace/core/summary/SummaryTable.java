// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.summary.SummaryOptions.Column;
import io.github.jstrace.core.summary.SummaryOptions.Latency;
import io.github.jstrace.core.summary.SummaryOptions.SortBy;
import io.github.jstrace.core.text.TextBuffer;
import io.github.jstrace.tables.Abi;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a summary as strace's table, one for each ABI, and latencies behind it. */
public final class SummaryTable implements SummaryWriter {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long NANOS_PER_MICROSECOND = 1000;

  private final SummaryOptions options;
  private final Output output;
  private final TextBuffer out = new TextBuffer();
  private boolean written;

  public SummaryTable(SummaryOptions options, Output output) {
    this.options = options;
    this.output = output;
  }

  @Override
  public void write(Summary summary) {
    out.clear();
    boolean any = false;
    if (written) {
      out.newline(); // between a table and the next
    }
    written = true;
    heading(summary);
    Abi host = Abi.host();
    any |= writeAbi(summary, host, any);
    for (Abi abi : Abi.values()) {
      if (abi != host) {
        any |= writeAbi(summary, abi, any);
      }
    }
    if (!any && options.emptyTables()) {
      new Table(List.of()).append();
    }
    output.write(out.array(), 0, out.length());
    output.flush();
  }

  private void heading(Summary summary) {
    if (summary.of() == Summary.Of.ALL) {
      return;
    }
    out.ascii(summary.of() == Summary.Of.PROCESS ? "Process " : "Thread ").dec(summary.id());
    byte[] comm = summary.comm();
    if (comm.length > 0) {
      out.ascii(" (");
      for (byte b : comm) {
        if (b >= ' ' && b <= '~') {
          out.raw(b);
        } else {
          out.raw('\\').octalDigits(b & 0xff, 3);
        }
      }
      out.raw(')');
    }
    out.raw(':').newline();
  }

  private boolean writeAbi(Summary summary, Abi abi, boolean any) {
    List<CallCounter> rows = summary.of(abi);
    if (rows.isEmpty()) {
      return any;
    }
    if (abi != Abi.host()) {
      out.ascii("System call usage summary for ")
          .ascii(abi.personality())
          .ascii(" mode:")
          .newline();
    }
    sort(rows);
    new Table(rows).append();
    if (options.latency() != Latency.NONE) {
      new LatencyTable(out).append(rows, options.latency() == Latency.BARS);
    }
    return true;
  }

  private CallCounter.Times times(CallCounter counter) {
    return options.wallClock() ? counter.wallTime() : counter.systemTime();
  }

  /** Sorting is stable: what is equal stays in the order of the numbers. */
  private void sort(List<CallCounter> rows) {
    if (options.sortBy() != SortBy.NOTHING) {
      rows.sort(new Order());
    }
  }

  /** A class and no lambda, the first of which costs a run some 20 ms. */
  private final class Order implements Comparator<CallCounter> {
    @Override
    public int compare(CallCounter a, CallCounter b) {
      return options.sortBy() == SortBy.NAME
          ? a.name().compareTo(b.name())
          : Long.compare(sortKey(b), sortKey(a));
    }
  }

  private long sortKey(CallCounter counter) {
    return switch (options.sortBy()) {
      case TIME -> times(counter).total();
      case MIN_TIME -> times(counter).min();
      case MAX_TIME -> times(counter).max();
      case AVG_TIME -> times(counter).total() / counter.calls();
      case CALLS -> counter.calls();
      case ERRORS -> counter.errors();
      case WALL_TOTAL -> counter.wallTime().total();
      case WALL_MIN -> counter.wallTime().min();
      case WALL_MAX -> counter.wallTime().max();
      case WALL_AVG -> counter.wallTime().total() / counter.calls();
      case NAME, NOTHING -> 0;
    };
  }

  /** Of one call, or the sum of all. */
  private static final class Row {
    final String name;
    final long calls;
    final long errors;
    final CallCounter.Times times;
    final CallCounter.Times wallTimes;

    Row(
        String name,
        long calls,
        long errors,
        CallCounter.Times times,
        CallCounter.Times wallTimes) {
      this.name = name;
      this.calls = calls;
      this.errors = errors;
      this.times = times;
      this.wallTimes = wallTimes;
    }
  }

  /** The table of one ABI. A column is as wide as its widest entry, and has a least width. */
  private final class Table {
    private final List<CallCounter> counters;
    private final Column[] columns = options.columns();
    private final int[] widths = new int[columns.length];
    private final Row total;

    Table(List<CallCounter> counters) {
      this.counters = counters;
      long calls = 0;
      long errors = 0;
      CallCounter.Times sum = new CallCounter.Times();
      CallCounter.Times wallSum = new CallCounter.Times();
      for (CallCounter counter : counters) {
        calls += counter.calls();
        errors += counter.errors();
        add(times(counter), sum);
        add(counter.wallTime(), wallSum);
      }
      total = new Row("total", calls, errors, sum, wallSum);
      for (int i = 0; i < columns.length; i++) {
        widths[i] = Math.max(leastWidth(columns[i]), text(columns[i], total).length());
        for (CallCounter counter : counters) {
          int more = columns[i] == Column.NAME ? 1 : 0;
          widths[i] = Math.max(widths[i], text(columns[i], row(counter)).length() + more);
        }
      }
    }

    private void add(CallCounter.Times times, CallCounter.Times to) {
      to.add(times.total(), times.min(), times.max());
    }

    private Row row(CallCounter counter) {
      return new Row(
          counter.name(), counter.calls(), counter.errors(), times(counter), counter.wallTime());
    }

    void append() {
      line(null);
      rule();
      for (CallCounter counter : counters) {
        line(row(counter));
      }
      rule();
      line(total);
    }

    /** The headings if there is no row. */
    private void line(@Nullable Row row) {
      for (int i = 0; i < columns.length; i++) {
        String text = row == null ? heading(columns[i]) : text(columns[i], row);
        int blanks = widths[i] - text.length();
        separate(i);
        if (columns[i] != Column.NAME) {
          out.spaces(blanks).ascii(text);
        } else if (i < columns.length - 1) {
          out.ascii(text).spaces(blanks);
        } else {
          out.ascii(text);
        }
      }
      out.newline();
    }

    private void rule() {
      for (int i = 0; i < columns.length; i++) {
        separate(i);
        for (int j = 0; j < widths[i]; j++) {
          out.raw('-');
        }
      }
      out.newline();
    }

    private void separate(int column) {
      if (column > 0) {
        out.raw(' ');
      }
    }

    private String text(Column column, Row row) {
      return switch (column) {
        case TIME_PERCENT -> FixedPoint.text(percent(row), 2);
        case TOTAL_TIME -> seconds(row.times.total());
        case MIN_TIME -> seconds(row.times.min());
        case MAX_TIME -> seconds(row.times.max());
        case AVG_TIME -> microseconds(row.times.total() / Math.max(row.calls, 1));
        case WALL_TOTAL -> seconds(row.wallTimes.total());
        case WALL_MIN -> seconds(row.wallTimes.min());
        case WALL_MAX -> seconds(row.wallTimes.max());
        case WALL_AVG -> microseconds(row.wallTimes.total() / Math.max(row.calls, 1));
        case CALLS -> Long.toString(row.calls);
        case ERRORS -> row.errors == 0 ? "" : Long.toString(row.errors);
        case NAME -> row.name;
      };
    }

    private double percent(Row row) {
      if (row == total) {
        return 100.0;
      }
      long whole = total.times.total();
      return whole == 0
          ? 0
          : 100.0 * (row.times.total() / NANOS_PER_SECOND) / (whole / NANOS_PER_SECOND);
    }

    private String seconds(long nanos) {
      return FixedPoint.text(nanos / NANOS_PER_SECOND, 6);
    }

    private String microseconds(long nanos) {
      return Long.toString(nanos / NANOS_PER_MICROSECOND);
    }
  }

  private static String heading(Column column) {
    return switch (column) {
      case TIME_PERCENT -> "% time";
      case TOTAL_TIME -> "seconds";
      case MIN_TIME -> "shortest";
      case MAX_TIME -> "longest";
      case AVG_TIME -> "usecs/call";
      case CALLS -> "calls";
      case ERRORS -> "errors";
      case NAME -> "syscall";
      case WALL_TOTAL -> "wall-total";
      case WALL_MIN -> "wall-min";
      case WALL_MAX -> "wall-max";
      case WALL_AVG -> "wall-avg";
    };
  }

  private static int leastWidth(Column column) {
    return switch (column) {
      case TIME_PERCENT -> 6;
      case TOTAL_TIME, AVG_TIME, WALL_TOTAL, WALL_AVG -> 11;
      case MIN_TIME, MAX_TIME, WALL_MIN, WALL_MAX -> 8;
      case CALLS, ERRORS -> 9;
      case NAME -> 16;
    };
  }
}
