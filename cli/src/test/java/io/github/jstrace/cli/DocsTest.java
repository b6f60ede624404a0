// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Help, man page and completions: every option is in each, and the programs that read them do. */
class DocsTest {
  @TempDir static Path directory;

  @BeforeAll
  static void generate() throws IOException {
    GenerateDocs.main(new String[] {directory.toString()});
  }

  private static String run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(directory.toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out;
  }

  private static boolean installed(String program) {
    return Files.isExecutable(Path.of("/usr/bin", program));
  }

  @Test
  void everyOptionIsInTheHelp() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Help.print(new PrintStream(bytes, false, StandardCharsets.UTF_8));
    String help = bytes.toString(StandardCharsets.UTF_8);
    for (Opt option : Opt.all()) {
      String name = option.names.length == 0 ? "-" + option.letter : "--" + option.names[0];
      assertTrue(help.contains(" " + name), name);
    }
    for (String line : help.split("\n")) {
      assertTrue(line.length() <= 80, line);
    }
  }

  @Test
  void everyOptionIsInTheCompletions() throws IOException {
    for (String file : List.of("jstrace.bash", "_jstrace", "jstrace.fish")) {
      String text = Files.readString(directory.resolve(file));
      for (Opt option : Opt.all()) {
        for (String name : option.names) {
          assertTrue(
              text.contains((file.endsWith("fish") ? "-l " : "--") + name), file + " " + name);
        }
      }
    }
  }

  /** {@code docs/options.md} is made by {@link GenerateDocs}. */
  @Test
  void optionTableIsThatOfTheOptions() throws IOException {
    Path file = Path.of("..", "docs", "options.md");
    assertEquals(OptionTable.text(), Files.readString(file), "copy options.md from GenerateDocs");
  }

  @Test
  void everyOptionOfStraceIsInTheTable() throws Exception {
    assumeTrue(installed("strace"), "strace is not installed");
    String table = OptionTable.text();
    Matcher options =
        Pattern.compile("(?<![\\w-])(--[a-z][a-z-]+|-[a-zA-Z])(?![\\w-])")
            .matcher(run("strace", "-h"));
    int count = 0;
    while (options.find()) {
      assertTrue(table.contains("`" + options.group() + "`"), options.group());
      count++;
    }
    assertTrue(count > 100, count + " options in strace -h");
  }

  @Test
  void roffHasNoComplaints() throws Exception {
    assumeTrue(installed("groff"), "groff is not installed");
    String errors = run("groff", "-man", "-Tutf8", "-ww", "-z", "jstrace.1");
    assertEquals("", errors);
  }

  @Test
  void bashCompletes() throws Exception {
    assertEquals("--summary-sort-by=", complete("jstrace", "--summary-so"));
    assertEquals("time", complete("jstrace", "-S", "ti"));
    assertEquals("open,openat2", complete("jstrace", "-e", "open,openat2"));
    assertEquals("%file", complete("jstrace", "--trace", "=", "%fi"));
    assertEquals("verbose", complete("jstrace", "-fX", "v"));
    assertEquals("attach", complete("jstrace", "-e", "quiet", "=", "at"));
    assertEquals("auto ptrace ebpf", complete("jstrace", "--backend", "="));
    assertEquals("jstrace.1", complete("jstrace", "-P", "jstrace.1"));
    assertEquals("openat openat2", complete("jstrace", "-e", "inject", "=", "opena"));
    assertEquals("", complete("jstrace", "-e", "inject", "=", "openat", ":"));
    String[] behind = {
      "jstrace", "-e", "inject", "=", "openat", ":", "error", "=", "EIO", "-X", "r"
    };
    assertEquals("raw", complete(behind));
    assertEquals("exit,attach", complete("jstrace", "--quiet", "=", "exit,at"));
    assertEquals("SIGUSR1", complete("jstrace", "-e", "signal", "=", "SIGUSR1"));
    assertEquals("!USR1,USR2", complete("jstrace", "-e", "signal", "=", "!USR1,USR2"));
  }

  private static String complete(String... words) throws Exception {
    String script =
        "source ./jstrace.bash; compopt() { :; }; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _jstrace; echo \"${COMPREPLY[*]}\"";
    String[] command = new String[4 + words.length];
    command[0] = "bash";
    command[1] = "-c";
    command[2] = script;
    command[3] = "bash";
    System.arraycopy(words, 0, command, 4, words.length);
    return run(command).trim();
  }

  @Test
  void zshReadsItsCompletion() throws Exception {
    assumeTrue(installed("zsh"), "zsh is not installed");
    assertEquals("", run("zsh", "-n", "_jstrace"));
    // what is behind the key of an expression, with the builtins of completion as they would work
    String script =
        "compset() { [[ $1 = -P && $PREFIX = ${~2}* ]] || return 1;"
            + " local rest=${PREFIX##${~2}}; IPREFIX+=${PREFIX%$rest} PREFIX=$rest; };"
            + " compadd() { shift 3; print -r -- ${(M)@:#$PREFIX*}; };"
            + " _arguments() { _jstrace_expression; }; . ./_jstrace";
    for (String[] word :
        new String[][] {
          {"trace=opena", "openat openat2"},
          {"status=fa", "failed"},
          {"signal=!USR1,US", "USR1 USR2"},
          {"decode-p", "decode-pids="},
          {"open,openat2", "openat2"}
        }) {
      assertEquals(word[1], run("zsh", "-f", "-c", "PREFIX='" + word[0] + "';" + script).trim());
    }
  }
}
