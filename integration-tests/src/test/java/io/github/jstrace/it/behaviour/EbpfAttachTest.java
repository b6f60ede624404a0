// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Tracer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a trace by programs in the kernel tells of processes that it finds. */
class EbpfAttachTest {
  @BeforeAll
  static void needsBpf() {
    EbpfNeeds.assume();
  }

  private static Process shell(String script) throws Exception {
    return new ProcessBuilder("sh", "-c", script).redirectErrorStream(true).start();
  }

  private static void awaitState(Process process, char state) throws Exception {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    for (int i = 0; i < 1000 && !Launch.text(status).contains("State:\t" + state); i++) {
      Thread.sleep(5);
    }
  }

  /** The kill that it stopped in has returned: it is in no call. */
  @Test
  void aStoppedProcess() throws Exception {
    Process stopped = shell("kill -STOP $$; exit 3");
    try {
      awaitState(stopped, 'T');
      Launch launch = Launch.jstrace("--backend=ebpf", "-o", "log", "-p", "" + stopped.pid());
      Launch.Running running = launch.start();
      Path log = launch.directory().resolve("log");
      Launch.awaitLine(log, "--- stopped by");
      new ProcessBuilder("kill", "-CONT", "" + stopped.pid()).start().waitFor();
      assertEquals(3, stopped.waitFor());
      assertEquals("exited 0", running.await().status());
      String[] lines = Launch.text(log).split("\n");
      assertEquals("--- stopped by SIGSTOP ---", lines[0]);
      assertTrue(lines[1].startsWith("--- SIGCONT {si_signo=SIGCONT, "), lines[1]);
      assertEquals("+++ exited with 3 +++", lines[lines.length - 1]);
    } finally {
      stopped.destroyForcibly();
    }
  }

  /** Neither what it is found in, nor its signals, nor its end. */
  @Test
  void aProcessThatDoesNotFit() throws Exception {
    Process shell = shell("read a; (exit 1); exit 3");
    try {
      awaitState(shell, 'S');
      Launch launch =
          Launch.jstrace(
              "--backend=ebpf", "-f", "--comm=other", "-o", "log", "-p", "" + shell.pid());
      Launch.Running running = launch.start();
      Launch.awaitLine(launch.directory().resolve("stderr"), "jstrace: Process");
      shell.getOutputStream().write("1\n".getBytes(StandardCharsets.US_ASCII));
      shell.getOutputStream().flush();
      assertEquals(3, shell.waitFor());
      assertEquals("exited 0", running.await().status());
      assertEquals("", Launch.text(launch.directory().resolve("log")));
    } finally {
      shell.destroyForcibly();
    }
  }

  @Test
  void tooFewDescriptors() throws Exception {
    for (String mode : new String[] {"-c", "-f"}) {
      List<String> command = new ArrayList<>(List.of("prlimit", "--nofile=32:32"));
      command.addAll(Tracer.underTest().command());
      Tracer limited = new Tracer("jstrace", List.copyOf(command));
      Launch.Outcome outcome = new Launch(limited, "--backend=ebpf", mode, "true").run();
      assertEquals("exited 1", outcome.status());
      assertEquals(1, outcome.err().lines().count(), outcome.err());
      assertTrue(outcome.err().contains("(ulimit -n "), outcome.err());
    }
  }
}
