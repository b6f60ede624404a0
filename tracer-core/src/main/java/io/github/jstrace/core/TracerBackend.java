// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core;

import org.jspecify.annotations.Nullable;

/** A source of events. */
public interface TracerBackend {
  /**
   * Traces until every tracee is gone, or {@link #stop} is called, reporting to {@code handler} on
   * the calling thread.
   *
   * @throws TraceException if tracing cannot begin: no such process, no privilege, a command that
   *     cannot be run
   */
  void run(TraceHandler handler) throws TraceException;

  /**
   * Asks {@link #run} to let go of every tracee and to return; may be called from any thread, also
   * twice.
   *
   * @param signal the signal because of which, which a launched command is sent before it is let
   *     go, or 0
   */
  void stop(int signal);

  /**
   * How the launched command ended; null if there was none, or it was let go of before it ended.
   * Valid after {@link #run}, and when the end of the command is reported.
   */
  @Nullable ExitResult exitResult();

  /**
   * Why the command was not run at all, as one line such as {@code exec: No such file or
   * directory}; null if it was. To be asked when {@link #exitResult} is not null.
   */
  @Nullable String launchFailure();

  /**
   * Whether the signal that this process has just got was sent by its terminal, and so to the
   * launched command, too. May be called from any thread but that of {@link #run}; takes up to 100
   * ms.
   */
  boolean sentByTerminal(int signal);
}
