// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TracerBackend;
import org.jspecify.annotations.Nullable;

/** What traces and summaries have in common: a command, maybe, and being told to stop. */
abstract class EbpfTracer implements TracerBackend {
  private volatile @Nullable CommandProcess command;
  private volatile boolean stopping;
  private volatile int stopSignal;

  @Override
  public final @Nullable ExitResult exitResult() {
    CommandProcess launched = command;
    return launched == null ? null : launched.result();
  }

  @Override
  public final @Nullable String launchFailure() {
    CommandProcess launched = command;
    return launched == null ? null : launched.failure();
  }

  @Override
  public final boolean sentByTerminal(int signal) {
    CommandProcess launched = command;
    return launched != null && launched.sentByTerminal(signal);
  }

  @Override
  public final synchronized void stop(int signal) {
    if (!stopping) {
      stopSignal = signal;
      stopping = true;
    }
    wake();
  }

  /** Ends the wait of {@link #run}, now or the next time. Called by any thread, one at a time. */
  abstract void wake();

  /** The command that was launched; null if there is none, or not yet. */
  final @Nullable CommandProcess command() {
    return command;
  }

  final void setCommand(CommandProcess launched) {
    command = launched;
  }

  /** Whether {@link #stop} was called. */
  final boolean stopping() {
    return stopping;
  }

  /** The signal of {@link #stop}; 0 if there was none. */
  final int stopSignal() {
    return stopSignal;
  }
}
