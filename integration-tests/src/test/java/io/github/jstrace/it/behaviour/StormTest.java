// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Workspace;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many threads, many processes, exec from a thread: nothing lost, nothing hung. Every program runs
 * {@code -Djstrace.storm.runs=N} times in a row (3; the releases' check is 20), its exit status
 * tells whether it was disturbed, and the trace has to hold every call and every end.
 */
@Tag("robustness")
class StormTest {
  private static final int RUNS = Integer.getInteger("jstrace.storm.runs", 3);

  @Test
  void eightThreadsMakingAHundredThousandCalls() throws Exception {
    for (int run = 0; run < RUNS; run++) {
      Launch launch =
          Launch.jstrace("-f", "-o", "log", Workspace.program("threads").toString(), "8", "12500")
              .timeout(120);
      Launch.Outcome outcome = launch.run();
      assertEquals("exited 0", outcome.status(), "run " + run + ": " + outcome.err());
      Map<String, Integer> calls = new HashMap<>();
      int exits = 0;
      try (var lines = Files.lines(launch.directory().resolve("log"))) {
        for (String line : (Iterable<String>) lines::iterator) {
          String text = line.substring(line.indexOf(' ')).trim();
          if (text.startsWith("+++ exited with 0 +++")) {
            exits++;
          } else if (!text.startsWith("<... ") && text.indexOf('(') > 0) {
            calls.merge(text.substring(0, text.indexOf('(')), 1, Integer::sum);
          }
        }
      }
      assertEquals(9, exits, "exits in run " + run);
      assertEquals(25_000, calls.get("lseek"));
      assertEquals(25_000, calls.get("getuid"));
      assertEquals(25_000, calls.get("fcntl"));
      // and one at each thread's end, and the dynamic linker's
      assertEquals(25_000 + 8 + 1, calls.get("access"));
      Workspace.delete(launch.directory());
    }
  }

  @Test
  void forkStorm() throws Exception {
    for (int run = 0; run < RUNS; run++) {
      Launch launch =
          Launch.jstrace("-f", "-o", "log", Workspace.program("fork_storm").toString(), "2000")
              .timeout(120);
      Launch.Outcome outcome = launch.run();
      assertEquals("exited 0", outcome.status(), "run " + run + ": " + outcome.err());
      try (var lines = Files.lines(launch.directory().resolve("log"))) {
        // 2,000 children, 250 grandchildren and the first
        assertEquals(
            2251,
            lines.filter(line -> line.contains("+++ exited with ")).count(),
            "exits in run " + run);
      }
      Workspace.delete(launch.directory());
    }
  }

  @Test
  void execFromAThread() throws Exception {
    for (int run = 0; run < RUNS * 3; run++) {
      Launch launch =
          Launch.jstrace("-f", "-o", "log", Workspace.program("exec_thread").toString())
              .timeout(60);
      Launch.Outcome outcome = launch.run();
      String log = Launch.text(launch.directory().resolve("log"));
      assertEquals("exited 33", outcome.status(), "run " + run + ": " + outcome.err() + log);
      assertTrue(log.contains("+++ superseded by execve in pid "), log);
      assertTrue(log.contains("+++ exited with 33 +++"), log);
      assertTrue(log.contains("+++ exited with 9 +++"), log);
    }
  }

  @Test
  void threadsEndingInEveryWay() throws Exception {
    for (int run = 0; run < RUNS; run++) {
      Launch launch =
          Launch.jstrace("-f", "-o", "log", Workspace.program("thread_exit").toString(), "10")
              .timeout(60);
      Launch.Outcome outcome = launch.run();
      assertEquals("exited 0", outcome.status(), "run " + run + ": " + outcome.err());
      String log = Launch.text(launch.directory().resolve("log"));
      Map<String, Boolean> ended = new HashMap<>();
      for (String line : log.split("\n")) {
        ended.merge(
            line.substring(0, line.indexOf(' ')), line.contains(" +++ "), Boolean::logicalOr);
      }
      assertTrue(!ended.containsValue(false), () -> "no end told of: " + ended);
    }
  }

  @Test
  void attachedInTheMiddleOfAStorm() throws Exception {
    for (int run = 0; run < RUNS; run++) {
      Process storm =
          new ProcessBuilder(Workspace.program("fork_storm").toString(), "2000")
              .inheritIO()
              .start();
      Launch.Outcome outcome =
          Launch.jstrace(
                  "--backend=ptrace", "-f", "-o", "/dev/null", "-p", Long.toString(storm.pid()))
              .timeout(60)
              .run();
      assertEquals(0, storm.waitFor());
      assertTrue(
          outcome.status().equals("exited 0") || outcome.err().contains("No such process"),
          outcome.status() + outcome.err());
    }
  }

  @RepeatedTest(5)
  void detachedInTheMiddleOfAStorm(RepetitionInfo repetition) throws Exception {
    Process storm =
        new ProcessBuilder(Workspace.program("fork_storm").toString(), "10000").inheritIO().start();
    Launch.Running jstrace =
        Launch.jstrace(
                "--backend=ptrace", "-f", "-o", "/dev/null", "-p", Long.toString(storm.pid()))
            .timeout(60)
            .start();
    long tracer = jstrace.pid();
    assertTrue(Proc.await(() -> Proc.traced(storm.pid())));
    Thread.sleep(50L * repetition.getCurrentRepetition());
    Proc.kill("INT", tracer);
    jstrace.await();
    assertEquals(0, storm.waitFor(), "the storm was disturbed");
  }
}
