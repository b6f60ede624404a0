// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.behaviour.EbpfNeeds;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What programs in the kernel drop is what would be dropped without them, and nothing else. */
@Tag("any-java")
class EbpfPushDownTest {
  /** Clocks, random numbers, times of the CPU, and results of polling. */
  private static final Pattern UNSTEADY =
      Pattern.compile(
          "^(getrandom|times|time|wait4|waitid|rt_sigtimedwait)\\(|bytes 88|\\?\\?\\?|superseded");

  @BeforeAll
  static void needsBpf() {
    EbpfNeeds.assume();
  }

  private static Tracer tracer(boolean filtering) {
    List<String> command = new ArrayList<>();
    command.add("/usr/bin/env");
    // Both have it, as a tracee sees its environment.
    command.add("JSTRACE_JAVA_OPTS=-Djstrace.debug=" + (filtering ? "filtered__" : "unfiltered"));
    command.addAll(Tracer.underTest().command());
    command.add("--backend=ebpf");
    // The comparison knows the roles by these names.
    return new Tracer(filtering ? "jstrace" : "strace", List.copyOf(command));
  }

  // neighbours may run at the same time, and one subject does not
  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest
  @ValueSource(
      strings = {
        "signals -f -z --min-duration=0",
        "processes -f -z -e trace=/^(open|clo|exec)",
        "signals -f -n -Z -e trace=!%memory",
        "processes -f -e status=failed,unfinished -e trace=!%signal,%memory",
        "signals -f --min-duration=50ms",
        "processes -f --min-duration=10s -e trace=%file",
        "exec_thread -f -z -e trace=execve,exit_group",
        "sandbox -f -e status=!successful",
        "sandbox_threads -f -Z -e trace=getpgid,getppid,%creds",
        "int80 -f -z -e trace=%desc,%process",
        "files -f -z -s 3000 -e trace=%file,%desc",
        "int80 -f -Z -e trace=all@32",
        "i386 -f -Z",
        "signals -f -e status=detached,failed",
      })
  void sameLines(String words) throws Exception {
    List<String> options = new ArrayList<>(List.of(words.split(" ")));
    Subject subject = Subjects.fixture(options.remove(0));
    compare(subject, options);
  }

  @Test
  void byName() throws Exception {
    Subject subject =
        Subjects.command(
            List.of("/bin/sh", "-c", "cat missing; cat /etc/passwd; ls missing; sleep 0.1"));
    compare(subject, List.of("-f", "--comm=cat", "-Z"));
    compare(subject, List.of("-f", "--comm=cat", "-z", "-e", "trace=%file,%process"));
    compare(subject, List.of("-f", "--comm=sleep", "--comm=ls", "--min-duration=50ms"));
  }

  private static void compare(Subject subject, List<String> options) throws Exception {
    List<String> lines = differing(subject, options);
    if (!lines.isEmpty()) {
      // A race may go once as it did not go before, but not twice.
      lines = differing(subject, options);
    }
    assertEquals(List.of(), lines, options::toString);
  }

  private static List<String> differing(Subject subject, List<String> options) throws Exception {
    Comparison comparison = Comparison.of(tracer(false), subject, options, tracer(true), false);
    comparison.write();
    assertTrue(comparison.sameStatus(), comparison::summary);
    List<String> lines = new ArrayList<>(comparison.differingLines());
    lines.removeIf(line -> UNSTEADY.matcher(line).find());
    return lines;
  }
}
