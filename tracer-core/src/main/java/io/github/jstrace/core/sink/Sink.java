// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.sink;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.stack.StackFrame;
import io.github.jstrace.core.value.Value;

/**
 * Shows or counts events that passed the filters. Called on the tracer thread; a sink must never
 * block the tracee for longer than writing takes, and never throws for an output that fails: it
 * says so once and goes quiet. An event that a sink does not override is none of its business.
 */
public interface Sink {
  /** Whether the calls given to this sink need decoded arguments; a summary does not. */
  boolean wantsValues();

  /** Whether {@link #callEntered} is of use to this sink: one that writes whole calls says no. */
  boolean wantsEntries();

  /**
   * {@code call} has the arguments that are known at entry. Not called when a status filter must
   * wait for the exit.
   */
  default void callEntered(Tracee tracee, DecodedCall call) {}

  /**
   * The call is complete: it returned, or (with {@link Tracee#resultKnown()} false) its thread
   * ended in it. To a sink that {@link #wantsEntries wants} no entries, also if the thread was
   * detached from.
   */
  default void callExited(Tracee tracee, DecodedCall call) {}

  /**
   * The stack of the thread at the call, signal or end that is told of next. Of a call that ended
   * the thread it belongs to that end, too.
   */
  default void stack(Tracee tracee, StackFrame[] frames) {}

  default void signalled(Tracee tracee, int signal, Value siginfo) {}

  default void stopped(Tracee tracee, int signal) {}

  default void attached(Tracee tracee, int parentTid) {}

  /** The thread is about to end, and can still be asked what it is. */
  default void exiting(Tracee tracee) {}

  default void exited(Tracee tracee, int status) {}

  default void killed(Tracee tracee, int signal, boolean coreDumped) {}

  /** The thread was ended by a signal that the signal filter hides. */
  default void vanished(Tracee tracee) {}

  default void superseded(Tracee tracee, int byTid) {}

  default void detached(Tracee tracee) {}

  default void lost(long count) {}

  /** See {@link io.github.jstrace.core.TraceHandler#processAttached}. */
  default void processAttached(int pid, int threads) {}

  /** See {@link io.github.jstrace.core.TraceHandler#attachFailed}. */
  default void attachFailed(int pid, String message) {}

  /** See {@link io.github.jstrace.core.TraceHandler#tamperingFailed}. */
  default void tamperingFailed(Tracee tracee, String message) {}

  /** The tracer is about to block: what was gathered must be visible now. */
  default void idle() {}

  /** The end: write what remains (summaries, buffers). */
  default void finished() {}
}
