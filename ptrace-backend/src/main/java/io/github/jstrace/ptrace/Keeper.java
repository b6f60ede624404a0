// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.ChildWait;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Signals;
import io.github.jstrace.linux.WaitStatus;
import java.util.HashSet;
import java.util.Set;

/**
 * Lets tracees with a seccomp filter run on to their end, without a report. They cannot be let go
 * of as {@link Detacher} does it: without a tracer, each call that the filter tells of would fail
 * with ENOSYS, in them and in all their descendants.
 */
final class Keeper {
  private static final int WAIT = ChildWait.WALL | ChildWait.WNOTHREAD;

  /** How long to wait for stops that were told of but not handled, milliseconds. */
  private static final int SETTLING_MILLIS = 200;

  /** How long a thread may take from its creation to its first stop, milliseconds. */
  private static final int NEWBORN_MILLIS = 50;

  private final TraceeTable table;
  private final Requests requests;
  private final StopHandler stops;
  private final ChildWait wait;

  /** Threads that need us. */
  private final Set<Integer> kept = new HashSet<>();

  Keeper(TraceeTable table, Requests requests, StopHandler stops, ChildWait wait) {
    this.table = table;
    this.requests = requests;
    this.stops = stops;
    this.wait = wait;
  }

  /**
   * Ends the reports: sends the launched command {@code signal}, unless it is 0, and tells the
   * handler that all are let go of.
   *
   * @param failed a stop may not have been handled, as the handler failed
   */
  void takeOver(int signal, boolean failed) {
    int launched = stops.launchedTid();
    if (signal != 0 && launched != 0) {
      requests.kill(launched, Signals.SIGCONT);
      requests.kill(launched, signal);
    }
    NewbornTable newborns = stops.newborns();
    int newborn;
    while ((newborn = newborns.anyStopped()) != 0) {
      newborns.remove(newborn);
      kept.add(newborn);
      requests.cont(newborn, 0);
    }
    TraceeState[] all = table.all();
    for (TraceeState state : all) {
      kept.add(state.tid());
    }
    if (failed) {
      settle(all);
    }
    for (TraceeState state : all) {
      stops.forget(state);
    }
  }

  /** Serves until all are gone. */
  void run() {
    while (true) {
      int tid = wait.await(-1, kept.isEmpty() ? WAIT | ChildWait.WNOHANG : WAIT, false);
      if (tid > 0) {
        handle(tid, wait.status());
      } else if (tid == 0) {
        if (!awaitAny(NEWBORN_MILLIS)) {
          return; // what is left is no tracee
        }
      } else if (tid != -Errno.EINTR) {
        return; // ECHILD: nothing left
      }
    }
  }

  /** Handles the next stop, if it comes in time. */
  private boolean awaitAny(int millis) {
    for (int i = 0; i < millis; i++) {
      int tid = wait.await(-1, WAIT | ChildWait.WNOHANG, false);
      if (tid > 0) {
        handle(tid, wait.status());
        return true;
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  /** Resumes what stays in a stop though nothing is told of it any more. */
  private void settle(TraceeState[] all) {
    long end = requests.now() + SETTLING_MILLIS * 1_000_000L;
    while (requests.now() - end < 0) {
      awaitAny(1);
    }
    for (TraceeState state : all) {
      if (!state.listening && requests.state(state.tid()) == 't') {
        requests.cont(state.tid(), 0);
      }
    }
  }

  private void handle(int tid, int status) {
    WaitEvent event = WaitEvent.of(status);
    if (!event.isStop()) {
      if (event != WaitEvent.NOTHING) {
        kept.remove(tid);
      }
      return;
    }
    kept.add(tid);
    TraceeState state = table.get(tid);
    if (state != null) {
      state.listening = event == WaitEvent.GROUP_STOP;
    }
    switch (event) {
      case GROUP_STOP:
        requests.listen(tid);
        return;
      case SIGNAL_STOP:
        requests.cont(tid, WaitStatus.stopSignal(status));
        return;
      case NEW_CHILD:
        int child = (int) requests.eventMessage(tid);
        if (child > 0 && requests.isOurs(child)) {
          kept.add(child);
        }
        break;
      case EXEC:
        int former = (int) requests.eventMessage(tid);
        if (former > 0 && former != tid) {
          kept.remove(former);
        }
        break;
      default:
        break;
    }
    requests.cont(tid, 0);
  }
}
