// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.Tracee;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes down what a backend reports, a line an event, and checks that the order makes sense. */
final class Recorder implements TraceHandler {
  final List<String> lines = new ArrayList<>();

  /** Nonsense that was reported. */
  final List<String> faults = new ArrayList<>();

  /** Completed calls by number, without those that are to be restarted. */
  final Map<Integer, Integer> calls = new HashMap<>();

  final Map<Integer, Boolean> alive = new HashMap<>();
  boolean keepCalls = true;
  int attached;
  int ended;
  int detached;
  int idles;
  boolean finished;

  /** Set when something is attached. */
  volatile boolean begun;

  /** Number of entries after which to throw an exception. */
  int failAfter = Integer.MAX_VALUE;

  /** Run at each entry. */
  Runnable onEntry = () -> {};

  private void line(String line) {
    synchronized (lines) {
      lines.add(line);
    }
  }

  boolean has(String line) {
    synchronized (lines) {
      return lines.contains(line);
    }
  }

  private void check(Tracee tracee, String what) {
    if (alive.get(tracee.tid()) == null) {
      faults.add(what + " of unknown thread " + tracee.tid());
    }
  }

  private void end(Tracee tracee, String what) {
    check(tracee, what);
    alive.remove(tracee.tid());
  }

  @Override
  public void attached(Tracee tracee, int parentTid) {
    attached++;
    begun = true;
    if (alive.put(tracee.tid(), true) != null) {
      faults.add("attached twice: " + tracee.tid());
    }
    line("attached " + tracee.tid() + " by " + parentTid + " in " + tracee.tgid());
  }

  @Override
  public void processAttached(int pid, int threads) {
    line("process " + pid + " with " + threads);
  }

  @Override
  public void attachFailed(int pid, String message) {
    line("failed " + pid + " " + message);
  }

  @Override
  public void syscallEntered(Tracee tracee) {
    check(tracee, "entry");
    onEntry.run();
    if (--failAfter == 0) {
      throw new ArithmeticException("on purpose");
    }
    if (keepCalls) {
      line("enter " + tracee.tid() + " " + tracee.number());
    }
  }

  @Override
  public void syscallExited(Tracee tracee) {
    check(tracee, "exit");
    if (tracee.errno() < 512) {
      calls.merge(tracee.number(), 1, Integer::sum);
    }
    if (keepCalls) {
      line(
          "exit "
              + tracee.tid()
              + " "
              + tracee.number()
              + " = "
              + tracee.result()
              + " errno "
              + tracee.errno());
    }
  }

  @Override
  public void signalled(Tracee tracee, int signal, byte[] siginfo) {
    check(tracee, "signal");
    line("signal " + tracee.tid() + " " + signal + " info " + siginfo.length);
  }

  @Override
  public void stopped(Tracee tracee, int signal) {
    check(tracee, "stop");
    line("stopped " + tracee.tid() + " " + signal);
  }

  @Override
  public void exiting(Tracee tracee) {
    check(tracee, "beginning of the end");
    if (keepCalls && tracee.inSyscall()) {
      line("exiting " + tracee.tid() + " in " + tracee.number());
    }
  }

  @Override
  public void exited(Tracee tracee, int status) {
    end(tracee, "end");
    ended++;
    line("exited " + tracee.tid() + " " + status);
  }

  @Override
  public void killed(Tracee tracee, int signal, boolean coreDumped) {
    end(tracee, "end");
    ended++;
    line("killed " + tracee.tid() + " " + signal);
  }

  @Override
  public void superseded(Tracee tracee, Tracee byTid) {
    check(tracee, "supersede");
    end(byTid, "supersede");
    line("superseded " + tracee.tid() + " by " + byTid.tid());
  }

  @Override
  public void detached(Tracee tracee) {
    end(tracee, "detach");
    detached++;
    line("detached " + tracee.tid() + (tracee.inSyscall() ? " in " + tracee.number() : ""));
  }

  @Override
  public void lost(long count) {}

  @Override
  public void idle() {
    idles++;
  }

  @Override
  public void finished() {
    finished = true;
  }
}
