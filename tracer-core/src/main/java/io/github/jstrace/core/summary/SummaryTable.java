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

/** Writes a summary as strace's table, one for each ABI, and latencies behind it. */
public final class SummaryTable implements SummaryWriter {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long NANOS_PER_MICROSECOND = 1000;
  private static final int NAME_WIDTH = 16;

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
      case NAME, NOTHING -> 0;
    };
  }

  /** The table of one ABI. */
  private final class Table {
    private final List<CallCounter> rows;
    private int nameWidth = NAME_WIDTH;
    private long totalTime;
    private long totalCalls;
    private long totalErrors;
    private long min;
    private long max;

    Table(List<CallCounter> rows) {
      this.rows = rows;
      min = rows.isEmpty() ? 0 : Long.MAX_VALUE;
      for (CallCounter row : rows) {
        CallCounter.Times times = times(row);
        nameWidth = Math.max(nameWidth, row.name().length() + 1);
        totalTime += times.total();
        totalCalls += row.calls();
        totalErrors += row.errors();
        min = Math.min(min, times.min());
        max = Math.max(max, times.max());
      }
    }

    void append() {
      header();
      rule();
      for (CallCounter row : rows) {
        CallCounter.Times times = times(row);
        double percent =
            totalTime == 0
                ? 0
                : 100.0 * (times.total() / NANOS_PER_SECOND) / (totalTime / NANOS_PER_SECOND);
        row(
            percent,
            times.total(),
            times.min(),
            times.max(),
            row.calls(),
            row.errors(),
            row.name());
      }
      rule();
      row(100.0, totalTime, min, max, totalCalls, totalErrors, "total");
    }

    private void header() {
      Column[] columns = options.columns();
      for (int i = 0; i < columns.length; i++) {
        separate(i);
        switch (columns[i]) {
          case TIME_PERCENT -> out.ascii("% time");
          case TOTAL_TIME -> right("seconds", 11);
          case MIN_TIME -> right("shortest", 8);
          case MAX_TIME -> right("longest", 8);
          case AVG_TIME -> right("usecs/call", 11);
          case CALLS -> right("calls", 9);
          case ERRORS -> right("errors", 9);
          case NAME -> name("syscall", i == columns.length - 1);
        }
      }
      out.newline();
    }

    private void rule() {
      Column[] columns = options.columns();
      for (int i = 0; i < columns.length; i++) {
        separate(i);
        int width =
            switch (columns[i]) {
              case TIME_PERCENT -> 6;
              case TOTAL_TIME, AVG_TIME -> 11;
              case MIN_TIME, MAX_TIME -> 8;
              case CALLS, ERRORS -> 9;
              case NAME -> nameWidth;
            };
        for (int j = 0; j < width; j++) {
          out.raw('-');
        }
      }
      out.newline();
    }

    private void row(
        double percent,
        long time,
        long shortest,
        long longest,
        long calls,
        long errors,
        String name) {
      Column[] columns = options.columns();
      for (int i = 0; i < columns.length; i++) {
        separate(i);
        switch (columns[i]) {
          case TIME_PERCENT -> right(FixedPoint.text(percent, 2), 6);
          case TOTAL_TIME -> right(seconds(time), 11);
          case MIN_TIME -> right(seconds(shortest), 8);
          case MAX_TIME -> right(seconds(longest), 8);
          case AVG_TIME -> out.rightAligned(time / Math.max(calls, 1) / NANOS_PER_MICROSECOND, 11);
          case CALLS -> out.rightAligned(calls, 9);
          case ERRORS -> {
            if (errors == 0) {
              out.spaces(9);
            } else {
              out.rightAligned(errors, 9);
            }
          }
          case NAME -> name(name, i == columns.length - 1);
        }
      }
      out.newline();
    }

    private void separate(int column) {
      if (column > 0) {
        out.raw(' ');
      }
    }

    private void right(String text, int width) {
      out.spaces(width - text.length()).ascii(text);
    }

    private void name(String text, boolean last) {
      out.ascii(text);
      if (!last) {
        out.spaces(nameWidth - text.length());
      }
    }

    private String seconds(long nanos) {
      return FixedPoint.text(nanos / NANOS_PER_SECOND, 6);
    }
  }
}
