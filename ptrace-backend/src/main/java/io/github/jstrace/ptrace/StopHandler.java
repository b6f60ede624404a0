// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.tamper.Injection;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Ptrace;
import io.github.jstrace.linux.WaitStatus;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/**
 * The state machine: takes one wait status after the other, reports what it means and lets the
 * thread go on. All it asks of the kernel goes through {@link Requests}.
 */
final class StopHandler {
  /** si_code of a signal that the kernel itself sent, such as a terminal's ^C. */
  private static final int SI_KERNEL = 0x80;

  private final TraceeTable table;
  private final Requests requests;
  private final TraceHandler handler;
  private final TraceHandler silence = new Silence();
  private final Abi nativeAbi;
  private final Abi otherAbi;
  private final int launchCall;

  /** Children whose stop came before the event of their parent; they wait for it. */
  private final NewbornTable newborns = new NewbornTable();

  private final PushDown pushDown;
  private final int seccompCall;
  private @Nullable StopObserver observer;
  private boolean detachOnExec;
  private boolean silentChildren;

  /** How many of the tracees are reported. */
  private int reported;

  private int launchedTid;
  private boolean launchedExecuted;
  private @Nullable ExitResult exitResult;
  private boolean kernelTooOld;
  private @Nullable CoLocation coLocation;
  private @Nullable Tampering tampering;
  private final MaskCalls maskCalls = new MaskCalls();

  /** By signal: when the kernel last sent it to a tracee, {@link Requests#now}; 0 for never. */
  private final long[] kernelSignals = new long[65];

  private volatile int kernelSignalCount;

  /**
   * @param launchCall number of the native execve
   */
  StopHandler(
      TraceeTable table,
      Requests requests,
      TraceHandler handler,
      Abi nativeAbi,
      Abi otherAbi,
      int launchCall) {
    this.table = table;
    this.requests = requests;
    this.handler = handler;
    this.nativeAbi = nativeAbi;
    this.otherAbi = otherAbi;
    this.launchCall = launchCall;
    this.pushDown = new PushDown(table, requests);
    this.seccompCall = FilterProgram.seccomp(nativeAbi);
  }

  /** What the kernel filters for us. */
  PushDown pushDown() {
    return pushDown;
  }

  void setObserver(@Nullable StopObserver value) {
    observer = value;
  }

  void setDetachOnExec(boolean value) {
    detachOnExec = value;
  }

  /**
   * Children are not to be reported. They are tracees only as they inherit our filter, until they
   * can be let go of.
   */
  void setSilentChildren(boolean value) {
    silentChildren = value;
  }

  /** Whether nothing is left to report. */
  boolean isDone() {
    return reported == 0;
  }

  private TraceHandler handlerOf(TraceeState state) {
    return state.silent ? silence : handler;
  }

  /** Lets tracer and tracees share a CPU when that is of use; null: never. */
  void setCoLocation(@Nullable CoLocation value) {
    coLocation = value;
  }

  /** Tampers with calls; null: never. */
  void setTampering(@Nullable Tampering value) {
    tampering = value;
  }

  /** Begins with the launched command, seized, which is still in our own launching. */
  void addLaunched(int pid) {
    TraceeState state = add(pid, pid, 0, false);
    state.hidden = true;
    launchedTid = pid;
  }

  /** Begins with a thread that was seized by request, and will be interrupted. */
  void addGrabbed(int tid, int tgid) {
    add(tid, tgid, 0, false).grabbed = true;
  }

  /** How the launched command ended, null if it did not (yet). */
  @Nullable ExitResult exitResult() {
    return exitResult;
  }

  /** The kernel lacks PTRACE_GET_SYSCALL_INFO. */
  boolean kernelTooOld() {
    return kernelTooOld;
  }

  /**
   * When the kernel itself (a terminal) last sent a signal to a tracee; 0 for never. Any thread.
   */
  long kernelSignalTime(int signal) {
    return kernelSignalCount == 0 ? 0 : kernelSignals[signal];
  }

