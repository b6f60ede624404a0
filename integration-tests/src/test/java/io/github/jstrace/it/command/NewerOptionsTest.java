// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.it.differential.Workspace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What of strace 7.2 its manual tells, or strace 6.1 does, that no fixture shows: options that 6.1
 * lacks or takes in another way.
 */
@Tag("any-java")
class NewerOptionsTest {
  private static final String JSTRACE = Workspace.root().resolve("jstrace").toString();

  @TempDir Path directory;

  private int status;

  /** What a tracer writes to stderr. */
  private String run(String tracer, String options, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of(tracer));
    words.addAll(List.of(options.split(" ")));
    words.addAll(List.of(command));
    Path err = directory.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectError(err.toFile())
            .redirectOutput(directory.resolve("out").toFile());
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), words.toString());
    status = process.exitValue();
    return Files.readString(err, StandardCharsets.ISO_8859_1);
  }

  private String ours(String options, String... command) throws Exception {
    return run(JSTRACE, options, command);
  }

  /** strace traces numbers beyond its table whatever the set, and so do we. */
  @Test
  void callsWithoutANameAreInEverySet() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "perl is not installed");
    String[] perl = {"perl", "-e", "syscall(3000, 1); syscall(33333, 2); chdir('/')"};
    for (String options : List.of("-e trace=chdir", "-e none", "-f --seccomp-bpf -e trace=%ipc")) {
      String arguments = "(syscall_0x\\w+)\\([^()]*\\)";
      String theirs = run("strace", options + " -qq", perl).replaceAll(arguments, "$1");
      assertEquals(theirs, ours(options + " -qq", perl).replaceAll(arguments, "$1"), options);
      assertTrue(theirs.contains("syscall_0x8235 = -1 ENOSYS"), theirs);
    }
    String table = ours("-c -U calls,errors,name -e trace=chdir", perl);
    assertTrue(table.contains(" 1         1 syscall_0xbb8\n"), table);
  }

  @Test
  void summariesCountWhatTheStatusSelects() throws Exception {
    String set = " -U calls,errors,name -e trace=openat";
    String failed = ours("-c -Z" + set, "cat", "/nonexistent");
    assertTrue(failed.matches("(?s).*\\n +(\\d+) +\\1 openat\\n.*"), failed);
    String successful = ours("-c -z" + set, "cat", "/nonexistent");
    assertTrue(successful.matches("(?s).*\\n +\\d+           openat\\n.*"), successful);
    String both = ours("-C -e status=failed" + set, "cat", "/nonexistent");
    assertTrue(both.matches("(?s).*\\n +(\\d+) +\\1 openat\\n.*"), both);
  }

  /** Undecoded arguments have numbers, from 1 on. */
  @Test
  void argNames() throws Exception {
    String[] cat = {"cat", "/nonexistent"};
    String decoded = ours("--arg-names -qq -e signal=none -e trace=openat -Z", cat);
    assertTrue(
        decoded.matches(
            "(?s).*openat\\(\\w+=AT_FDCWD, \\w+=\"/nonexistent\", flags=O_RDONLY\\) = -1 .*"),
        decoded);
    String raw = ours("-N -qq -e trace=openat -e raw=openat -Z", cat);
    assertTrue(
        raw.matches("(?s).*openat\\(arg1=0xffffff9c, arg2=0x\\w+, arg3=0(, \\w+=\\w+)?\\) .*"),
        raw);
  }

  @Test
  void traceFds() throws Exception {
    Files.writeString(directory.resolve("file"), "text");
    String trace = ours("-qq -e trace-fds=3 -e trace=%desc", "cat", "file", "/nonexistent");
    assertTrue(trace.lines().count() > 4, trace);
    for (String line : trace.lines().toList()) {
      assertTrue(line.matches("(\\w+\\(3\\W.*|openat\\(.* = 3|mmap\\(.*, 3, .*|cat: .*)"), line);
    }
    assertEquals("", ours("-qq --trace-fds=2147483647 -e trace=%desc", "cat", "file"));
    assertEquals(
        trace.lines().count(),
        ours("-qq -e fd=3 -e trace=%desc", "cat", "file", "/nonexistent").lines().count());
  }

  @Test
  void namespaceNeedsNoValue() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")));
    for (String option : List.of("--namespace", "--namespace=new", "-e namespace=new")) {
      String trace = ours("-qq -e trace=unshare " + option, "unshare", "-u", "true");
      assumeTrue(!trace.contains("EPERM"), trace);
      assertTrue(trace.matches("unshare\\(CLONE_NEWUTS\\) += 0 \\(uts:\\[\\d+\\]\\)\\n"), trace);
    }
  }

  @Test
  void color() throws Exception {
    String plain = ours("-e trace=openat -X verbose", "cat", "/nonexistent");
    String coloured = ours("--color=always -e trace=openat -X verbose", "cat", "/nonexistent");
    assertEquals(plain, coloured.replaceAll("\033\\[[0-9;]*m", ""));
    assertTrue(coloured.contains("\033[33mopenat\033[0m("), coloured);
    assertTrue(coloured.contains("\033[32m-1\033[0m \033[31mENOENT (No such"), coloured);
    assertTrue(ours("--color always -e trace=close", "true").contains("\033[33mclose"));
    assertTrue(ours("--color -e trace=close", "true").contains("\033[33mclose"));
    assertFalse(ours("--color auto -e trace=close", "true").contains("\033"));
    assertTrue(ours("-X abbrev --color=always -e openat", "true").contains("\033[34mO_RDONLY"));
  }

  @Test
  void tips() throws Exception {
    assertEquals("", ours("--tips=none"));
    assertEquals(0, status);
    String tip = ours("--tips=3,full");
    assertTrue(tip.startsWith("+--") && tip.contains("-P PATH shows"), tip);
    assertEquals(tip, ours("--tips=FULL,ID:3 -e none -qq", "true"));
  }

  @Test
  void debug() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    assertEquals(requested(run("strace", "-d -f", "true")), requested(ours("-d -f", "true")));
  }

  private static List<String> requested(String said) {
    List<String> lines = new ArrayList<>();
    for (String line : said.split("\n")) {
      if (line.contains("ptrace_setoptions") || line.contains("SYSCALL_INFO")) {
        lines.add(line.substring(line.indexOf(": ")));
      }
    }
    assertEquals(2, lines.size(), said);
    return lines;
  }

  @Test
  void filesOfTheirOwnBesideFollowForks() throws Exception {
    for (String follow : List.of("-f", "--follow-forks")) {
      ours(follow + " --output-separately -o log", "sh", "-c", "/bin/true; true");
      try (var files = Files.newDirectoryStream(directory, "log.*")) {
        int count = 0;
        for (Path file : files) {
          count++;
          Files.delete(file);
        }
        assertEquals(2, count, follow);
      }
    }
  }
}
