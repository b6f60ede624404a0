// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.it.differential.Workspace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code -D}: the command is the process that was started, and a grandchild traces it. */
class DaemonTest {
  /**
   * Who it is, whose child, and of its tracer: parent, then whether it leads its process group and
   * its session.
   */
  private static final String SCRIPT =
      "t=$(sed -n 's/^TracerPid:\t//p' /proc/$$/status);"
          + " t=$(sed -n 's/^Tgid:\t//p' /proc/$t/status);"
          + " set -- $(sed 's/.*) . //' /proc/$t/stat); echo $$ $PPID $1"
          + " $([ $2 = $t ] && echo group) $([ $3 = $t ] && echo session); kill -KILL $$";

  @TempDir Path directory;

  private record Run(long pid, int status, String out, String err, List<String> log) {}

  private Run run(String tracer, String option, String... rest) throws Exception {
    Path log = directory.resolve("log");
    Files.deleteIfExists(log);
    List<String> command = new ArrayList<>(List.of(tracer));
    command.addAll(List.of(option.split(" ")));
    command.addAll(List.of("-o", log.toString()));
    command.addAll(List.of(rest));
    // The tracer outlives the command, and has this, too, until it ends.
    Path messages = directory.resolve("messages");
    if (!Files.exists(messages)) {
      new ProcessBuilder("mkfifo", messages.toString()).inheritIO().start().waitFor();
    }
    Process reader =
        new ProcessBuilder("cat", messages.toString())
            .redirectOutput(directory.resolve("err").toFile())
            .start();
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(messages.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), option);
    assertTrue(reader.waitFor(60, TimeUnit.SECONDS), option);
    return new Run(
        process.pid(),
        process.exitValue(),
        read("out"),
        read("err"),
        Files.exists(log)
            ? List.of(read("log").replaceAll("0x[0-9a-f]+", "ADDRESS").split("\n"))
            : List.of());
  }

  private String read(String file) throws Exception {
    return Files.readString(directory.resolve(file), StandardCharsets.ISO_8859_1);
  }

  private static String jstrace() {
    return Workspace.root().resolve("jstrace").toString();
  }

  @ParameterizedTest
  @CsvSource({
    "-D, ''",
    "-DD, group",
    "-DDD, 'group session'",
    "--daemonize, ''",
    "--daemonized=pgroup, group",
    "--daemonise=session, 'group session'",
  })
  void theTracerIsAGrandchild(String option, String leads) throws Exception {
    Run ours = run(jstrace(), option + " -e trace=execve,kill -e signal=none", "sh", "-c", SCRIPT);
    String[] words = ours.out.trim().split(" +", 4);
    assertEquals(String.valueOf(ours.pid), words[0], ours.out);
    assertEquals(String.valueOf(ProcessHandle.current().pid()), words[1], ours.out);
    assertEquals(leads, words.length > 3 ? words[3] : "", ours.out);
    assertEquals(128 + 9, ours.status);
    assertEquals("", ours.err);
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    Run theirs = run("strace", option + " -e trace=execve,kill -e signal=none", "sh", "-c", SCRIPT);
    String own = String.valueOf(theirs.pid);
    assertEquals(
        theirs.out.replace(own, String.valueOf(ours.pid)).trim(), ours.out.trim(), "processes");
    assertEquals(theirs.status, ours.status);
    assertEquals(theirs.log.toString().replace(own, String.valueOf(ours.pid)), ours.log.toString());
  }

  @Test
  void everyLineIsStraces() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    for (String options :
        List.of("-D -e trace=%file", "-D -c -U calls,name", "-DD -f -q -e none")) {
      for (List<String> command : List.of(List.of("true"), List.of("cat", "/nonexistent"))) {
        String[] words = command.toArray(new String[0]);
        Run theirs = run("strace", options, words);
        Run ours = run(jstrace(), options, words);
        assertEquals(theirs.status, ours.status, options);
        assertEquals(theirs.err, ours.err, options);
        if (!options.contains("-c")) {
          assertEquals(pids(theirs), pids(ours), options);
        }
      }
    }
  }

  private static String pids(Run run) {
    return String.join("\n", run.log).replace(String.valueOf(run.pid), "PID");
  }

  /** The command at the other end is the tracer's, and gets all that there is to write. */
  @Test
  void writesThroughACommand() throws Exception {
    for (String option : List.of("-D", "-DD", "-DDD")) {
      Path piped = directory.resolve("piped" + option);
      Run run =
          run(
              jstrace(),
              option,
              "-o",
              "|cat > " + piped + "; echo end >> " + piped,
              "-e",
              "trace=exit_group",
              "sh",
              "-c",
              "echo out; exit 3");
      assertEquals(3, run.status, run.err);
      assertEquals("out\n", run.out);
      String expected = "exit_group(3)                           = ?\n+++ exited with 3 +++\nend\n";
      for (int i = 0;
          i < 200 && (!Files.exists(piped) || Files.size(piped) < expected.length());
          i++) {
        Thread.sleep(20);
      }
      assertEquals(expected, Files.readString(piped));
    }
  }

  @Test
  void nothingRunsIfTheOutputCannotBeWritten() throws Exception {
    Run run = run(jstrace(), "-D -o /nonexistent/log -o /nonexistent/file", "echo", "hello");
    assertEquals("hello\n", run.out); // the last -o counts
    Process process =
        new ProcessBuilder(jstrace(), "-D", "-o", "/nonexistent/log", "echo", "hello")
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("jstrace: Can't fopen '/nonexistent/log': No such file or directory\n", out);
    assertEquals(1, process.waitFor());
  }
}