  /**
   * Handles one status.
   *
   * @param systemTime CPU time that the process spent in the kernel so far, nanoseconds
   */
  void handle(int tid, int status, long systemTime) {
    if (observer != null) {
      observer.reported(tid, status);
    }
    TraceeState state = table.get(tid);
    WaitEvent event = WaitEvent.of(status);
    if (state == null) {
      handleStranger(tid, status, event);
      return;
    }
    switch (event) {
      case SYSCALL_STOP:
        if (syscallStop(state, systemTime)) {
          leaveCallStop(state);
        }
        return;
      case SECCOMP_STOP:
        // where every call is stopped at, its entry has been seen already
        if (state.hidden || state.tracee.inSyscall()) {
          resume(state, 0);
        } else if (syscallStop(state, systemTime)) {
          leaveCallStop(state);
        }
        return;
      case SIGNAL_STOP:
        signalStop(state, WaitStatus.stopSignal(status));
        return;
      case GROUP_STOP:
        groupStop(state, WaitStatus.stopSignal(status));
        return;
      case TRAP_STOP:
        state.listening = false;
        grabbed(state);
        if (!state.releasable || !released(state)) {
          resume(state, 0);
        }
        return;
      case NEW_CHILD:
        newChild(state, WaitStatus.ptraceEvent(status));
        resume(state, 0);
        return;
      case EXEC:
        exec(state);
        return;
      case EXITING:
        forgetDelay(state);
        if (!state.hidden) {
          handlerOf(state).exiting(state.tracee);
          state.tracee.abandon(requests.now());
        }
        resume(state, 0);
        return;
      case OTHER_STOP:
        resume(state, 0);
        return;
      case EXITED:
      case KILLED:
        ended(state, status);
        return;
      case NOTHING:
        return;
    }
  }

  /** Returns whether the thread can go on; false if it was killed meanwhile. */
  private boolean syscallStop(TraceeState state, long systemTime) {
    Tracee tracee = state.tracee;
    int got = requests.fetchSyscall(tracee.tid());
    if (got < 0) {
      kernelTooOld |= got == -Errno.EIO;
      return false;
    }
    CoLocation sharing = coLocation;
    if (sharing != null) {
      sharing.stopped(tracee.tid());
    }
    if (requests.atEntry() || requests.atSeccomp()) {
      int number = requests.number();
      if (sharing != null
          && sharing.pinned() != 0
          && maskCalls.reveals(requests, tracee.memory())) {
        sharing.releaseForAWhile();
      }
      if (state.hidden) {
        state.installing = pushDown.planned() && number == seccompCall;
        if (number != launchCall || requests.arch() != nativeAbi.auditArch()) {
          return true;
        }
        state.hidden = false;
      }
      Abi abi = abiOf(requests.arch());
      if (abi == null) {
        return true;
      }
      tracee.enter(
          abi,
          number,
          requests.instructionPointer(),
          requests.stackPointer(),
          requests.now(),
          systemTime);
      for (int i = 0; i < 6; i++) {
        tracee.setArg(i, requests.arg(i));
      }
      pushDown.entered(state);
      Tampering t = tampering;
      if (t != null && !launching(state) && handlerOf(state).traces(tracee)) {
        t.enter(state);
      }
      handlerOf(state).syscallEntered(tracee);
      tracee.started(requests.now());
    } else if (state.installing && requests.atExit()) {
      state.installing = false;
      pushDown.installed(state, requests.isError());
    } else if (requests.atExit() && tracee.inSyscall()) {
      long result = requests.result();
      int errno = requests.isError() ? (int) -result : Tracee.SUCCESS;
      Tampering t = tampering;
      Injection injected = t == null ? null : t.exit(state);
      if (injected != null) {
        result = injected.result();
        errno = injected.errno();
      }
      tracee.exit(result, errno, requests.now(), systemTime);
      handlerOf(state).syscallExited(tracee);
      if (errno != 0 && tracee.tid() == launchedTid && !launchedExecuted) {
        state.hidden = true; // the execve failed; what follows is our reporting of that
      }
    }
    return true;
  }

  /** Lets a thread go on from the entry or exit of a call, unless it is to be delayed. */
  private void leaveCallStop(TraceeState state) {
    Tampering t = tampering;
    if (t == null || !t.keep(state)) {
      resume(state, t == null ? 0 : Tampering.takeSignal(state));
    }
  }

  /**
   * Lets threads go on that have been delayed.
   *
   * @param all even if their time has not come yet
   */
  void releaseDelayed(boolean all) {
    Tampering t = tampering;
    TraceeState state;
    while (t != null && (state = t.takeDue(all)) != null) {
      resume(state, Tampering.takeSignal(state));
    }
  }

  /** The execve of the launched command itself, or what comes before. */
  private boolean launching(TraceeState state) {
    return state.tid() == launchedTid && !launchedExecuted;
  }

  /** Lets a thread go on to the next stop of interest. */
  private void resume(TraceeState state, int signal) {
    if (pushDown.suffices(state) && !launching(state)) {
      requests.cont(state.tid(), signal);
    } else {
      requests.resume(state.tid(), signal);
    }
  }

  private @Nullable Abi abiOf(int auditArch) {
    if (auditArch == nativeAbi.auditArch()) {
      return nativeAbi;
    }
    return auditArch == otherAbi.auditArch() ? otherAbi : null;
  }

