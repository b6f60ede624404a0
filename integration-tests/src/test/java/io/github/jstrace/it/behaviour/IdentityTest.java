// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Tracer;
import io.github.jstrace.it.differential.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the command inherits under jstrace is what it inherits under strace. */
class IdentityTest {
  /** States of the caller, as options of {@code launch}. */
  static List<List<String>> states() {
    return List.of(
        List.of(),
        List.of("-i", "13"),
        List.of("-i", "1", "-i", "2", "-i", "3", "-i", "15"),
        // not -i 17: dash takes SIGCHLD for itself before it reads the first line of the launcher
        List.of("-b", "10", "-b", "14", "-b", "17", "-b", "40"),
        List.of("-o", "7"),
        List.of("-o", "3", "-o", "4", "-o", "5", "-o", "30"),
        List.of("-c", "0"),
        List.of("-c", "1"),
        List.of("-c", "0", "-c", "1", "-o", "9"),
        List.of("-c", "2"),
        List.of("-c", "0", "-c", "1", "-c", "2"),
        List.of("-r"));
  }

  @ParameterizedTest
  @MethodSource("states")
  void inheritsTheCallersState(List<String> state) throws Exception {
    for (String option : List.of("-f", "-c")) {
      assertSame(
          probe(Tracer.strace(), option, state, null),
          probe(Tracer.underTest(), option, state, null));
    }
  }

  static List<Map<String, String>> environments() {
    String path = System.getenv("PATH");
    return List.of(
        Map.of(),
        Map.of("PATH", path),
        Map.of(
            "PATH",
            path,
            "EMPTY",
            "",
            "MULTI",
            "a\nb\nc",
            "UTF",
            "\u00e9\u20ac",
            "WITH SPACE",
            "1",
            "A.B-C",
            "2"),
        Map.of(
            "PATH",
            path,
            "LD_BIND_NOW",
            "1",
            "JAVA_TOOL_OPTIONS_NOT",
            "x",
            "_",
            "/what/ever",
            "OLDPWD",
            "/",
            "SHLVL",
            "7",
            "PWD",
            "/tmp"),
        Map.of("PATH", path, "JSTRACE_JAVA", System.getProperty("java.home")),
        Map.of("PATH", path, "LARGE", "x".repeat(100_000)));
  }

  @ParameterizedTest
  @MethodSource("environments")
  void inheritsTheEnvironment(Map<String, String> environment) throws Exception {
    assertSame(
        probe(Tracer.strace(), "-f", List.of(), environment),
        probe(Tracer.underTest(), "-f", List.of(), environment));
  }

  private static void assertSame(List<String> expected, List<String> actual) {
    List<String> missing = new ArrayList<>(expected);
    missing.removeAll(actual);
    List<String> extra = new ArrayList<>(actual);
    extra.removeAll(expected);
    assertEquals(shortened(missing), shortened(extra));
    assertEquals(expected, actual);
  }

  private static String shortened(List<String> lines) {
    StringBuilder out = new StringBuilder();
    for (String line : lines) {
      out.append(line, 0, Math.min(line.length(), 200)).append('\n');
    }
    return out.toString();
  }

  private static List<String> probe(
      Tracer tracer, String option, List<String> state, Map<String, String> environment)
      throws Exception {
    Path report = Workspace.output().resolve("identity-report");
    Files.deleteIfExists(report);
    Path output = Workspace.output().resolve("identity-stdout");
    Launch launch =
        new Launch(
                tracer,
                option,
                "-o",
                "/dev/null",
                Workspace.program("identity").toString(),
                report.toString(),
                "",
                "two words",
                "\u00e9\n\"'")
            .with(state.toArray(new String[0]))
            .stdout(output);
    if (environment != null) {
      launch.environment(environment);
    }
    Launch.Outcome outcome = launch.run();
    assertEquals("exited 0", outcome.status(), tracer.name() + " " + state + ": " + outcome.err());
    List<String> out = new ArrayList<>();
    for (String line : Launch.text(report).split("\n")) {
      // The directory and the file of standard error are the launch's own.
      out.add(line.replace(launch.directory().toString(), "DIRECTORY"));
    }
    assertTrue(out.size() > 60, out::toString);
    return out;
  }
}
