// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.ebpf.codegen.Selection;
import io.github.jstrace.ebpf.trace.FoundState;
import io.github.jstrace.ebpf.trace.TraceReplay;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

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
  private int[] marked = new int[16];
  private int markedCount;

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
    if (markedCount == marked.length) {
      marked = Arrays.copyOf(marked, 2 * markedCount);
    }
    marked[markedCount++] = tid;
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

  /**
   * Tells which threads were marked and live, and then what they are doing: what they have done
   * since they were marked, records tell.
   */
  void tell(TraceReplay replay, TraceReplay.LiveMemory live) {
    for (int i = 0; i < markedCount; i++) {
      int tgid = procFs.tgid(marked[i]);
      // An end that was seen already has taken the mark off.
      if (tgid > 0 && tasks.getByte(marked[i]) != 0) {
        replay.attach(marked[i], tgid);
      }
    }
    for (int i = 0; i < markedCount; i++) {
      FoundState found = replay.knows(marked[i]) ? look(marked[i], live) : null;
      if (found != null) {
        replay.found(marked[i], found);
      }
    }
  }

  /**
   * What a thread is doing. Only of one that waits is it sure that it is within a call: what {@code
   * /proc/TID/syscall} says of one that is stopped, or about to run, may be over.
   */
  private @Nullable FoundState look(int tid, TraceReplay.LiveMemory live) {
    char state = procFs.state(tid);
    if (state == 'T') {
      return FoundState.stopped(procFs.stopSignal(tid), System.nanoTime(), wanted(tid));
    }
    byte[] path = ProcFs.path(tid, "/syscall");
    byte[] call = waits(state) ? procFs.read(path) : null;
    if (call == null) {
      return null;
    }
    FoundState found =
        FoundState.inCall(
            new String(call, StandardCharsets.ISO_8859_1), System.nanoTime(), wanted(tid));
    found.copy(live.of(tid));
    return waits(procFs.state(tid)) && Arrays.equals(call, procFs.read(path)) ? found : null;
  }

  private static boolean waits(char state) {
    return state == 'S' || state == 'D';
  }

  /** Whether a thread's name is asked for. Its control group only the kernel can tell. */
  private boolean wanted(int tid) {
    if (options.comms().isEmpty() || options.cgroup() != null) {
      return options.cgroup() == null;
    }
    byte[] comm = procFs.comm(tid);
    for (byte[] name : options.comms()) {
      if (Arrays.equals(name, comm)) {
        return true;
      }
    }
    return false;
  }
}