  private void signalStop(TraceeState state, int signal) {
    int tid = state.tid();
    byte[] siginfo = requests.siginfo(tid);
    if (siginfo.length >= 12) {
      int code = (siginfo[8] & 0xff) | siginfo[9] << 8 | siginfo[10] << 16 | siginfo[11] << 24;
      if (code == SI_KERNEL && signal < kernelSignals.length) {
        kernelSignals[signal] = requests.now();
        kernelSignalCount = kernelSignalCount + 1;
      }
    }
    if (!state.hidden) {
      if (requests.fetchSyscall(tid) >= 0) {
        state.tracee.signalledAt(requests.instructionPointer());
      }
      handlerOf(state).signalled(state.tracee, signal, siginfo);
    }
    resume(state, signal);
  }

  private void groupStop(TraceeState state, int signal) {
    grabbed(state);
    state.listening = true;
    if (!state.hidden) {
      handlerOf(state).stopped(state.tracee, signal);
    }
    requests.listen(state.tid());
  }

  /** The first stop of a thread that was attached to: remembers the call it is in. */
  private void grabbed(TraceeState state) {
    if (state.grabbed) {
      state.grabbed = false;
      int call = requests.interruptedCall(state.tid());
      if (call >= 0) {
        state.tracee.interruptedIn(nativeAbi, call);
      }
    }
  }

  private void newChild(TraceeState parent, int event) {
    long message = requests.eventMessage(parent.tid());
    if (message <= 0) {
      return;
    }
    int tid = (int) message;
    int status = newborns.remove(tid);
    TraceeState known = table.get(tid);
    if (known != null) { // was let in without waiting for this event
      known.unknownOrigin = false;
      PushDown.inherit(known, parent);
      return;
    }
    boolean dead = status != NewbornTable.NONE && !WaitEvent.of(status).isStop();
    if (dead && requests.exists(tid)) {
      dead = false; // that was another one, with the same number
      status = NewbornTable.NONE;
    }
    int tgid = tgidOfChild(parent.tracee, tid, event);
    TraceeState child = add(tid, tgid, parent.tid(), silentChildren);
    PushDown.inherit(child, parent);
    // A thread shares too much with those that are traced, such as a filter for all threads.
    child.releasable = silentChildren && tgid != parent.tracee.tgid();
    if (child.releasable && requests.fetchSyscall(parent.tid()) >= 0) {
      child.parentStack = requests.stackPointer();
    }
    if (dead) {
      ended(child, status);
    } else if (status != NewbornTable.NONE) {
      handle(tid, status, 0);
    }
  }

  /** Lets go of a thread at its first stop, if that can be done. */
  private boolean released(TraceeState state) {
    state.releasable = false;
    int result =
        pushDown.mayRelease(state)
            ? requests.release(state.tid(), state.tracee.tgid(), true, state.parentStack)
            : -Errno.EACCES;
    if (result >= 0) {
      forget(state);
    } else if (result == -Errno.ESRCH) {
      ended(state, requests.endStatus());
    }
    return result >= 0 || result == -Errno.ESRCH;
  }

  private int tgidOfChild(Tracee parent, int tid, int event) {
    if (event != Ptrace.EVENT_CLONE) {
      return tid; // the event of a thread, and of a child with another signal than SIGCHLD
    }
    int tgid = requests.tgid(tid);
    return tgid > 0 ? tgid : parent.tgid();
  }

  /**
   * A thread we do not know: a newborn, seen before its parent's event, or the leader that a thread
   * became by its execve, or a child of ours that is no tracee.
   */
  private void handleStranger(int tid, int status, WaitEvent event) {
    if (event == WaitEvent.EXEC) {
      execOfUnknownLeader(tid);
    } else if (event != WaitEvent.NOTHING) {
      newborns.put(tid, status);
    }
  }

  /**
   * Lets in the newborns that still wait: the event of their parent never comes if it was killed
   * before it could be told. Called whenever a thread is gone.
   */
  void releaseNewborns() {
    int tid;
    while ((tid = newborns.anyStopped()) != 0) {
      int status = newborns.remove(tid);
      int tgid = requests.tgid(tid);
      int parent = tgid == tid || tgid < 0 ? requests.ppid(tid) : tgid;
      TraceeState known = parent > 0 ? table.get(parent) : null;
      TraceeState newborn =
          add(tid, tgid > 0 ? tgid : tid, known == null ? 0 : parent, silentChildren);
      newborn.unknownOrigin = true;
      handle(tid, status, 0);
    }
  }

  private void exec(TraceeState state) {
    int tid = state.tid();
    int former = (int) requests.eventMessage(tid);
    TraceeState other = former > 0 && former != tid ? table.get(former) : null;
    if (other != null && other.silent && !state.silent) {
      continueInSilence(state, other);
      return;
    }
    if (other != null) {
      supersede(state, other);
    }
    afterExec(state);
  }

