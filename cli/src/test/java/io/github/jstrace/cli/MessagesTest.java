// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said about a command line, against what the installed strace says about it. */
class MessagesTest {
  private static boolean comparable;

  @BeforeAll
  static void findStrace() throws Exception {
    comparable =
        Files.isExecutable(Path.of("/usr/bin/strace"))
            && run("strace", "-V").contains("version 6.");
  }

  /**
   * Each line of {@code command-lines.txt} as words; quotes as in a shell, but only whole words.
   */
  static List<List<String>> commandLines() throws IOException {
    List<List<String>> lines = new ArrayList<>();
    String text;
    try (var in = MessagesTest.class.getResourceAsStream("command-lines.txt")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    for (String line : text.split("\n")) {
      if (!line.startsWith("#")) {
        lines.add(words(line));
      }
    }
    return lines;
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    for (String word : line.split(" ")) {
      if (!word.isEmpty()) {
        words.add(word.equals("''") ? "" : word);
      }
    }
    return words;
  }

  @ParameterizedTest
  @MethodSource("commandLines")
  void saysWhatStraceSays(List<String> words) throws Exception {
    List<String> ours = new ArrayList<>();
    boolean accepted = parse(words.toArray(new String[0]), ours);
    assumeTrue(comparable, "strace 6 is not installed");
    List<String> command = new ArrayList<>(List.of("strace"));
    command.addAll(words);
    List<String> theirs = new ArrayList<>();
    for (String line : run(command.toArray(new String[0])).split("\n")) {
      if (line.startsWith("strace: ") || line.startsWith("Try ")) {
        theirs.add(line);
      }
    }
    assertEquals(theirs, ours);
    assertTrue(accepted || !theirs.isEmpty());
  }

  private static boolean parse(String[] words, List<String> said) {
    Settings settings = new Settings();
    List<String> warnings = new ArrayList<>();
    boolean accepted = true;
    String hint = "";
    String error = "";
    try {
      int operand = Getopt.parse(words, settings);
      settings.command = Arrays.copyOfRange(words, operand, words.length);
      Consistency.check(settings, warnings);
    } catch (UsageException e) {
      accepted = false;
      error = "strace: " + e.getMessage();
      hint = e.hint() ? "Try 'strace -h' for more information." : "";
    }
    for (String warning : warnings) {
      said.add("strace: " + warning);
    }
    if (!accepted) {
      said.add(error);
    }
    if (!hint.isEmpty()) {
      said.add(hint);
    }
    return accepted;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    process.waitFor();
    return out;
  }
}
