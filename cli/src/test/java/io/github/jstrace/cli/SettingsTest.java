// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.core.summary.SummaryOptions.Column;
import io.github.jstrace.core.summary.SummaryOptions.SortBy;
import io.github.jstrace.tables.Abi;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** From words to settings. */
class SettingsTest {
  private static Settings parse(String... words) throws UsageException {
    Settings settings = new Settings();
    int operand = Getopt.parse(words, new OptionReader(settings));
    settings.command = Arrays.copyOfRange(words, operand, words.length);
    return settings;
  }

  @Test
  void lettersInOneWordAndArgumentsJoinedOrApart() throws UsageException {
    Settings settings = parse("-fcws5", "-a", "60", "-ofile", "prog", "-z", "--json");
    assertTrue(settings.followForks());
    assertEquals(Settings.Summary.ONLY, settings.summary);
    assertTrue(settings.wallClock);
    assertEquals(5, settings.stringLimit);
    assertEquals(60, settings.column);
    assertEquals("file", settings.output);
    assertArrayEquals(new String[] {"prog", "-z", "--json"}, settings.command);
    assertTrue(settings.status.isAll());
    assertFalse(settings.json);
  }

  @Test
  void longOptionsAbbreviatedAndWithArgumentsEitherWay() throws UsageException {
    Settings settings = parse("--fol", "--output", "a", "--string-l=7", "--summary", "x");
    assertTrue(settings.followForks());
    assertEquals("a", settings.output);
    assertEquals(7, settings.stringLimit);
    assertEquals(Settings.Summary.ALSO, settings.summary);
  }

  @Test
  void optionsOfOursDoNotMakeStracesAmbiguous() throws UsageException {
    assertTrue(parse("--fo", "x").followForks(), "--format is not strace's");
    assertTrue(parse("--form=json", "x").json);
    assertTrue(parse("--lat", "x").latency);
  }

  @Test
  void everythingBehindTheCommandOrTwoDashesIsTheCommands() throws UsageException {
    assertArrayEquals(new String[] {"-c"}, parse("--", "-c").command);
    assertArrayEquals(new String[] {"-", "-c"}, parse("-", "-c").command);
    assertArrayEquals(new String[] {"", "-c"}, parse("", "-c").command);
  }

  @Test
  void repeatedLettersMeanMore() throws UsageException {
    Settings settings = parse("-yyxxttqq", "x");
    assertEquals(63, settings.decodeFds());
    assertEquals(Settings.HexStyle.ALL, settings.hexStyle());
    assertEquals(Settings.TimeFormat.TIME_OF_DAY, settings.timeFormat);
    assertEquals(6, settings.timeDigits);
    assertEquals(
        Settings.QUIET_ATTACH | Settings.QUIET_EXIT | Settings.QUIET_PERSONALITY, settings.quiet());
    assertEquals(Settings.TimeFormat.UNIX, parse("-t", "-tt", "x").timeFormat);
  }

  @Test
  void theLastOfAFilterCounts() throws UsageException {
    Settings settings =
        parse("-e", "trace=read", "--trace=write", "-Z", "-e", "status=detached", "x");
    assertFalse(settings.trace.contains(Abi.X86_64, 0));
    assertTrue(settings.trace.contains(Abi.X86_64, 1));
    assertTrue(settings.status.contains(StatusFilter.DETACHED));
    assertFalse(settings.status.contains(StatusFilter.FAILED));
  }

  @Test
  void processIdsBetweenCommasAndBlanks() throws UsageException {
    assertEquals(List.of(1, 2, 3, 4), parse("-p", "1,2", "--attach=3 4").attach);
  }

  @Test
  void summaries() throws UsageException {
    Settings settings = parse("-c", "-S", "count", "-U", "name,max_time", "-O", "1.5ms", "x");
    assertEquals(SortBy.CALLS, settings.sortBy);
    assertArrayEquals(new Column[] {Column.NAME, Column.MAX_TIME}, settings.columns);
    assertEquals(1_500_000, settings.overhead);
    assertNull(parse("x").sortBy);
    assertTrue(parse("--latency=bars", "x").latencyBars);
    assertThrows(UsageException.class, () -> parse("--latency=foo", "x"));
  }

