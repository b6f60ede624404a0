// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.ChildWait;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Signals;
import io.github.jstrace.linux.WaitStatus;
import org.jspecify.annotations.Nullable;

/**
 * Lets go of all tracees, each at a stop, as only there PTRACE_DETACH works: running ones run on,
 * group-stopped ones stay stopped, a signal about to be delivered is delivered. Those that have our
 * seccomp filter are given what they need to run without a tracer ({@link Releaser}); where that
 * cannot be, they stay tracees until the tracer ends, and a guardian takes them over.
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

  /** Whether tracees have, or may have, our seccomp filter. */
  private boolean filtered;

  private boolean anyLeft;

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
   * @return false if threads with our filter could not be let go of
   */
  boolean run(int signal) {
    int launched = stops.launchedTid();
    if (signal != 0 && launched != 0) {
      requests.kill(launched, Signals.SIGCONT);
      requests.kill(launched, signal);
    }
    filtered = stops.pushDown().planned();
    NewbornTable newborns = stops.newborns();
    int newborn;
    while ((newborn = newborns.anyStopped()) != 0) {
      newborns.remove(newborn);
      letGoOfNewborn(newborn);
    }
    for (TraceeState state : table.all()) {
      requests.interrupt(state.tid());
    }
    awaitStops();
    for (TraceeState state : table.all()) {
      leave(state);
    }
    return !anyLeft;
  }

  /** A thread whose parent was not seen to make it. */
  private void letGoOfNewborn(int tid) {
    if (filtered) {
      requests.cont(tid, 0);
      anyLeft = true;
    } else {
      requests.detach(tid, 0);
    }
  }

  /** Waits no longer for a thread. */
  private void leave(TraceeState state) {
    if (filtered) {
      table.keepGuarded(state);
      anyLeft = true;
    }
    stops.forget(state);
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
    if (filtered) {
      handleFiltered(tid, state, event, status);
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

  /** A thread that has our filter: it can be let go of where it was interrupted, and only there. */
  private void handleFiltered(int tid, @Nullable TraceeState state, WaitEvent event, int status) {
    switch (event) {
      case TRAP_STOP:
      case GROUP_STOP:
        if (state == null) {
          stops.newborns().put(tid, status); // its parent will tell of it
        } else {
          release(state, event);
        }
        return;
      case SIGNAL_STOP:
        interruptAgain(tid, WaitStatus.stopSignal(status));
        return;
      case NEW_CHILD:
        if (state != null) {
          int child = (int) requests.eventMessage(tid);
          int childStatus = stops.newborns().remove(child);
          TraceeState adopted = stops.adopt(state, WaitStatus.ptraceEvent(status));
          if (adopted != null && childStatus != NewbornTable.NONE) {
            handle(child, childStatus);
          }
        }
        break;
      default:
        break;
    }
    interruptAgain(tid, 0);
  }

  /** Any stop takes the place of the one that was asked for. */
  private void interruptAgain(int tid, int signal) {
    requests.interrupt(tid);
    requests.cont(tid, signal);
  }

  private void release(TraceeState state, WaitEvent event) {
    int result =
        stops.pushDown().mayRelease(state)
            ? requests.release(state.tid(), state.tracee.tgid(), state.releasable, 0)
            : -Errno.EACCES;
    if (result >= 0) {
      stops.forget(state);
    } else if (result == -Errno.ESRCH) {
      stops.ended(state, requests.endStatus());
    } else {
      if (event == WaitEvent.GROUP_STOP) {
        requests.listen(state.tid());
      } else {
        requests.cont(state.tid(), 0);
      }
      leave(state);
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
      if (kind == 't' && late && !filtered) {
        requests.detach(state.tid(), 0);
      }
      if (kind == 'Z' || kind == 'X' || kind == 0) {
        stops.forget(state);
      } else if (late && (kind == 'D' || kind == 't')) {
        leave(state);
      }
    }
  }
}
