// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import io.github.jstrace.linux.Signals;

/**
 * Tells a terminal's ^C, which goes to the whole foreground process group and so to the launched
 * command as well, from a signal that somebody sent to this process alone. A Java signal handler is
 * not told the sender, but the tracer sees it when the command gets its copy.
 */
final class TerminalSignals {
  /** How long to wait for the command's copy. */
  private static final int TRIES = 20;

  private static final long TRY_MILLIS = 5;

  /** How much earlier than ours the command's copy may have come. */
  private static final long WINDOW_NANOS = 1_000_000_000L;

  private final ProcFs procFs = new ProcFs(Libc.get());
  private final StopHandler stops;

  TerminalSignals(StopHandler stops) {
    this.stops = stops;
  }

  /** Whether the terminal sent the signal that this process has just got. Takes up to 100 ms. */
  boolean sentByTerminal(int signal, int launchedPid) {
    if (launchedPid == 0 || !procFs.inForeground()) {
      return false;
    }
    long earliest = System.nanoTime() - WINDOW_NANOS;
    for (int i = 0; i < TRIES; i++) {
      long seen = stops.kernelSignalTime(signal);
      if ((seen != 0 && seen - earliest > 0) || isPending(signal, launchedPid)) {
        return true;
      }
      char state = procFs.state(launchedPid);
      if (state == 0 || state == 'Z') {
        return true; // it ended: there is nothing to be sent to it
      }
      try {
        Thread.sleep(TRY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  /** Whether a thread of the command has blocked the signal and keeps it for later. */
  private boolean isPending(int signal, int pid) {
    long pending = procFs.signalMask(pid, "ShdPnd") | procFs.signalMask(pid, "SigPnd");
    return (pending & Signals.maskOf(signal)) != 0;
  }
}
