// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is left behind, and a killed tracer leaves its command dead or running. */
class LeftBehindTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 30, 100, 300, 700, 1500})
  void killedTracerLeavesNothingStopped(int milliseconds) throws Exception {
    Launch launch =
        Launch.jstrace(
            "-f",
            "-o",
            "/dev/null",
            "/bin/sh",
            "-c",
            "echo tracee $$; while :; do sleep 0.01; done");
    Launch.Running jstrace = launch.start();
    long tracer = jstrace.pid();
    if (milliseconds >= 300) {
      Launch.awaitLine(launch.directory().resolve("stdout"), "tracee ");
    }
    Thread.sleep(milliseconds);
    Proc.kill("KILL", tracer);
    assertEquals("killed 9", jstrace.await().status());
    Thread.sleep(200);
    // launch -S made a session: all that is left of it is the command
    for (long pid : session(tracer)) {
      String state = Proc.states(pid);
      assertFalse(
          state.contains("t") || state.contains("T"),
          "left stopped: " + pid + " " + state + " " + Proc.status(pid, "Name"));
      assertFalse(Proc.traced(pid));
      Proc.kill("KILL", pid);
    }
  }

  @Test
  void noProcessesAndNoFiles() throws Exception {
    Set<String> before = temporaryFiles();
    Launch launch =
        Launch.jstrace("-f", "-o", "log", Workspace.program("fork_storm").toString(), "50");
    Launch.Running jstrace = launch.start();
    long tracer = jstrace.pid();
    assertEquals("exited 0", jstrace.await().status());
    assertTrue(Proc.await(() -> session(tracer).isEmpty()), "left running: " + session(tracer));
    Set<String> after = temporaryFiles();
    after.removeAll(before);
    after.removeIf(
        name -> !name.contains("jstrace") && !name.contains("jffi") && !name.contains("jnr"));
    assertEquals(Set.of(), after);
    try (Stream<Path> files = Files.list(launch.directory())) {
      assertEquals(
          Set.of("log", "status", "stderr", "stdout"),
          new TreeSet<>(files.map(f -> f.getFileName().toString()).toList()));
    }
  }

  private static Set<String> temporaryFiles() throws Exception {
    Set<String> out = new TreeSet<>();
    for (String directory : new String[] {"/tmp", "/var/tmp", "/dev/shm"}) {
      if (Files.isDirectory(Path.of(directory))) {
        try (Stream<Path> files = Files.list(Path.of(directory))) {
          files.forEach(file -> out.add(file.toString()));
        }
      }
    }
    return out;
  }

  private static Set<Long> session(long leader) throws java.io.IOException {
    Set<Long> out = new TreeSet<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.toList()) {
        String name = process.getFileName().toString();
        if (!name.matches("\\d+")) {
          continue;
        }
        String stat;
        try {
          stat = Files.readString(process.resolve("stat"));
        } catch (java.io.IOException gone) {
          continue;
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        if (fields[3].equals(Long.toString(leader)) && !fields[0].equals("Z")) {
          out.add(Long.valueOf(name));
        }
      }
    }
    return out;
  }
}
