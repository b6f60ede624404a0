// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The grammar of {@code -e trace=}: by itself, and against what the installed strace selects. */
@Tag("any-java")
class SyscallFilterTest {
  private static final Abi[] ABIS = {Abi.X86_64, Abi.I386};
  private static final Path STRACE = Path.of("/usr/bin/strace");
  private static final Pattern CALL = Pattern.compile("^(?:\\d+ +)?([a-z_][a-z_0-9]*)\\(");

  /** Makes some hundred calls of fifty kinds. */
  private static final String[] PROGRAM = {
    "/bin/bash",
    "-c",
    "trap : USR1; kill -USR1 $$; cd /; stat . >&2; ls /dev/null | cat; umask; ulimit -n"
  };

  @TempDir static Path directory;
  private static Set<String> everything = Set.of();

  @BeforeAll
  static void traceAll() throws Exception {
    if (Files.isExecutable(STRACE)) {
      everything = selectedByStrace("all");
      assertTrue(everything.size() > 30, everything.toString());
    }
  }

  private static Set<String> selectedByStrace(String expression)
      throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    List<String> command =
        new ArrayList<>(
            List.of(
                STRACE.toString(), "-f", "-q", "-o", log.toString(), "-e", "trace=" + expression));
    command.addAll(List.of(PROGRAM));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), expression);
    Set<String> names = new TreeSet<>();
    for (String line : Files.readAllLines(log, StandardCharsets.ISO_8859_1)) {
      Matcher matcher = CALL.matcher(line);
      if (matcher.find()) {
        names.add(matcher.group(1));
      }
    }
    return names;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "openat",
        "!openat",
        "!!openat",
        "openat,close",
        "openat,,close",
        ",close,",
        "%file",
        "%desc",
        "%memory",
        "%process",
        "%network",
        "%net",
        "%signal",
        "%ipc",
        "%creds",
        "%clock",
        "%pure",
        "%stat",
        "%lstat",
        "%fstat",
        "%%stat",
        "%statfs",
        "%fstatfs",
        "%%statfs",
        "file",
        "desc",
        "memory",
        "process",
        "signal",
        "network",
        "ipc",
        "!%file",
        "!%file,%desc",
        "/^open",
        "!/open",
        "/stat",
        "/^(open|close)",
        "/at$,mmap",
        "/[[:digit:]]",
        "0",
        "0,3,12",
        "!9",
        "?nosuchcall,close",
        "!?nosuchcall",
        "?",
        "close@64",
        "close@32",
        "!close@32",
        "%file@64",
        "%file@32",
        "all@64",
        "all@32",
        "/^mm@64",
        "3@64",
        "6@32",
        "close@x32",
        "none",
        "!none",
        "!all",
        "_llseek",
        "fork@32,brk",
        "?_llseek@64",
        "?%nosuch",
        "stat",
        "fork,vfork,clone,clone3",
      })
  void selectsWhatStraceSelects(String expression) throws Exception {
    assumeTrue(Files.isExecutable(STRACE), "strace is not installed");
    SyscallFilter filter = SyscallFilter.parse(expression, ABIS);
    Set<String> expected = selectedByStrace(expression);
    Set<String> actual = new TreeSet<>();
    for (String name : everything) {
      for (Syscall call : SyscallTable.byName(name)) {
        if (call.number(Abi.X86_64) >= 0 && filter.contains(Abi.X86_64, call.number(Abi.X86_64))) {
          actual.add(name);
        }
      }
    }
    assertEquals(expected, actual);
  }

  @Test
  void selectsPerAbi() throws FilterSyntaxException {
    SyscallFilter filter = SyscallFilter.parse("read@32,write@64", ABIS);
    assertArrayEquals(new int[] {3}, filter.members(Abi.I386));
    assertArrayEquals(new int[] {1}, filter.members(Abi.X86_64));
  }

  @Test
  void invertedSetsHaveWhatHasNoName() throws FilterSyntaxException {
    assertTrue(SyscallFilter.parse("!read", ABIS).contains(Abi.X86_64, 999));
    assertTrue(SyscallFilter.parse("!read", ABIS).containsUnknown(Abi.X86_64));
    assertFalse(SyscallFilter.parse("read", ABIS).contains(Abi.X86_64, 999));
    assertFalse(SyscallFilter.parse("read", ABIS).contains(Abi.X86_64, -1));
    assertTrue(SyscallFilter.parse("all", ABIS).isAll());
    assertFalse(SyscallFilter.parse("all@64", ABIS).isAll());
  }

  /** x86-64 has no 336, i386 no 222 and neither has 9999; Arm is not of this machine. */
  @Test
  void whatNoCallIsCanBeAddedToAnySet() throws FilterSyntaxException {
    for (String expression : new String[] {"none", "read", "%file", "?nosuch"}) {
      SyscallFilter filter = SyscallFilter.parse(expression, ABIS).withUnknown();
      assertTrue(filter.contains(Abi.X86_64, 9999), expression);
      assertTrue(filter.contains(Abi.X86_64, 337), expression);
      assertTrue(filter.contains(Abi.X86_64, -1), expression);
      assertTrue(filter.contains(Abi.I386, 222), expression);
      assertTrue(filter.containsUnknown(Abi.I386), expression);
      assertFalse(filter.contains(Abi.ARM, 9999), expression);
      assertFalse(filter.contains(Abi.X86_64, 0x40000001), expression + ", x32");
      assertTrue(filter.contains(Abi.I386, 0x40000001), expression);
      assertEquals(expression.equals("read"), filter.contains(Abi.X86_64, 0));
      assertEquals(expression.equals("read"), filter.contains(Abi.I386, 3));
      assertEquals(expression.equals("%file"), filter.contains(Abi.X86_64, 2));
      assertFalse(filter.contains(Abi.X86_64, 39), expression);
    }
  }

  @Test
  void aNumberMeansTheCallOfThisNumberInEachAbi() throws FilterSyntaxException {
    SyscallFilter filter = SyscallFilter.parse("4", ABIS);
    assertTrue(filter.contains(Abi.X86_64, 4));
    assertTrue(filter.contains(Abi.I386, 4));
    assertFalse(filter.contains(Abi.I386, 106), "that is stat, as 4 is on x86-64");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "foo",
        "",
        ",",
        "!",
        "!!",
        "open,!close",
        "%foo",
        "%%foo",
        "%%file",
        "%all",
        "none,all",
        "all,none",
        "all,foo",
        "net",
        "clock",
        "creds",
        "pure",
        "-1",
        "0x1",
        "1a",
        "999999",
        "600",
        "@64",
        "brk@64@64",
        "open@16",
        "open@",
        "?12@16",
        "foo@64",
        "_llseek@64",
        "/nomatch",
        "/[",
        "/(",
        "/a{2",
        "/*",
        "/+",
        "/\\",
        "/[z-a]",
        "/[[:foo:]]",
        "/[[:alpha:]",
        "brk ,close",
        " brk",
        "BRK",
        "/BRK",
        "trace=brk",
        "xyz=foo",
        "99999999999999999999",
      })
  void rejectsWhatStraceRejectsInItsWords(String expression) throws Exception {
    FilterSyntaxException e =
        assertThrows(FilterSyntaxException.class, () -> SyscallFilter.parse(expression, ABIS));
    assumeTrue(Files.isExecutable(STRACE), "strace is not installed");
    Process process =
        new ProcessBuilder("strace", "-e", "trace=" + expression, "/bin/true")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, process.waitFor());
    String ours = "strace: " + e.getMessage() + "\n";
    assertEquals(said, e.hint() ? ours + "Try 'strace -h' for more information.\n" : ours);
  }

  @Test
  void whatMeansNothingIsShownWhateverWasAskedFor() throws Exception {
    for (String expression : List.of("none", "%file", "read@32", "!all")) {
      SyscallFilter filter = SyscallFilter.parse(expression, ABIS).withUnknown();
      assertTrue(filter.containsUnknown(Abi.X86_64), expression);
      for (int number : new int[] {337, 999, 5000, -1, 0x40000000 + 560, 0x7fffffff}) {
        assertTrue(filter.contains(Abi.X86_64, number), expression + " " + number);
      }
      assertTrue(filter.contains(Abi.I386, 222) && filter.contains(Abi.I386, 251), expression);
      assertFalse(filter.contains(Abi.X86_64, 1), expression);
      assertFalse(filter.contains(Abi.I386, 4), expression);
      assertFalse(filter.contains(Abi.ARM, 4), expression);
      assertFalse(filter.contains(Abi.X86_64, 0x40000000 + 1), expression);
    }
  }

  @Test
  void callsOfX32() throws Exception {
    int x32 = 0x40000000;
    SyscallFilter both = SyscallFilter.parse("getpid,readv", ABIS);
    assertTrue(both.contains(Abi.X86_64, 39) && both.contains(Abi.X86_64, x32 + 39));
    assertTrue(both.contains(Abi.X86_64, x32 + 515), "readv has a number of its own");
    assertFalse(both.contains(Abi.X86_64, x32 + 19));
    assertFalse(both.contains(Abi.X86_64, x32 + 40));
    SyscallFilter wide = SyscallFilter.parse("getpid@64", ABIS);
    assertTrue(wide.contains(Abi.X86_64, 39) && !wide.contains(Abi.X86_64, x32 + 39));
    SyscallFilter narrow = SyscallFilter.parse("getpid@x32", ABIS);
    assertTrue(narrow.contains(Abi.X86_64, x32 + 39) && !narrow.contains(Abi.X86_64, 39));
    assertFalse(narrow.contains(Abi.I386, 20));
    SyscallFilter others = SyscallFilter.parse("!getpid@x32", ABIS);
    assertTrue(others.contains(Abi.X86_64, 39) && !others.contains(Abi.X86_64, x32 + 39));
    assertThrows(FilterSyntaxException.class, () -> SyscallFilter.parse("uselib@x32", ABIS));
  }
}
