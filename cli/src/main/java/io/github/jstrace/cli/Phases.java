// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import org.jspecify.annotations.Nullable;

/**
 * Where the time of a start goes: with {@code -Djstrace.debug=startup} (as in {@code
 * JSTRACE_JAVA_OPTS=-Djstrace.debug=startup jstrace -c true}), says on stderr when each phase
 * ended, in milliseconds since the process was started and since the phase before.
 */
final class Phases {
  private static final @Nullable StringBuilder LOG =
      "startup".equals(System.getProperty("jstrace.debug")) ? new StringBuilder() : null;

  private static long began;
  private static long last;

  private Phases() {}

  /** The phase {@code name} ended now. */
  static void end(String name) {
    StringBuilder log = LOG;
    if (log == null) {
      return;
    }
    long now = System.nanoTime();
    if (began == 0) {
      began = now - sinceStart();
      last = began;
    }
    log.append("  ");
    millis(log, now - began);
    log.append(" ms  +");
    millis(log, now - last);
    log.append("  ").append(name).append('\n');
    last = System.nanoTime();
  }

  /** Nanoseconds since the kernel made this process, to 10 ms. */
  private static long sinceStart() {
    try {
      String stat =
          new String(
              java.nio.file.Files.readAllBytes(java.nio.file.Path.of("/proc/self/stat")),
              java.nio.charset.StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 21);
      // starttime, field 22 of proc(5), is in 100ths of a second since boot; the clock stands for
      // System.nanoTime.
      return System.nanoTime() - Long.parseLong(fields[19]) * 10_000_000L;
    } catch (java.io.IOException e) {
      return 0;
    }
  }

  private static void millis(StringBuilder log, long nanos) {
    String text = Long.toString(nanos / 1_000);
    while (text.length() < 4) {
      text = "0" + text;
    }
    int point = text.length() - 3;
    for (int i = point; i < 4; i++) {
      log.append(' ');
    }
    log.append(text, 0, point).append('.').append(text, point, point + 3);
  }

  /** Writes what was gathered. */
  static void report() {
    if (LOG != null) {
      Console.say("phases of this start:\n" + LOG);
    }
  }
}
