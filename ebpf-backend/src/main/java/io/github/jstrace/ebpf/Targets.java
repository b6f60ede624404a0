// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.ebpf.codegen.Selection;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;

/**
 * Processes that run already: marks their threads in the bytes of {@link Selection}. The programs
 * that follow threads must run by then.
 */
final class Targets {
  /** A process that makes threads faster than they can be listed is caught by fork following. */
  private static final int MAX_LISTINGS = 100;

  private final ProcFs procFs;
  private final NativeMemory tasks;
  private final EbpfOptions options;
  private final int ownPid;
  private int attached;

  Targets(Libc libc, NativeMemory tasks, EbpfOptions options) {
    this.procFs = new ProcFs(libc);
    this.tasks = tasks;
    this.options = options;
    this.ownPid = libc.getpid();
  }

  /**
   * Marks all that were asked for. One that cannot be is told to the handler.
   *
   * @throws TraceException if none could be and there is no command either, or one is this process
   */
  void attachAll(TraceHandler handler) throws TraceException {
    int[] pids = options.pids();
    for (int pid : pids) {
      if (pid == ownPid || procFs.tgid(pid) == ownPid) {
        throw new TraceException("process " + pid + " is this tracer itself");
      }
    }
    boolean any = options.launch() != null;
    for (int i = 0; i < pids.length; i++) {
      int pid = pids[i];
      int count = attach(pid);
      if (count > 0) {
        any = true;
        handler.processAttached(pid, count);
        continue;
      }
      String failure = "attach: process " + pid + ": " + reason(pid);
      if (any || i < pids.length - 1) {
        handler.attachFailed(pid, failure);
      } else {
        throw new TraceException(failure);
      }
    }
  }

  private String reason(int pid) {
    if (procFs.isKernelThread(pid)) {
      return "a kernel thread: these make no system calls";
    }
    return procFs.state(pid) == 'Z'
        ? "a zombie: it has ended, and its parent has not asked for its exit status yet"
        : "No such process";
  }

  /** How many threads were marked. */
  int attached() {
    return attached;
  }

  /** Marks a process or thread; returns how many threads that are now traced because of it. */
  private int attach(int pid) {
    int tgid = procFs.tgid(pid);
    if (tgid <= 0 || procFs.isKernelThread(pid)) {
      return 0;
    }
    int count = mark(pid) ? 1 : 0;
    if (tgid != pid && !options.followForks()) {
      return count;
    }
    int before = -1;
    for (int i = 0; i < MAX_LISTINGS && count != before; i++) {
      before = count;
      for (int tid : procFs.threads(pid)) {
        if (tid != pid && mark(tid)) {
          count++;
        }
      }
    }
    return count;
  }

  /** False if it is traced already, or gone. */
  private boolean mark(int tid) {
    if (tid >= tasks.size() || tasks.getByte(tid) != 0) {
      return false;
    }
    tasks.putByte(tid, (byte) Selection.MAY_BE_IN_CALL);
    attached++;
    char state = procFs.state(tid);
    if (state != 0 && state != 'Z' && state != 'X') {
      return true;
    }
    // It ended, and maybe before it was marked: then nobody would take the mark off.
    if (tasks.getByte(tid) != 0) {
      tasks.putByte(tid, (byte) 0);
      attached--;
    }
    return false;
  }
}
