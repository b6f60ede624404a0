// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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

  @Tag("any-java")
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

  /** What jstrace lacks is refused by name, not as a spelling mistake. */
  @Test
  void everyOptionOfStraceIsKnown() throws Exception {
    assumeTrue(comparable, "strace 6 is not installed");
    Matcher options =
        Pattern.compile("(?<![\\w-])(--[a-z][a-z-]+|-[a-zA-Z])\\b").matcher(run("strace", "-h"));
    int known = 0;
    while (options.find()) {
      String option = options.group();
      UsageException refusal = null;
      try {
        Getopt.parse(new String[] {option, "1"}, new OptionReader(new Settings()));
      } catch (UsageException e) {
        refusal = e;
      }
      String said = refusal == null ? "" : String.valueOf(refusal.getMessage());
      assertFalse(said.startsWith("invalid option") || said.startsWith("unrecognized"), said);
      known++;
    }
    assertTrue(known > 100, known + " options in strace -h");
  }

  private static boolean parse(String[] words, List<String> said) {
    Settings settings = new Settings();
    List<String> warnings = settings.warnings;
    boolean accepted = true;
    String hint = "";
    String error = "";
    try {
      int operand = Getopt.parse(words, new OptionReader(settings));
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
