// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.summary.SummaryOptions.Column;
import io.github.jstrace.core.summary.SummaryOptions.Latency;
import io.github.jstrace.core.summary.SummaryOptions.SortBy;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.SyscallTable;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/**
 * The tables were printed by strace 6.1, the last digits of times below microseconds chosen to fit.
 */
class SummaryTableTest {
  private static final int EBADF = 9;

  private static void count(Summary summary, String name, int errors, long... nanos) {
    count(summary, Abi.X86_64, name, errors, nanos);
  }

  private static void count(Summary summary, Abi abi, String name, int errors, long... nanos) {
    int number = SyscallTable.byName(name).get(0).number(abi);
    for (int i = 0; i < nanos.length; i++) {
      summary.count(abi, number, i < errors ? EBADF : 0, nanos[i], nanos[i] * 2);
    }
  }

  private static long[] times(int count, long each) {
    long[] times = new long[count];
    java.util.Arrays.fill(times, each);
    return times;
  }

  private static String table(Summary summary, SummaryOptions options) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new SummaryTable(options, new Output(bytes, "test", true, message -> {})).write(summary);
    return bytes.toString(ISO_8859_1);
  }

  private static Summary sample() {
    Summary summary = new Summary(false, 0);
    count(summary, "pause", 1, 20_098_400);
    count(summary, "clock_nanosleep", 0, 1_061_000, 5_166_300);
    count(summary, "getppid", 0, times(100, 8_228));
    count(summary, "sched_get_priority_max", 0, 8_700, 8_900);
    count(summary, "brk", 0, 8_900);
    return summary;
  }

  @Test
  void defaultTable() {
    assertEquals(
        """
        % time     seconds  usecs/call     calls    errors syscall
        ------ ----------- ----------- --------- --------- -----------------------
         73.96    0.020098       20098         1         1 pause
         22.92    0.006227        3113         2           clock_nanosleep
          3.03    0.000823           8       100           getppid
          0.06    0.000018           8         2           sched_get_priority_max
          0.03    0.000009           8         1           brk
        ------ ----------- ----------- --------- --------- -----------------------
        100.00    0.027175         256       106         1 total
        """,
        table(sample(), new SummaryOptions()));
  }

  @Test
  void columnsInAnyOrder() {
    SummaryOptions options =
        new SummaryOptions()
            .setSortBy(SortBy.MIN_TIME)
            .setColumns(Column.NAME, Column.MIN_TIME, Column.MAX_TIME, Column.AVG_TIME);
    assertEquals(
        """
        syscall                 shortest  longest  usecs/call
        ----------------------- -------- -------- -----------
        pause                   0.020098 0.020098       20098
        clock_nanosleep         0.001061 0.005166        3113
        brk                     0.000009 0.000009           8
        sched_get_priority_max  0.000009 0.000009           8
        getppid                 0.000008 0.000008           8
        ----------------------- -------- -------- -----------
        total                   0.000008 0.020098         256
        """,
        table(sample(), options));
    options = new SummaryOptions().setColumns(Column.CALLS, Column.NAME, Column.ERRORS);
    assertEquals(
        """
            calls syscall                    errors
        --------- ----------------------- ---------
                1 pause                           1
                2 clock_nanosleep                 \s
              100 getppid                         \s
                2 sched_get_priority_max          \s
                1 brk                             \s
        --------- ----------------------- ---------
              106 total                           1
        """,
        table(sample(), options));
    options = new SummaryOptions().setColumns(Column.TIME_PERCENT, Column.ERRORS);
    assertEquals(
        "% time    errors syscall", table(sample(), options).lines().findFirst().orElse(""));
  }

  @Test
  void tablesOfOtherAbisAndNoTimeAtAll() {
    Summary summary = new Summary(false, 0);
    count(summary, Abi.I386, "getpid", 0, times(30, 0));
    count(summary, Abi.I386, "close", 1, 0);
    count(summary, "access", 1, 0);
    count(summary, "read", 0, 0);
    count(summary, "close", 50, times(52, 0));
    assertEquals(
        """
        % time     seconds  usecs/call     calls    errors syscall
        ------ ----------- ----------- --------- --------- ----------------
          0.00    0.000000           0         1           read
          0.00    0.000000           0        52        50 close
          0.00    0.000000           0         1         1 access
        ------ ----------- ----------- --------- --------- ----------------
        100.00    0.000000           0        54        51 total
        System call usage summary for 32 bit mode:
        % time     seconds  usecs/call     calls    errors syscall
        ------ ----------- ----------- --------- --------- ----------------
          0.00    0.000000           0         1         1 close
          0.00    0.000000           0        30           getpid
        ------ ----------- ----------- --------- --------- ----------------
        100.00    0.000000           0        31         1 total
        """,
        table(summary, new SummaryOptions()));
  }

  @Test
  void overheadIsTakenOffEachCall() {
    Summary summary = new Summary(false, 2_000_000);
    count(summary, "clock_nanosleep", 0, 1_120_000, 5_184_000);
    assertEquals(
        """
        syscall              calls     seconds shortest  longest  usecs/call
        ---------------- --------- ----------- -------- -------- -----------
        clock_nanosleep          2    0.003184 0.000000 0.003184        1592
        ---------------- --------- ----------- -------- -------- -----------
        total                    2    0.003184 0.000000 0.003184        1592
        """,
        table(
            summary,
            new SummaryOptions()
                .setColumns(
                    Column.NAME,
                    Column.CALLS,
                    Column.TOTAL_TIME,
                    Column.MIN_TIME,
                    Column.MAX_TIME,
                    Column.AVG_TIME)));
  }

  @Test
  void nothingCountedIsNoTable() {
    assertEquals("", table(new Summary(false, 0), new SummaryOptions()));
  }

  @Test
  void wallClock() {
    String table = table(sample(), new SummaryOptions().setWallClock(true));
    assertTrue(table.contains("    0.040197       40196         1         1 pause"), table);
  }

  @Test
  void callsOfX32AreToldApart() {
    Summary summary = new Summary(false, 0);
    summary.count(Abi.X86_64, 0x40000001, 38, 0, 0);
    summary.count(Abi.X86_64, 1, 0, 0, 0);
    String table = table(summary, new SummaryOptions());
    assertTrue(table.contains(" write@x32\n"), table);
    assertTrue(table.contains(" write\n"), table);
  }

  @Test
  void strangeNumbersCountToo() {
    Summary summary = new Summary(false, 0);
    for (int i = 0; i < 10_000; i++) {
      summary.count(Abi.X86_64, -1 - i, 38, 0, 0);
    }
    summary.count(Abi.X86_64, 1000, 38, 0, 0);
    summary.count(Abi.X86_64, 0x40000001, 38, 0, 0);
    long calls = 0;
    for (CallCounter counter : summary.of(Abi.X86_64)) {
      calls += counter.calls();
      assertEquals(counter.calls(), counter.errors(38));
    }
    assertEquals(10_002, calls);
    String table = table(summary, new SummaryOptions());
    assertTrue(table.contains(" syscall_0x3e8\n"), table);
    assertTrue(table.contains(" syscall_0xffffffffffffffff\n"), table);
  }

  @Test
  void namesOfOptions() {
    assertEquals(SortBy.TIME, SortBy.of("time-total"));
    assertEquals(SortBy.NOTHING, SortBy.of("none"));
    assertEquals(SortBy.MIN_TIME, SortBy.of("shortest"));
    assertEquals(null, SortBy.of("seconds"));
    assertEquals(Column.NAME, Column.of("syscall-name"));
    assertEquals(null, Column.of(""));
  }

  @Test
  void latencies() throws DataFormatException {
    Summary summary = new Summary(true, 0);
    long[] times = new long[1000];
    for (int i = 0; i < times.length; i++) {
      // counted twice as long by the wall clock: 2 to 2000 us
      times[i] = (i + 1) * 1000L;
    }
    count(summary, "read", 0, times);
    String table = table(summary, new SummaryOptions().setLatency(Latency.PERCENTILES));
    assertEquals(
        """
        Latency (wall clock):
             p50      p90      p99      max     calls syscall
        -------- -------- -------- -------- --------- ----------------
          1.00ms   1.80ms   1.98ms   2.00ms      1000 read
        """,
        table.substring(table.indexOf("Latency")));
    CallCounter counter = summary.of(Abi.X86_64).get(0);
    LatencyHistogram latency = counter.latency();
    assertTrue(latency != null);
    Histogram copy =
        Histogram.decodeFromCompressedByteBuffer(
            java.nio.ByteBuffer.wrap(Base64.getDecoder().decode(latency.encoded())), 0);
    assertEquals(1000, copy.getTotalCount());
    assertEquals(latency.percentile(50), copy.getValueAtPercentile(50));
    copy.add(copy);
    assertEquals(2000, copy.getTotalCount());
  }

  @Test
  void latencyBars() {
    Summary summary = new Summary(true, 0);
    count(summary, "read", 0, 300, 400, 400, 1000, 20_000_000);
    String table = table(summary, new SummaryOptions().setLatency(Latency.BARS));
    String bars = table.substring(table.indexOf("read, nanoseconds"));
    String[] lines = bars.split("\n");
    assertEquals(
        "[  512, 1K)           3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|", lines[1]);
    assertEquals(
        "[   1K, 2K)           1 |@@@@@@@@@@@@@@@@@                                   |", lines[2]);
    assertEquals(
        "[  32M, 64M)          1 |@@@@@@@@@@@@@@@@@                                   |",
        lines[lines.length - 1]);
  }

  @Test
  void shortTimes() {
    assertEquals("0ns", LatencyTable.shortTime(0));
    assertEquals("999ns", LatencyTable.shortTime(999));
    assertEquals("1.00us", LatencyTable.shortTime(1000));
    assertEquals("9.99us", LatencyTable.shortTime(9_994));
    assertEquals("10.0us", LatencyTable.shortTime(9_996));
    assertEquals("99.9us", LatencyTable.shortTime(99_949));
    assertEquals("1.00ms", LatencyTable.shortTime(999_600));
    assertEquals("12.3ms", LatencyTable.shortTime(12_345_678));
    assertEquals("7200s", LatencyTable.shortTime(7_200_000_000_000L));
  }

  /** As strace 7.2 has them: wall clock beside CPU time, columns that widen. */
  @Test
  void wallClockColumns() {
    Summary summary = new Summary(false, 0);
    count(summary, "pause", 1, 20_098_400);
    count(summary, "read", 0, 123_456_789_012_345L, 1000);
    SummaryOptions options =
        new SummaryOptions()
            .setColumns(
                Column.TOTAL_TIME,
                Column.WALL_TOTAL,
                Column.NAME,
                Column.WALL_MIN,
                Column.WALL_MAX,
                Column.WALL_AVG)
            .setSortBy(SortBy.WALL_MIN);
    assertEquals(
        """
              seconds    wall-total syscall          wall-min      wall-max     wall-avg
        ------------- ------------- ---------------- -------- ------------- ------------
             0.020098      0.040197 pause            0.040197      0.040197        40196
        123456.789013 246913.578027 read             0.000002 246913.578025 123456789013
        ------------- ------------- ---------------- -------- ------------- ------------
        123456.809112 246913.618223 total            0.000002 246913.578025  82304539407
        """,
        table(summary, options));
  }
}
