// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the installed strace does not know: fixtures say themselves what is expected. */
class NewCallsTest {
  @Test
  void linesAreThoseThatTheFixtureTells() throws Exception {
    check("newcalls", List.of(), 30);
  }

  @Test
  void descriptorsHoldWhatTheFixtureTells() throws Exception {
    check("descriptors", List.of("-yy"), 7);
  }

  private static void check(String fixture, List<String> options, int atLeast) throws Exception {
    TracedRun run = TracedRun.of(Tracer.underTest(), options, Subjects.fixture(fixture));
    assertEquals("exited 0", run.status(), run::stderr);
    List<String> expected = run.stdout().lines().toList();
    assertTrue(expected.size() >= atLeast, run::stdout);
    List<String> lines = new ArrayList<>();
    for (String line : run.log()) {
      lines.add(Normaliser.align(line).replaceAll("eventfd-id=\\d+", "eventfd-id=ID"));
    }
    List<String> missing = new ArrayList<>();
    int from = 0;
    for (String line : expected) {
      int at = from;
      while (at < lines.size() && !lines.get(at).startsWith(line)) {
        at++;
      }
      if (at == lines.size()) {
        missing.add(line);
      } else {
        from = at + 1;
      }
    }
    assertEquals(List.of(), missing, () -> String.join("\n", run.log()));
  }
}
