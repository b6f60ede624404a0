// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core;

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
}
