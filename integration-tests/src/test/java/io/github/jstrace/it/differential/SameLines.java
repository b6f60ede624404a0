// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What a subject does under both tracers is the same: status, messages, output, every line. */
final class SameLines {
  /** Matches no line. */
  static final Pattern NONE = Pattern.compile("(?!)");

  private SameLines() {}

  /**
   * Runs a subject with the same options under both.
   *
   * @param options words between blanks
   * @param tolerated lines that may differ
   */
  static void check(Subject subject, String options, Pattern tolerated) throws Exception {
    Comparison comparison =
        Comparison.of(subject, List.of(options.split(" ")), Tracer.underTest(), false);
    comparison.write();
    assertTrue(comparison.sameStatus(), comparison::summary);
    assertTrue(comparison.sameErrors(), () -> comparison.summary() + "\n" + comparison.report(0));
    assertTrue(comparison.sameOutput(), comparison::summary);
    List<String> lines = new ArrayList<>(comparison.differingLines());
    lines.removeIf(line -> tolerated.matcher(line).find());
    assertEquals(List.of(), lines, comparison::summary);
  }
}
