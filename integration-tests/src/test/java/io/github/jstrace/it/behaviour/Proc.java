// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What {@code /proc} says of a process, and signals to it. */
final class Proc {
  private Proc() {}

  /** The value of {@code field} in {@code /proc/PID/status}, or "" for a process that is gone. */
  static String status(long pid, String field) throws IOException {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith(field + ":")) {
          return line.substring(field.length() + 1).trim();
        }
      }
    } catch (NoSuchFileException gone) {
      return "";
    } catch (IOException e) {
      // ESRCH: it went while it was read
      if (Files.exists(Path.of("/proc/" + pid))) {
        throw e;
      }
    }
    return "";
  }

  /** Whether any thread of the process is traced. */
  static boolean traced(long pid) throws IOException {
    for (long tid : threads(pid)) {
      String tracer = status(tid, "TracerPid");
      if (!tracer.isEmpty() && !tracer.equals("0")) {
        return true;
      }
    }
    return false;
  }

  /** The state letters of all threads. */
  static String states(long pid) throws IOException {
    StringBuilder out = new StringBuilder();
    for (long tid : threads(pid)) {
      String state = status(tid, "State");
      out.append(state.isEmpty() ? "" : state.substring(0, 1));
    }
    return out.toString();
  }

  static List<Long> threads(long pid) throws IOException {
    List<Long> out = new ArrayList<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      tasks.forEach(task -> out.add(Long.valueOf(task.getFileName().toString())));
    } catch (NoSuchFileException gone) {
      return List.of();
    }
    return out;
  }

  static void kill(String signal, long pid) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
        .inheritIO()
        .start()
        .waitFor(10, TimeUnit.SECONDS);
  }

  /** Waits until {@code condition} holds, ten seconds at most; whether it came to hold. */
  static boolean await(Condition condition) throws IOException, InterruptedException {
    for (int i = 0; i < 500; i++) {
      if (condition.holds()) {
        return true;
      }
      Thread.sleep(20);
    }
    return condition.holds();
  }

  /** Something that may come to hold. */
  interface Condition {
    boolean holds() throws IOException;
  }
}
