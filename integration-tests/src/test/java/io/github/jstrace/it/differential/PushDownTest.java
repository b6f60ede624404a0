// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A filter in the kernel is an optimisation only: the trace is the one that stopping at every call
 * gives.
 */
class PushDownTest {
  /** Every class, negation, regular expressions, names, numbers, one ABI only. */
  private static final String[] FILTERS = {
    "none",
    "openat",
    "!openat",
    "write,getpid,exit_group",
    "0,1,59",
    "execve",
    "restart_syscall,nanosleep",
    "restart_syscall",
    "rt_sigreturn,sigreturn,pause",
    "%file",
    "%desc",
    "%process",
    "%network",
    "%signal",
    "%ipc",
    "%memory",
    "%creds",
    "%clock",
    "%pure",
    "%stat",
    "%%stat",
    "%statfs",
    "!%file,%desc",
    "!%process",
    "/^(open|close)",
    "!/[aeiou]$",
    "%file@32",
    "%desc@64",
    "prctl,seccomp",
    "?nonsense,wait4",
  };

  private static final String[] PROGRAMS = {"int80", "sandbox"};

  private static final String[] ELSEWHERE = {
    "!%file,read", "%process,%signal,getpgid", "%process,openat,read"
  };

  /**
   * A filter cannot be hidden from who asks for it; a stopped thread may be killed before that is
   * seen; a restart_syscall that a program makes by itself has nothing to restart.
   */
  private static final Pattern TOLERATED =
      Pattern.compile(
          "^prctl\\(PR_GET_SECCOMP\\)|--- stopped by SIGSTOP ---"
              + "|^restart_syscall\\(.*= -1 EINTR");

  private static Tracer tracer(boolean filtering) {
    List<String> command = new ArrayList<>(Tracer.underTest().command());
    if (!filtering) {
      command.add("--seccomp-bpf=off");
    }
    return new Tracer(filtering ? "jstrace" : "strace", List.copyOf(command));
  }

  static List<Arguments> filters() {
    List<Arguments> out = new ArrayList<>();
    for (String filter : FILTERS) {
      for (String program : PROGRAMS) {
        out.add(Arguments.of(program, filter));
      }
    }
    return out;
  }

  /** Every fixture with one of the filters, in turn. */
  static List<Arguments> fixtures() {
    List<Arguments> out = new ArrayList<>();
    for (String fixture : new TreeMap<>(Subjects.fixtures()).keySet()) {
      if (!List.of(PROGRAMS).contains(fixture) && !Subjects.varied(fixture)) {
        out.add(Arguments.of(fixture, ELSEWHERE[out.size() % ELSEWHERE.length]));
      }
    }
    return out;
  }

  @Tag("any-java")
  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("filters")
  void everyFilter(String fixture, String filter) throws Exception {
    Subject subject = Subjects.fixture(fixture);
    compare(subject, List.of("-f", "-e", "trace=" + filter));
    // The other one sleeps, and what a filter selects is the same without -f.
    if (fixture.equals("sandbox") || filter.contains("@")) {
      compare(subject, List.of("-e", "trace=" + filter));
    }
  }

  @Tag("any-java")
  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("fixtures")
  void everyFixture(String fixture, String filter) throws Exception {
    Subject subject = Subjects.fixture(fixture);
    compare(subject, List.of("-f", "-e", "trace=" + filter));
    compare(subject, List.of("-e", "trace=" + filter));
  }

  private static void compare(Subject subject, List<String> options) throws Exception {
    Comparison comparison = Comparison.of(tracer(false), subject, options, tracer(true), false);
    comparison.write();
    assertTrue(comparison.sameStatus(), comparison::summary);
    assertTrue(comparison.sameOutput(), comparison::summary);
    if (subject.steady()) {
      List<String> lines = new ArrayList<>(comparison.differingLines());
      lines.removeIf(line -> TOLERATED.matcher(line).find());
      if (!options.contains("-f")) {
        lines = withoutPids(lines);
      }
      assertEquals(List.of(), lines, comparison::summary);
    } else {
      assertTrue(
          comparison.countedShare() >= 0.95, // one line of the shortest: a thread that ended early
          () -> comparison.summary() + "\n" + comparison.report(3));
    }
  }

  /**
   * Without -f a trace does not tell which numbers are process ids: of lines that differ in numbers
   * only, one of each trace, none is left.
   */
  private static List<String> withoutPids(List<String> lines) {
    List<String> left = new ArrayList<>();
    for (String line : lines) {
      String masked = line.replaceAll("\\b[1-9][0-9]{2,}\\b", "N");
      if (!left.remove(masked)) {
        left.add(masked);
      }
    }
    return left;
  }

  /** The tests above would not notice if nothing was filtered. */
  @Test
  void filtersAreInstalled() throws Exception {
    Subject subject = Subjects.command(List.of("/bin/grep", "^Seccomp:", "/proc/self/status"));
    String off = "Seccomp:\t0\n";
    String on = "Seccomp:\t2\n";
    assertEquals(on, run(true, subject, "-f", "-e", "trace=openat"));
    assertEquals(on, run(true, subject, "-f", "-c", "-e", "trace=openat"));
    assertEquals(on, run(true, subject, "-e", "trace=openat"));
    assertEquals(on, run(true, subject, "-f", "--seccomp-bpf", "-e", "trace=openat"));
    assertEquals(on, run(true, subject, "-f", "-e", "trace=%signal"));
    assertEquals(off, run(true, subject, "-e", "trace=%signal"));
    assertEquals(off, run(false, subject, "-f", "-e", "trace=openat"));
    assertEquals(off, run(true, subject, "-f"));
    assertEquals(off, run(true, subject));
    assertEquals(off, run(true, subject, "-f", "-b", "execve", "-e", "trace=openat"));
    assertEquals(off, run(true, subject, "-f", "-n", "-e", "trace=openat"));
    assertEquals(off, run(true, subject, "-f", "-i", "-e", "trace=openat"));
  }

  private static String run(boolean filtering, Subject subject, String... options)
      throws Exception {
    TracedRun run = TracedRun.of(tracer(filtering), List.of(options), subject);
    assertEquals("exited 0", run.status(), run.stderr());
    return run.stdout();
  }
}