  /**
   * A thread that is not reported has taken the place of the leader, which is: of that only the end
   * is told, as if the thread was no tracee.
   */
  private void continueInSilence(TraceeState leader, TraceeState other) {
    table.remove(leader);
    remove(other);
    TraceeState state = add(leader.tid(), leader.tid(), 0, true);
    state.former = leader;
    if (coLocation != null) {
      coLocation.gone(leader.tid());
    }
    forgetDelay(leader);
    state.tracee.takeCallOf(other.tracee);
    PushDown.inherit(state, other);
    afterExec(state);
  }

  /** Whose end it is that is to be reported: its own, or that of who had its number before. */
  private TraceeState endOf(TraceeState state) {
    TraceeState former = state.former;
    if (former == null) {
      return state;
    }
    reported--;
    return former;
  }

  /** The thread that called execve has the leader's id now, and we had not traced the leader. */
  private void execOfUnknownLeader(int tid) {
    int former = (int) requests.eventMessage(tid);
    TraceeState other = former > 0 ? table.get(former) : null;
    TraceeState state = add(tid, tid, 0, other == null ? silentChildren : other.silent);
    state.unknownOrigin = other == null;
    if (other != null) {
      supersede(state, other);
    }
    afterExec(state);
  }

  private void supersede(TraceeState leader, TraceeState other) {
    remove(other);
    if (coLocation != null) {
      coLocation.gone(leader.tid());
    }
    leader.listening = false;
    forgetDelay(leader);
    forgetDelay(other);
    leader.tampering = other.tampering;
    handlerOf(leader).superseded(leader.tracee, other.tracee);
    leader.tracee.takeCallOf(other.tracee);
    PushDown.inherit(leader, other);
  }

  private void forgetDelay(TraceeState state) {
    if (tampering != null) {
      tampering.forget(state);
    }
  }

  private void afterExec(TraceeState state) {
    boolean ours = state.tid() == launchedTid && !launchedExecuted;
    // The event may be that of the program which launches the command, if we came early.
    if (ours && !state.hidden) {
      launchedExecuted = true;
    }
    if (detachOnExec && !ours) {
      requests.detach(state.tid(), 0);
      forget(state);
    } else {
      resume(state, 0);
    }
    releaseNewborns();
  }

  /** The launched command if it is still a tracee, else 0. */
  int launchedTid() {
    return launchedTid;
  }

  /**
   * While all are being let go of: takes in a child without a report, to let go of it, too.
   *
   * @param event {@code PTRACE_EVENT_FORK} and its like
   * @return the child; null if it is not known
   */
  @Nullable TraceeState adopt(TraceeState parent, int event) {
    silentChildren = true;
    newChild(parent, event);
    return table.get((int) requests.eventMessage(parent.tid()));
  }

  /** Threads that are not reported yet. */
  NewbornTable newborns() {
    return newborns;
  }

  private void remove(TraceeState state) {
    table.remove(state);
    reported -= state.silent ? 0 : 1;
  }

  /** Reports that a thread was let go of. */
  void forget(TraceeState state) {
    remove(state);
    forgetDelay(state);
    if (coLocation != null) {
      coLocation.detached(state.tid());
    }
    TraceeState told = endOf(state);
    handlerOf(told).detached(told.tracee);
    told.tracee.abandon(requests.now());
  }

  /** Reports the end of a thread. */
  void ended(TraceeState state, int status) {
    remove(state);
    forgetDelay(state);
    if (coLocation != null) {
      coLocation.gone(state.tid());
    }
    TraceeState told = endOf(state);
    Tracee tracee = told.tracee;
    boolean exited = WaitStatus.exited(status);
    boolean core = !exited && WaitStatus.coreDumped(status);
    if (tracee.tid() == launchedTid) {
      exitResult =
          exited
              ? new ExitResult(WaitStatus.exitCode(status), 0, false)
              : new ExitResult(0, WaitStatus.termSignal(status), core);
      launchedTid = 0;
    }
    if (exited) {
      handlerOf(told).exited(tracee, WaitStatus.exitCode(status));
    } else {
      handlerOf(told).killed(tracee, WaitStatus.termSignal(status), core);
    }
    tracee.abandon(requests.now());
    releaseNewborns();
  }

  private TraceeState add(int tid, int tgid, int parentTid, boolean silent) {
    TraceeState state = new TraceeState(new Tracee(tid, tgid, requests.memory(tid)));
    state.silent = silent;
    table.add(state);
    reported += silent ? 0 : 1;
    handlerOf(state).attached(state.tracee, parentTid);
    return state;
  }
}
