// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Tracer;
import io.github.jstrace.it.differential.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs the examples of {@code README.md}: in a {@code console} block, a line that begins with
 * {@code $} is a command and what follows is its output. Digits are as good as other digits, runs
 * of blanks as good as one, and a line {@code ...} stands for any lines. A {@code java} block is a
 * program, which is compiled and run.
 */
class ReadmeTest {
  private record Example(String command, List<String> output) {}

  @TestFactory
  List<DynamicTest> examples() throws IOException {
    Path directory = Workspace.emptyDirectory(Workspace.output().resolve("readme"));
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path launcher = Path.of(Tracer.underTest().command().get(0)).toAbsolutePath();
    Files.createSymbolicLink(bin.resolve("jstrace"), launcher);
    List<Example> examples = read(Workspace.root().resolve("README.md"));
    assertTrue(examples.size() >= 8, "too few examples were found");
    List<DynamicTest> tests = new ArrayList<>();
    for (Example example : examples) {
      tests.add(DynamicTest.dynamicTest(example.command, () -> check(example, directory, bin)));
    }
    return tests;
  }

  /** The program in the {@code java} block, with the jars of the build. */
  @Test
  void theProgramRuns() throws IOException, InterruptedException {
    String text = Files.readString(Workspace.root().resolve("README.md"), UTF_8);
    Matcher program = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(text);
    assertTrue(program.find());
    Matcher name = Pattern.compile("class (\\w+)").matcher(program.group(1));
    assertTrue(name.find());
    Path directory = Workspace.emptyDirectory(Workspace.output().resolve("readme-java"));
    Path source = directory.resolve(name.group(1) + ".java");
    Files.writeString(source, program.group(1));
    Path jars = Workspace.root().resolve("cli/target/jstrace/lib");
    Path out = directory.resolve("output");
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-Djffi.boot.library.path=" + jars.resolve("native"),
                "-cp",
                jars + "/*",
                source.toString(),
                "/bin/cat",
                "/missing")
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
    String printed = Files.readString(out);
    assertTrue(printed.matches("(?s).*\\bopenat of \\d+: ENOENT\n.*"), printed);
  }

  private static List<Example> read(Path file) throws IOException {
    List<Example> examples = new ArrayList<>();
    boolean inBlock = false;
    for (String line : Files.readAllLines(file, UTF_8)) {
      if (line.startsWith("```")) {
        inBlock = line.equals("```console");
      } else if (inBlock && line.startsWith("$ ")) {
        examples.add(new Example(line.substring(2), new ArrayList<>()));
      } else if (inBlock) {
        examples.get(examples.size() - 1).output.add(line);
      }
    }
    return examples;
  }

  private static void check(Example example, Path directory, Path bin)
      throws IOException, InterruptedException {
    Path out = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", example.command)
            .directory(directory.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
    List<String> actual = Files.readAllLines(out, java.nio.charset.StandardCharsets.ISO_8859_1);
    assertEquals(0, process.exitValue(), () -> String.join("\n", actual));
    List<String> expected = new ArrayList<>();
    for (String line : example.output) {
      expected.add(normal(line));
    }
    List<String> normalised = new ArrayList<>();
    for (String line : actual) {
      normalised.add(normal(line));
    }
    assertTrue(
        matches(expected, 0, normalised, 0),
        () ->
            "expected:\n"
                + String.join("\n", example.output)
                + "\n\nactual:\n"
                + String.join("\n", actual));
  }

  private static String normal(String line) {
    return line.replaceAll("0x[0-9a-f]+", "0x0")
        .replaceAll("[0-9]+(\\.[0-9]+)?([mun]s)?", "0")
        .replaceAll("-{3,}", "---")
        .replaceAll(" +", " ")
        .trim();
  }

  private static boolean matches(List<String> expected, int e, List<String> actual, int a) {
    if (e == expected.size()) {
      return a == actual.size();
    }
    if (expected.get(e).equals("...")) {
      for (int next = a; next <= actual.size(); next++) {
        if (matches(expected, e + 1, actual, next)) {
          return true;
        }
      }
      return false;
    }
    return a < actual.size()
        && actual.get(a).equals(expected.get(e))
        && matches(expected, e + 1, actual, a + 1);
  }
}
