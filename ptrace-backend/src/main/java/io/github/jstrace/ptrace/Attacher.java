// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import org.jspecify.annotations.Nullable;

/** Attaches to running processes, and says why when that is not possible. */
final class Attacher {
  /** A process that makes threads faster than they can be listed is caught by fork following. */
  private static final int MAX_LISTINGS = 100;

  private final Libc libc;
  private final ProcFs procFs;
  private final TraceeTable table;
  private final Requests requests;
  private final StopHandler stops;
  private final TraceHandler handler;
  private final PtraceOptions options;
  private final int ptraceOptions;

  Attacher(
      Libc libc,
      ProcFs procFs,
      TraceeTable table,
      Requests requests,
      StopHandler stops,
      TraceHandler handler,
      PtraceOptions options,
      int ptraceOptions) {
    this.libc = libc;
    this.procFs = procFs;
    this.table = table;
    this.requests = requests;
    this.stops = stops;
    this.handler = handler;
    this.options = options;
    this.ptraceOptions = ptraceOptions;
  }

  /**
   * Attaches to all processes asked for. One that cannot be is told to the handler.
   *
   * @throws TraceException if none could be and there is no command either, or one is this process
   */
  void attachAll() throws TraceException {
    int[] pids = options.pids();
    int self = libc.getpid();
    for (int pid : pids) {
      if (pid == self || procFs.tgid(pid) == self) {
        throw new TraceException("process " + pid + " is this tracer itself");
      }
    }
    boolean any = options.launch() != null;
    for (int i = 0; i < pids.length; i++) {
      String failure = attach(pids[i]);
      if (failure == null) {
        any = true;
      } else if (any || i < pids.length - 1) {
        handler.attachFailed(pids[i], failure);
      } else {
        throw new TraceException(failure);
      }
    }
  }

  /** Returns null, or why it did not work. */
  private @Nullable String attach(int pid) {
    if (table.get(pid) != null) {
      return null; // asked for twice
    }
    int result = requests.seize(pid, ptraceOptions);
    int count = 0;
    int tgid = Math.max(procFs.tgid(pid), 1);
    if (result >= 0) {
      grab(pid, tgid);
      count++;
    }
    // A process that another one traces is left to it, although some of its threads may be free.
    boolean taken = result < 0 && procFs.tracerPid(pid) > 0;
    // A process id stands for all of its threads; that of another thread only for itself, unless
    // what it makes is to be followed anyway.
    if (!taken && (tgid == pid || options.followForks())) {
      count += attachThreads(pid, tgid);
    }
    if (count == 0) {
      return "attach: ptrace(PTRACE_SEIZE, " + pid + "): " + reason(pid, -result);
    }
    handler.processAttached(pid, count);
    return null;
  }

  /** Attaches to the other threads, and to those that they make meanwhile. Returns how many. */
  private int attachThreads(int pid, int tgid) {
    int count = 0;
    int before = -1;
    for (int i = 0; i < MAX_LISTINGS && count != before; i++) {
      before = count;
      for (int tid : procFs.threads(pid)) {
        // one that is ours already comes from a thread seized before: its event will tell
        if (table.get(tid) == null && requests.seize(tid, ptraceOptions) >= 0) {
          grab(tid, tgid);
          count++;
        }
      }
    }
    return count;
  }

  private void grab(int tid, int tgid) {
    stops.addGrabbed(tid, tgid);
    requests.interrupt(tid);
  }

  private String reason(int pid, int errno) {
    if (errno == Errno.ESRCH) {
      return "No such process";
    }
    if (errno == Errno.EIO) {
      return "Input/output error";
    }
    String cause = causeOf(pid);
    return cause == null ? "Operation not permitted" : "Operation not permitted (" + cause + ")";
  }

  /** Why the kernel may have refused, and what would help. */
  private @Nullable String causeOf(int pid) {
    if (procFs.state(pid) == 'Z') {
      return "a zombie: it has ended, and its parent "
          + procFs.ppid(pid)
          + " has not asked for its exit status yet";
    }
    int tracer = procFs.tracerPid(pid);
    if (tracer > 0) {
      return "traced already by process " + tracer + ", and there can be one tracer only";
    }
    if (procFs.isKernelThread(pid)) {
      return "a kernel thread: these make no system calls and cannot be traced";
    }
    if (libc.geteuid() == 0) {
      return "it needs CAP_SYS_PTRACE, which this container or sandbox may withhold";
    }
    byte[] scope = procFs.read(ProcFs.path(0, "/../sys/kernel/yama/ptrace_scope"));
    if (scope != null && scope.length > 0 && scope[0] != '0') {
      return "/proc/sys/kernel/yama/ptrace_scope is "
          + (char) scope[0]
          + (scope[0] == '3'
              ? ": no process may be attached to until the next boot"
              : ": run as root or with CAP_SYS_PTRACE, or start the command under the tracer");
    }
    long uid = procFs.statusNumber(pid, "Uid", 10);
    if (uid >= 0 && uid != libc.geteuid()) {
      return "it runs as user " + uid + ": run as that user or with CAP_SYS_PTRACE";
    }
    return "it has privileges that this process has not: run as root or with CAP_SYS_PTRACE";
  }
}
