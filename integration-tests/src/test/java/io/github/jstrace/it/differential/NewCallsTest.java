// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls that strace does not know: {@code fixtures/newcalls.c} says itself what is expected. */
class NewCallsTest {
  @Test
  void linesAreThoseThatTheFixtureTells() throws Exception {
    TracedRun run = TracedRun.of(Tracer.underTest(), List.of(), Subjects.fixture("newcalls"));
    assertEquals("exited 0", run.status(), run::stderr);
    List<String> expected = run.stdout().lines().toList();
    assertTrue(expected.size() > 30, run::stdout);
    List<String> missing = new ArrayList<>();
    int from = 0;
    for (String line : expected) {
      int at = from;
      while (at < run.log().size() && !run.log().get(at).startsWith(line)) {
        at++;
      }
      if (at == run.log().size()) {
        missing.add(line);
      } else {
        from = at + 1;
      }
    }
    assertEquals(List.of(), missing, () -> String.join("\n", run.log()));
  }
}
