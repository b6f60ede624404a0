// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Workspace;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code -c}: every count and number of errors is strace's. */
class SummaryCountsTest {
  private static final Pattern ROW =
      Pattern.compile("^ *\\d+\\.\\d+ +\\d+\\.\\d+ +\\d+ +(\\d+) +(?:(\\d+) +)?([a-z]\\w*)$");

  static List<String> fixtures() {
    return Workspace.fixtures().stream()
        // strace crashes
        .filter(name -> !name.equals("unknown"))
        .toList();
  }

  @Tag("any-java")
  @ParameterizedTest
  @MethodSource("fixtures")
  void countsAgree(String fixture) throws Exception {
    String program = Workspace.program(fixture).toString();
    Launch reference = Launch.strace("-f", "-c", "-o", "log", program).with("-r");
    Launch.Outcome expected = reference.run();
    Launch launch = Launch.jstrace("-f", "-c", "-o", "log", program).with("-r");
    Launch.Outcome actual = launch.run();
    assertEquals(expected.status(), actual.status(), actual.err());
    Map<String, String> theirs = rows(Launch.text(reference.directory().resolve("log")));
    Map<String, String> ours = rows(Launch.text(launch.directory().resolve("log")));
    assertTrue(theirs.size() > 2, theirs::toString);
    if (fixture.contains("thread") || fixture.equals("fork_storm")) {
      // Whether a thread finds another one gone or waits for it is up to the scheduler.
      for (Map<String, String> rows : List.of(theirs, ours)) {
        rows.keySet()
            .removeAll(List.of("futex", "total", "madvise", "rt_sigprocmask", "exit", "munmap"));
      }
    }
    Map<String, String> onlyTheirs = new TreeMap<>(theirs);
    onlyTheirs.entrySet().removeAll(ours.entrySet());
    ours.entrySet().removeAll(theirs.entrySet());
    assertEquals(onlyTheirs, ours);
  }

  /**
   * Calls and errors by name. strace has a row of its own for a call that i386 makes through
   * socketcall(2) or ipc(2); here they are one.
   */
  private static Map<String, String> rows(String table) {
    Map<String, long[]> counts = new TreeMap<>();
    for (String line : table.split("\n")) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        long[] count = counts.computeIfAbsent(row.group(3), name -> new long[2]);
        count[0] += Long.parseLong(row.group(1));
        count[1] += row.group(2) == null ? 0 : Long.parseLong(row.group(2));
      }
    }
    Map<String, String> out = new TreeMap<>();
    for (Map.Entry<String, long[]> entry : counts.entrySet()) {
      long[] count = entry.getValue();
      out.put(entry.getKey(), count[0] + " calls, " + count[1] + " errors");
    }
    return out;
  }
}
