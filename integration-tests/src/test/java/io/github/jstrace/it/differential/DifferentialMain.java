// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares from the command line; see {@code scripts/differential.sh}. */
public final class DifferentialMain {
  /** The option sets that the project promises numbers for. */
  static final List<List<String>> OPTION_SETS =
      List.of(
          List.of("-f"),
          List.of("-f", "-v", "-s", "200"),
          List.of("-f", "-yy", "-T", "-ttt"),
          List.of("-f", "-X", "verbose"),
          List.of("-f", "-xx"));

  private DifferentialMain() {}

  public static void main(String[] args) throws Exception {
    List<String> words = new ArrayList<>(List.of(args));
    boolean baseline = false;
    int examples = 3;
    while (!words.isEmpty() && words.get(0).startsWith("-")) {
      String option = words.remove(0);
      if (option.equals("-b")) {
        baseline = true;
      } else if (option.equals("-n")) {
        examples = Integer.parseInt(words.remove(0));
      } else if (option.equals("-l")) {
        System.out.println("fixtures: " + String.join(" ", Workspace.fixtures()));
        System.out.println("programs: " + String.join(" ", Subjects.programs().keySet()));
        return;
      } else {
        usage();
      }
    }
    List<List<String>> sets = List.of(List.of("-f"));
    int dashes = words.indexOf("--");
    if (dashes >= 0) {
      List<String> options = List.copyOf(words.subList(dashes + 1, words.size()));
      sets = options.equals(List.of("all")) ? OPTION_SETS : List.of(options);
      words = words.subList(0, dashes);
    }
    if (words.isEmpty()) {
      usage();
    }
    boolean good = true;
    for (Subject subject : select(words)) {
      for (List<String> options : sets) {
        Comparison comparison = Comparison.of(subject, options, Tracer.underTest(), baseline);
        Path file = comparison.write();
        System.out.println(comparison.summary());
        System.out.print(comparison.report(examples));
        if (comparison.share() < 1) {
          System.out.println("  all differences: " + Path.of("").toAbsolutePath().relativize(file));
        }
        good &=
            comparison.sameStatus() && comparison.countedShare() >= (sets.size() > 1 ? 0.95 : 0.98);
      }
    }
    System.exit(good ? 0 : 1);
  }

  private static List<Subject> select(List<String> words) {
    Map<String, Subject> fixtures = Subjects.fixtures();
    Map<String, Subject> programs = Subjects.programs();
    Map<String, Subject> all = new TreeMap<>(fixtures);
    all.putAll(programs);
    List<Subject> out = new ArrayList<>();
    for (String word : words) {
      if (word.equals("fixtures")) {
        out.addAll(fixtures.values());
      } else if (word.equals("programs")) {
        out.addAll(programs.values());
      } else if (word.equals("all")) {
        out.addAll(all.values());
      } else if (all.containsKey(word)
          && (out.size() > 0 || words.size() == 1 || all.containsKey(words.get(1)))) {
        out.add(all.get(word));
      } else {
        return List.of(Subjects.command(words));
      }
    }
    return out;
  }

  private static void usage() {
    System.err.println(
        """
        usage: scripts/differential.sh [-b] [-n EXAMPLES] NAME...|COMMAND ARG... [-- OPTIONS|all]
          NAME is a fixture or a program (-l lists them), or "fixtures", "programs", "all".
          OPTIONS are strace's (default -f); "all" runs the five promised sets.
          -b  also compare strace with strace     -n N  examples per call (default 3)
          JSTRACE_UNDER_TEST=COMMAND  the tracer to test instead of ./jstrace""");
    System.exit(2);
  }
}