  @Test
  void helpEndsTheReading() throws UsageException {
    assertTrue(parse("-h", "-s", "x").help);
    assertTrue(parse("-V", "-e", "foo").version);
  }

  @Test
  void numbers() {
    assertEquals(5, Numbers.unsigned(" +5", 10));
    assertEquals(-1, Numbers.unsigned("", 10));
    assertEquals(-1, Numbers.unsigned("+", 10));
    assertEquals(-1, Numbers.unsigned("5 ", 10));
    assertEquals(-1, Numbers.unsigned("11", 10));
    assertEquals(-1, Numbers.unsigned("99999999999999999999999", Long.MAX_VALUE / 20));
    assertEquals(1_000_000, Numbers.nanoseconds("1e3"));
    assertEquals(5, Numbers.nanoseconds("5ns"));
    assertEquals(-1, Numbers.nanoseconds("5 us"));
    assertEquals(-1, Numbers.nanoseconds("NaN"));
    assertEquals(-1, Numbers.nanoseconds("0x10"));
    assertEquals(-1, Numbers.nanoseconds("-5"));
  }

  @Test
  void namesAreUnique() {
    Set<String> names = new HashSet<>();
    Set<Character> letters = new HashSet<>();
    for (Opt option : Opt.all()) {
      for (String name : option.names) {
        assertTrue(names.add(name), name);
      }
      assertTrue(option.letter == 0 || letters.add(option.letter), "-" + option.letter);
      assertFalse(option.help.endsWith("."), option.help);
    }
  }

  private static boolean ebpf(String... words) throws UsageException {
    Settings settings = parse(words);
    Consistency.check(settings, new java.util.ArrayList<>());
    return new BackendChoice(settings).isEbpf();
  }

  private static String refusal(String... words) {
    return String.valueOf(assertThrows(UsageException.class, () -> ebpf(words)).getMessage());
  }

  @Test
  void backendThatServesTheOptions() throws UsageException {
    assertFalse(ebpf("-c", "x"));
    assertFalse(ebpf("--backend=ptrace", "-c", "-p", "1"));
    assertTrue(ebpf("--backend=ebpf", "-c", "x"));
    assertTrue(ebpf("--all", "-c"));
    assertTrue(ebpf("-c", "--interval=0.5", "x"));
    assertFalse(ebpf("-c", "-b", "execve", "-p", "1"), "one option that only ptrace serves");
  }

  @Test
  void optionsThatTheBackendDoesNotServeAreNamed() {
    assertEquals(
        "--backend=ptrace does not serve --all", refusal("--backend=ptrace", "-c", "--all"));
    assertEquals(
        "--backend=ptrace does not serve --comm", refusal("--backend=ptrace", "--comm=x", "x"));
    assertEquals(
        "--backend=ebpf does not serve -b/--detach-on",
        refusal("--backend=ebpf", "-c", "-b", "execve", "x"));
    assertEquals(
        "--cgroup takes the eBPF backend, which does not serve -e inject",
        refusal("-c", "--cgroup=/x", "-e", "inject=read:error=EIO", "x"));
    assertEquals("--interval must be given with -c/--summary-only", refusal("--interval=1", "x"));
    assertEquals("--all and -p/--attach are mutually exclusive", refusal("-c", "--all", "-p", "1"));
    assertEquals("invalid --backend argument: 'perf'", refusal("--backend=perf", "x"));
    assertEquals("invalid --interval argument: '0'", refusal("-c", "--interval=0", "x"));
    assertEquals(
        "--comm 'sixteen-and-more': the kernel keeps 1 to 15 bytes of a name",
        refusal("--comm=sixteen-and-more", "x"));
  }

  @Test
  void timesAndSizes() throws UsageException {
    Settings settings =
        parse("-c", "--interval=0.25", "--min-duration=3ms", "--buffer=5M", "--comm=a", "x");
    assertEquals(250_000_000, settings.interval);
    assertEquals(3_000_000, settings.minDuration);
    assertEquals(8 << 20, settings.buffer);
    assertEquals(List.of("a"), settings.comms);
  }
}
