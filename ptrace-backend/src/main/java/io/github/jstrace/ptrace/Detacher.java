// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.ChildWait;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Signals;
import io.github.jstrace.linux.WaitStatus;

/**
 * Lets go of all tracees, each at a stop, as only there PTRACE_DETACH works: running ones run on,
 * group-stopped ones stay stopped, a signal about to be delivered is delivered.
 */
final class Detacher {
  /**
   * How long to wait for tracees that do not stop, such as in uninterruptible sleep. The end of the
   * tracer thread frees those.
   */
  private static final long PATIENCE_NANOS = 3_000_000_000L;

  /** How often to look for threads that will never stop. */
  private static final long STATE_CHECK_NANOS = 20_000_000L;

  /** How long to wait for one in uninterruptible sleep: a disk is faster, a dead NFS is not. */
  private static final long SLEEPER_PATIENCE_NANOS = 200_000_000L;

  /** Says whether to wait no longer. */
  interface Hurry {
    boolean now();
  }

  private final TraceeTable table;
  private final Requests requests;
  private final StopHandler stops;
  private final ChildWait wait;
  private final Hurry hurry;

  /** Newborns of which we know from their parents only. */
  private final NewbornTable expected = new NewbornTable();

  Detacher(TraceeTable table, Requests requests, StopHandler stops, ChildWait wait, Hurry hurry) {
    this.table = table;
    this.requests = requests;
    this.stops = stops;
    this.wait = wait;
    this.hurry = hurry;
  }

  /**
   * Lets go.
   *
   * @param signal what to send the launched command before, or 0
   */
  void run(int signal) {
    int launched = stops.launchedTid();
    if (signal != 0 && launched != 0) {
      requests.kill(launched, Signals.SIGCONT);
      requests.kill(launched, signal);
    }
    NewbornTable newborns = stops.newborns();
    int newborn;
    while ((newborn = newborns.anyStopped()) != 0) {
      newborns.remove(newborn);
      requests.detach(newborn, 0);
    }
    for (TraceeState state : table.all()) {
      requests.interrupt(state.tid());
    }
    awaitStops();
    for (TraceeState state : table.all()) {
      stops.forget(state);
    }
  }

  private void awaitStops() {
    long now = requests.now();
    long deadline = now + PATIENCE_NANOS;
    long sleeperDeadline = now + SLEEPER_PATIENCE_NANOS;
    long stateCheck = now + STATE_CHECK_NANOS;
    while (!table.isEmpty() || !expected.isEmpty()) {
      int tid = wait.await(-1, ChildWait.WALL | ChildWait.WNOTHREAD | ChildWait.WNOHANG, false);
      if (tid > 0) {
        handle(tid, wait.status());
      } else if (tid == 0) {
        now = requests.now();
        if (now - deadline > 0 || hurry.now()) {
          return;
        }
        if (now - stateCheck > 0) {
          forgetUnstoppable(now - sleeperDeadline > 0);
          stateCheck = now + STATE_CHECK_NANOS;
        }
        try {
          Thread.sleep(1);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      } else if (tid != -Errno.EINTR) {
        return; // ECHILD: nothing left
      }
    }
  }

  private void handle(int tid, int status) {
    WaitEvent event = WaitEvent.of(status);
    TraceeState state = table.get(tid);
    expected.remove(tid);
    if (!event.isStop()) {
      if (state != null && event != WaitEvent.NOTHING) {
        stops.ended(state, status);
      }
      return;
    }
    int child = event == WaitEvent.NEW_CHILD ? (int) requests.eventMessage(tid) : 0;
    int signal = event == WaitEvent.SIGNAL_STOP ? WaitStatus.stopSignal(status) : 0;
    int result = requests.detach(tid, signal);
    if (state != null && result >= 0) {
      stops.forget(state);
    }
    if (child > 0 && table.get(child) == null && requests.isOurs(child)) {
      expected.put(child, 0);
    }
  }

  /**
   * A leader that has exited while other threads live never stops and cannot be detached; one in
   * uninterruptible sleep, such as the parent of a vfork, stops who knows when; one that is in a
   * stop already, told of but not handled because a handler failed, does not tell again.
   */
  private void forgetUnstoppable(boolean late) {
    for (TraceeState state : table.all()) {
      char kind = requests.state(state.tid());
      if (kind == 't' && late) {
        requests.detach(state.tid(), 0);
      }
      if (kind == 'Z' || kind == 'X' || kind == 0 || (late && (kind == 'D' || kind == 't'))) {
        stops.forget(state);
      }
    }
  }
}
