// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process to attach to that is no child of this JVM, whose reaper would take the stops away from
 * the tracer. Its exit status is found in a file.
 */
final class Orphan implements AutoCloseable {
  private final Path directory;
  final int pid;

  /** Starts a command and waits until it prints a line. */
  Orphan(Path directory, String command) throws IOException, InterruptedException {
    this.directory = Files.createTempDirectory(directory, "orphan");
    String script =
        "cd "
            + this.directory
            + "; (sh -c 'echo $$ >pid; exec "
            + command
            + "' >out 2>err; echo $? >status.new; mv status.new status) </dev/null >/dev/null 2>&1 &";
    new ProcessBuilder("/bin/sh", "-c", script).start().waitFor();
    await("out");
    pid = Integer.parseInt(content("pid"));
  }

  private String content(String file) throws IOException {
    return Files.readString(directory.resolve(file), StandardCharsets.ISO_8859_1).trim();
  }

  private void await(String file) throws IOException, InterruptedException {
    for (int i = 0; i < 2000; i++) {
      if (Files.exists(directory.resolve(file)) && !content(file).isEmpty()) {
        return;
      }
      Thread.sleep(10);
    }
    assertTrue(false, file + " did not come");
  }

  int exitStatus() throws IOException, InterruptedException {
    await("status");
    return Integer.parseInt(content("status"));
  }

  String output() throws IOException {
    return content("out");
  }

  String errors() throws IOException {
    return content("err");
  }

  /** States of all threads, such as {@code SSR}. */
  String states() {
    ProcFs procFs = new ProcFs(Libc.get());
    StringBuilder result = new StringBuilder();
    for (int tid : procFs.threads(pid)) {
      char state = procFs.state(tid);
      result.append(state == 0 ? '-' : state);
    }
    return result.toString();
  }

  /** Waits for the threads to be in these states. */
  void awaitStates(String expected) throws InterruptedException {
    String last = "";
    for (int i = 0; i < 300; i++) {
      last = states();
      if (last.equals(expected)) {
        return;
      }
      Thread.sleep(10);
    }
    assertEquals(expected, last);
  }

  void kill(int signal) {
    Libc.get().kill(pid, signal);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (!Files.exists(directory.resolve("status"))) {
      kill(9);
      await("status");
    }
  }
}
