// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.sink;

import java.nio.charset.StandardCharsets;

/**
 * What is no part of a trace but told along with it on stderr: which threads come and go, what was
 * lost.
 */
public final class Messages {
  private final String programName;
  private final Output stderr;
  private final boolean quietAttach;

  /**
   * Makes the messages.
   *
   * @param programName what each begins with: the name that jstrace was started by
   * @param stderr may be the output of the trace itself: a message then stands within the line that
   *     is unfinished
   * @param quietAttach {@code -e quiet=attach}: nothing about threads that come and go
   */
  public Messages(String programName, Output stderr, boolean quietAttach) {
    this.programName = programName;
    this.stderr = stderr;
    this.quietAttach = quietAttach;
  }

  /** A thread made by another one is traced from now on. */
  public void attached(int tid) {
    if (!quietAttach) {
      print("Process " + tid + " attached");
    }
  }

  public void detached(int tid) {
    if (!quietAttach) {
      print("Process " + tid + " detached");
    }
  }

  public void lost(long count) {
    print(count + (count == 1 ? " event was lost" : " events were lost"));
  }

  /**
   * Calls that a summary has no room for: more processes, threads and calls than it can tell apart.
   */
  public void uncounted(long count) {
    print(count + (count == 1 ? " call was" : " calls were") + " not counted, for lack of room");
  }

  private void print(String message) {
    byte[] line = (programName + ": " + message + "\n").getBytes(StandardCharsets.UTF_8);
    stderr.write(line, 0, line.length);
    stderr.commit(System.nanoTime());
  }

  public void flush() {
    stderr.flush();
  }
}
