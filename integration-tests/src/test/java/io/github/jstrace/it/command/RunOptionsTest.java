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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Options that strace 6.1 lacks, as the manual of 7.2 describes them, and those about signals. */
class RunOptionsTest {
  @TempDir Path directory;

  private Process start(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Workspace.root().resolve("jstrace").toString());
    command.addAll(List.of(words));
    return new ProcessBuilder(command)
        .redirectOutput(directory.resolve("out").toFile())
        .redirectError(directory.resolve("err").toFile())
        .start();
  }

  private int run(String... words) throws Exception {
    Process process = start(words);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return process.exitValue();
  }

  private String read(String file) throws Exception {
    return Files.readString(directory.resolve(file), StandardCharsets.ISO_8859_1);
  }

  @Test
  void argv0() throws Exception {
    assertEquals(0, run("--argv0=other", "-e", "none", "sh", "-c", "echo $0"));
    assertEquals("other\n", read("out"));
  }

  @Test
  void userAndGroupByNumber() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")));
    assertEquals(0, run("-u", "12345:54321", "-e", "none", "sh", "-c", "id -u; id -g; id -G"));
    assertEquals("12345\n54321\n54321\n", read("out"));
    for (String wrong : List.of("1:", ":1", "1:2:3", "-1:1", "1:4294967295", "x:1")) {
      assertEquals(1, run("-u", wrong, "true"), wrong);
      assertTrue(read("err").endsWith("Invalid UID:GID pair '" + wrong + "'\n"), read("err"));
    }
  }

  /**
   * Behind a result, what the thread has then: of pids and times it is its children's that is new.
   */
  @Test
  void namesNewNamespaces() throws Exception {
    run("-o", "/dev/null", "readlink", "/proc/self/ns/pid", "/proc/self/ns/uts");
    String[] own = read("out").split("\n");
    String[] words = {
      "-e", "namespace=new", "-e", "trace=unshare", "unshare", "-p", "-u", "readlink", ""
    };
    words[8] = "/proc/self/ns/uts";
    int status = run(words);
    assumeTrue(status == 0, "may not make namespaces");
    String fresh = read("out").strip();
    assertFalse(fresh.equals(own[1]), fresh);
    assertEquals(
        "unshare(CLONE_NEWUTS|CLONE_NEWPID)      = 0 (pid:["
            + own[0].replaceAll("[^0-9]", "")
            + "], "
            + fresh
            + ")",
        read("err").lines().findFirst().orElse(""));
  }

  @Test
  void alwaysShowsThePid() throws Exception {
    String log = directory.resolve("log").toString();
    run("--always-show-pid", "-o", log, "-e", "trace=exit_group", "true");
    assertTrue(
        read("log").matches("(?s)(\\d+ +)exit_group\\(0\\) .*\n\\1\\+\\+\\+ .*"), read("log"));
    run("--always-show-pid", "-e", "trace=exit_group", "true");
    assertTrue(read("err").matches("(?s)\\d+ +exit_group\\(0\\) .*"), read("err"));
  }

  @Test
  void letsGoAfterSomeCalls() throws Exception {
    String log = directory.resolve("log").toString();
    run("--syscall-limit=3", "-o", log, "sh", "-c", "echo one; sleep 0.3; echo two");
    assertEquals(3, read("log").lines().count(), read("log"));
    for (int i = 0; i < 100 && !read("out").endsWith("two\n"); i++) {
      Thread.sleep(50);
    }
    assertEquals("one\ntwo\n", read("out"));
    run(
        "--syscall-limit=1",
        "-z",
        "-o",
        log,
        "-e",
        "trace=openat",
        "cat",
        "/nonexistent",
        "/dev/null");
    assertEquals(1, read("log").lines().count(), read("log"));
    assertFalse(read("log").contains("ENOENT"), read("log"));
    run("--syscall-limit=2", "true");
    String end = "jstrace: System call limit has been reached, detaching tracees\n";
    assertTrue(read("err").contains(end), read("err"));
    run("--syscall-limit=2", "-q", "true");
    assertFalse(read("err").contains(end), read("err"));
  }

  /** Both when it ends by a signal that it can handle and by one that it cannot. */
  @Test
  void killsWhenItEnds() throws Exception {
    for (boolean force : new boolean[] {false, true}) {
      Path file = directory.resolve("pid" + force);
      Process process =
          start(
              "--kill-on-exit",
              "-f",
              "-e",
              "none",
              "sh",
              "-c",
              "echo $$ >" + file + "; exec sleep 50");
      for (int i = 0; i < 200 && !(Files.exists(file) && Files.size(file) > 0); i++) {
        Thread.sleep(50);
      }
      long pid = Long.parseLong(Files.readString(file).trim());
      assertTrue(ProcessHandle.of(pid).isPresent());
      if (force) {
        process.destroyForcibly();
      } else {
        process.destroy();
      }
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      for (int i = 0; i < 100 && isAlive(pid); i++) {
        Thread.sleep(50);
      }
      assertFalse(isAlive(pid));
    }
  }

  private static boolean isAlive(long pid) throws Exception {
    Path stat = Path.of("/proc/" + pid + "/stat");
    try {
      return !Files.readString(stat).contains(") Z ");
    } catch (java.io.IOException gone) {
      return false;
    }
  }

  @Test
  void leavesSignalsToTheCommand() throws Exception {
    for (String when : List.of("3", "never", "4", "never_tstp")) {
      Process process = start("-I", when, "-e", "none", "sleep", "1.5");
      Thread.sleep(700);
      process.destroy();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue(), when);
    }
  }

  /** It ends at once, and the call that was running is as it was. */
  @Test
  void diesOfSignals() throws Exception {
    String log = directory.resolve("log").toString();
    Process process =
        start("-I", "1", "-a", "1", "-o", log, "-e", "trace=/nanosleep", "sleep", "5");
    for (int i = 0; i < 200 && !(Files.exists(Path.of(log)) && !read("log").isEmpty()); i++) {
      Thread.sleep(20);
    }
    process.destroy();
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    assertEquals(128 + 15, process.exitValue());
    assertTrue(read("log").endsWith("{tv_sec=5, tv_nsec=0}, "), read("log"));
  }

  /** Who reads what the command writes sees when it closes that. */
  @Test
  void holdsNoOutput() throws Exception {
    Process process =
        new ProcessBuilder(
                Workspace.root().resolve("jstrace").toString(),
                "-e",
                "none",
                "sh",
                "-c",
                "echo said; exec >&- 2>&-; sleep 1.5")
            .redirectError(directory.resolve("err").toFile())
            .start();
    assertEquals(
        "said\n", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertFalse(process.waitFor(300, TimeUnit.MILLISECONDS));
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
  }
}
