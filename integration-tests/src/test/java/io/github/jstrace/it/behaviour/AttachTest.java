// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Workspace;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code -p}: attached to all threads, and let go of without a trace. */
class AttachTest {
  private Process target;

  @AfterEach
  void endTarget() throws Exception {
    if (target != null) {
      target.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  private long startTarget(String... command) throws Exception {
    target =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return target.pid();
  }

  @ParameterizedTest
  @CsvSource({"INT, -f", "TERM, -f", "HUP, -f", "INT, -fc", "TERM, -fc", "INT, -fq"})
  void detachesOnSignal(String signal, String option) throws Exception {
    // many threads that call without end
    long pid = startTarget(Workspace.program("threads").toString(), "8", "100000000");
    assertTrue(Proc.await(() -> Proc.threads(pid).size() == 9));
    Launch.Running strace = Launch.strace(option, "-o", "log", "-p", Long.toString(pid)).start();
    long stracePid = strace.pid();
    assertTrue(Proc.await(() -> Proc.traced(pid)));
    Proc.kill(signal, stracePid);
    String expected = strace.await().status();

    Launch launch =
        Launch.jstrace("--backend=ptrace", option, "-o", "log", "-p", Long.toString(pid));
    Launch.Running jstrace = launch.start();
    long jstracePid = jstrace.pid();
    assertTrue(
        Proc.await(() -> Proc.traced(pid)),
        "never attached: " + Launch.text(launch.directory().resolve("stderr")));
    Thread.sleep(300);
    Proc.kill(signal, jstracePid);
    Launch.Outcome outcome = jstrace.await();
    assertEquals(expected, outcome.status(), outcome.err());
    assertFalse(Proc.traced(pid), "still traced");
    assertEquals(9, Proc.threads(pid).size());
    assertTrue(target.isAlive());
    String states = Proc.states(pid);
    assertFalse(states.contains("t") || states.contains("T"), states);
    Path log = launch.directory().resolve("log");
    assertTrue(Launch.text(log).contains("access"), "nothing gathered: " + outcome.err());
  }

  @Test
  void endsWhenTheTracedProcessEnds() throws Exception {
    long pid = startTarget("sleep", "2");
    Launch launch = Launch.jstrace("--backend=ptrace", "-o", "log", "-p", Long.toString(pid));
    assertEquals("exited 0", launch.run().status());
    String log = Launch.text(launch.directory().resolve("log"));
    assertTrue(log.contains("+++ exited with 0 +++"), log);
  }

  @Test
  void severalProcessesEndWithTheLast() throws Exception {
    long pid = startTarget("sleep", "2");
    Process second = new ProcessBuilder("sleep", "1").start();
    Launch launch = Launch.jstrace("--backend=ptrace", "-o", "log", "-p", pid + "," + second.pid());
    assertEquals("exited 0", launch.run().status());
    String log = Launch.text(launch.directory().resolve("log"));
    assertTrue(
        log.lines().filter(line -> line.contains("+++ exited with 0 +++")).count() == 2, log);
  }

  @Test
  void stoppedProcessStaysStopped() throws Exception {
    long pid = startTarget("sleep", "60");
    Proc.kill("STOP", pid);
    assertTrue(Proc.await(() -> Proc.states(pid).equals("T")));
    Launch.Running jstrace =
        Launch.jstrace("--backend=ptrace", "-o", "log", "-p", Long.toString(pid)).start();
    assertTrue(Proc.await(() -> Proc.traced(pid)));
    Thread.sleep(300);
    Proc.kill("INT", jstrace.pid());
    jstrace.await();
    assertTrue(Proc.await(() -> Proc.states(pid).equals("T")), Proc.states(pid));
    assertFalse(Proc.traced(pid));
    Proc.kill("CONT", pid);
    assertTrue(Proc.await(() -> Proc.states(pid).equals("S")), Proc.states(pid));
  }

  @Test
  void killedTracerLeavesTheTraceeAlone() throws Exception {
    long pid = startTarget(Workspace.program("threads").toString(), "4", "100000000");
    Launch.Running jstrace =
        Launch.jstrace("--backend=ptrace", "-f", "-o", "/dev/null", "-p", Long.toString(pid))
            .start();
    long tracer = jstrace.pid();
    assertTrue(Proc.await(() -> Proc.traced(pid)));
    Thread.sleep(300);
    Proc.kill("KILL", tracer);
    assertEquals("killed 9", jstrace.await().status());
    assertTrue(
        Proc.await(() -> !Proc.traced(pid) && !Proc.states(pid).matches(".*[tT].*")),
        Proc.states(pid));
    assertTrue(target.isAlive());
  }
}
