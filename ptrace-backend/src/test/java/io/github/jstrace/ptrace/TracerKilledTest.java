// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL of the tracer leaves tracees running, whatever they were doing. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TracerKilledTest {
  @TempDir private Path directory;

  private Process trace(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(TraceMain.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void killLater(Process tracer, int millis) throws Exception {
    while (tracer.getInputStream().read() != '\n') {
      Thread.sleep(1);
    }
    Thread.sleep(millis);
    assertTrue(tracer.isAlive());
    tracer.destroyForcibly();
    tracer.waitFor();
  }

  @Test
  void attachedProcessRunsOn() throws Exception {
    try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
      killLater(trace("-p", Integer.toString(orphan.pid)), 300);
      Thread.sleep(50);
      assertFalse(orphan.states().contains("t"), orphan.states());
      assertFalse(orphan.states().contains("T"), orphan.states());
      orphan.kill(10);
      assertEquals(0, orphan.exitStatus(), orphan.errors());
    }
  }

  @Test
  void launchedCommandRunsOnOrDies() throws Exception {
    String busy = Fixtures.path("busy");
    for (int i = 0; i < 5; i++) {
      Path end = directory.resolve("end" + i);
      String script = busy + " 4 200000; echo $? >" + end;
      killLater(trace("/bin/sh", "-c", script), 100 * i);
      if (i > 1) {
        for (int wait = 0; wait < 3000 && !Files.exists(end); wait++) {
          Thread.sleep(10);
        }
        Thread.sleep(10);
        assertEquals("0\n", Files.readString(end));
      }
    }
  }
}
