// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.trace;

import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.ebpf.codegen.TraceRecord;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.tables.Abi;
import java.util.ArrayDeque;

/**
 * The state machine behind the records: takes one after the other, in the order of their times, and
 * reports to a {@link TraceHandler} what they mean. Any record may be missing, as the ring buffer
 * may have been full, and then others make no sense: an exit without an entry is dropped, an entry
 * in a call ends that call without a result.
 */
public final class TraceReplay {
  /** No system call's error number is above. */
  private static final long MAX_ERRNO = 4095;

  /** Errors of calls that the kernel restarts: the first and the last of them. */
  private static final int ERESTARTSYS = 512;

  private static final int ERESTART_RESTARTBLOCK = 516;

  private static final int SIGINFO_BYTES = 128;
  private static final int SIGSTOP = 19;
  private static final int SIGTSTP = 20;
  private static final int SIGTTOU = 22;

  /** Live memory of threads, for what could not be captured. */
  public interface LiveMemory {
    TraceeMemory of(int tid);
  }

  private final TraceHandler handler;
  private final Abi nativeAbi;
  private final Abi compatAbi;
  private final LiveMemory live;
  private final ThreadTable threads = new ThreadTable();
  private int heldCount;
  private boolean selective;

  /**
   * @param nativeAbi that of the machine
   * @param compatAbi the other that the machine's programs may use
   */
  public TraceReplay(TraceHandler handler, Abi nativeAbi, Abi compatAbi, LiveMemory live) {
    this.handler = handler;
    this.nativeAbi = nativeAbi;
    this.compatAbi = compatAbi;
    this.live = live;
  }

  /** How many threads are known that have not ended. */
  public int size() {
    return threads.size();
  }

  /** A thread is traced from now on, by request or as the launched command. */
  public void attach(int tid, int tgid) {
    if (threads.get(tid) == null) {
      add(tid, tgid, 0);
    }
  }

  /**
   * Which threads are traced depends on more than who they are: those of which no record tells that
   * they have what it takes are not shown.
   */
  public void setSelective(boolean value) {
    selective = value;
  }

  /** What a thread that {@link #attach} told of was doing then. */
  public void found(int tid, FoundState state) {
    TracedThread thread = threads.get(tid);
    if (thread != null && thread.found == null) {
      thread.found = state;
    }
  }

  /** All records that are older than what was {@link #found} have been handled. */
  public void reportFound() {
    for (TracedThread thread : threads.all()) {
      FoundState found = thread.found;
      if (found != null && found.wanted()) {
        report(thread, found);
      }
    }
  }

  /** Before a record of that time is handled: reports what the thread was found in before. */
  private void settle(TracedThread thread, long time) {
    FoundState found = thread.found;
    if (found != null && time >= found.time()) {
      thread.found = null;
      if (found.wanted()) {
        report(thread, found);
      }
    }
  }

  /** Reports what a thread was found in, unless records have told of that. */
  private void report(TracedThread thread, FoundState found) {
    thread.found = null;
    Tracee tracee = thread.tracee;
    if (tracee.inSyscall()) {
      return;
    }
    if (found.stopSignal() != 0) {
      show(thread);
      tracee.setEventTime(found.time());
      handler.stopped(tracee, found.stopSignal());
    }
    if (!found.inCall()) {
      return;
    }
    show(thread);
    // Nobody says of which ABI it is, but i386 programs have their stacks below 4 GB.
    found.enter(thread, found.stackPointer() >>> 32 == 0 ? compatAbi : nativeAbi);
    thread.memory.setLive(live.of(thread.tid()));
    handler.syscallEntered(tracee);
    thread.memory.setLive(null);
    thread.foundTime = found.time();
  }

  /** Whether a thread is known. */
  public boolean knows(int tid) {
    return threads.get(tid) != null;
  }

  private TracedThread add(int tid, int tgid, int parentTid) {
    TracedThread thread = new TracedThread(tid, tgid, parentTid);
    threads.add(thread);
    if (!selective) {
      show(thread);
    }
    return thread;
  }

  /** Tells the handler of a thread, if it does not know it yet. */
  private void show(TracedThread thread) {
    if (!thread.shown) {
      thread.shown = true;
      handler.attached(thread.tracee, thread.parentTid);
    }
  }

  /** The thread that a record is of; one that its id belonged to before is forgotten. */
  private TracedThread threadOf(int tid, int tgid) {
    TracedThread thread = threads.get(tid);
    if (thread != null && thread.tracee.tgid() != tgid) {
      vanish(thread);
      thread = null;
    }
    return thread == null ? add(tid, tgid, 0) : thread;
  }

  /** Handles the record of {@code length} bytes at {@code at}. */
  public void handle(NativeMemory data, int at, int length) {
    if (length < TraceRecord.OTHER_TID) {
      return;
    }
    int type = data.getInt(at + TraceRecord.TYPE);
    switch (type) {
      case TraceRecord.ENTRY:
        if (length >= TraceRecord.ENTRY_CHUNKS) {
          entry(data, at, length);
        }
        break;
      case TraceRecord.EXIT:
        if (length >= TraceRecord.EXIT_CHUNKS) {
          exit(data, at, length);
        }
        break;
      case TraceRecord.LATE_ENTRY:
        if (length >= TraceRecord.ENTRY_CHUNKS) {
          lateEntry(data, at, length);
        }
        break;
      case TraceRecord.FORK:
        if (length >= TraceRecord.OTHER_TGID + 4) {
          fork(data, at);
        }
        break;
      case TraceRecord.EXEC:
        if (length >= TraceRecord.OTHER_TGID) {
          exec(data, at);
        }
        break;
      case TraceRecord.END:
        if (length >= TraceRecord.EXIT_CODE + 4) {
          end(data, at);
        }
        break;
      case TraceRecord.SIGNAL:
      case TraceRecord.IGNORED_SIGNAL:
      case TraceRecord.SENT_SIGNAL:
        if (length >= TraceRecord.SIGINFO + TraceRecord.SIGINFO_SIZE) {
          signal(data, at, type);
        }
        break;
      default:
        break;
    }
  }

  private void entry(NativeMemory data, int at, int length) {
    TracedThread thread =
        threadOf(data.getInt(at + TraceRecord.TID), data.getInt(at + TraceRecord.TGID));
    Tracee tracee = thread.tracee;
    int flags = data.getInt(at + TraceRecord.FLAGS);
    long time = data.getLong(at + TraceRecord.TIME);
    boolean kept = (flags & TraceRecord.KEPT) != 0;
    long entered = kept ? data.getLong(at + TraceRecord.ENTERED) : time;
    FoundState found = thread.found;
    if (found != null && time >= found.time() && entered < found.time()) {
      thread.found = null; // here it is
    }
    settle(thread, time);
    if (thread.foundTime != 0 && entered < thread.foundTime) {
      return; // of the call that it was found in, or one before that
    }
    thread.foundTime = 0;
    show(thread);
    restarted(thread);
    if (tracee.inSyscall()) {
      // Its exit was lost.
      report(thread);
      handler.exiting(tracee);
      tracee.abandon(time);
    }
    Abi abi = data.getInt(at + TraceRecord.ABI) == 0 ? nativeAbi : compatAbi;
    tracee.enter(
        abi,
        data.getInt(at + TraceRecord.NUMBER),
        data.getLong(at + TraceRecord.INSTRUCTION_POINTER),
        data.getLong(at + TraceRecord.STACK_POINTER),
        entered,
        0);
    for (int i = 0; i < 6; i++) {
      tracee.setArg(i, data.getLong(at + TraceRecord.ARGS + 8 * i));
    }
    thread.memory.enter(data, at + TraceRecord.ENTRY_CHUNKS, length - TraceRecord.ENTRY_CHUNKS);
    if ((flags & TraceRecord.INCOMPLETE) != 0) {
      thread.held = true;
      heldCount++;
    } else {
      handler.syscallEntered(tracee);
    }
  }

  private void lateEntry(NativeMemory data, int at, int length) {
    TracedThread thread = threads.get(data.getInt(at + TraceRecord.TID));
    if (thread != null && thread.held) {
      thread.memory.exit(data, at + TraceRecord.ENTRY_CHUNKS, length - TraceRecord.ENTRY_CHUNKS);
      report(thread);
    }
  }

  private void exit(NativeMemory data, int at, int length) {
    TracedThread thread = threads.get(data.getInt(at + TraceRecord.TID));
    if (thread == null || thread.restarts) {
      return;
    }
    long time = data.getLong(at + TraceRecord.TIME);
    FoundState found = thread.found;
    if (found != null && time >= found.time() && found.inCall()) {
      if (found.number() == data.getInt(at + TraceRecord.NUMBER)) {
        report(thread, found);
      }
      thread.found = null;
    }
    if (!thread.tracee.inSyscall() || time < thread.foundTime) {
      return; // of a call before the one that it was found in, or whose entry was lost
    }
    if (thread.foundTime != 0) {
      thread.memory.clear(); // what it had before the call
    }
    thread.foundTime = 0;
    Tracee tracee = thread.tracee;
    thread.memory.exit(data, at + TraceRecord.EXIT_CHUNKS, length - TraceRecord.EXIT_CHUNKS);
    report(thread);
    long register = data.getLong(at + TraceRecord.RESULT);
    long result = tracee.abi().wordSize() == 4 ? (int) register : register;
    if (result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK) {
      // ptrace does not see this of threads that are killed.
      thread.restarts = true;
      thread.restartResult = result;
      thread.restartTime = time;
      heldCount++;
    } else {
      exited(thread, result, time);
    }
  }

  private void exited(TracedThread thread, long result, long time) {
    boolean failed = Long.compareUnsigned(result, -MAX_ERRNO) >= 0;
    thread.tracee.exit(result, failed ? (int) -result : 0, time, 0);
    handler.syscallExited(thread.tracee);
    ignoredSignals(thread);
  }

  /** The thread lives on after a call that is to be restarted. */
  private void restarted(TracedThread thread) {
    if (thread.restarts) {
      thread.restarts = false;
      heldCount--;
      exited(thread, thread.restartResult, thread.restartTime);
    }
  }

  /** Reports an entry that was held back. */
  private void report(TracedThread thread) {
    if (thread.held) {
      thread.held = false;
      heldCount--;
      handler.syscallEntered(thread.tracee);
    }
  }

  /**
   * No record is waiting: calls that do not return are shown with what is there. Their threads wait
   * in the kernel, which has touched by now what they gave it.
   */
  public void idle() {
    if (heldCount == 0) {
      return;
    }
    for (TracedThread thread : threads.all()) {
      restarted(thread);
      if (thread.held) {
        thread.memory.setLive(live.of(thread.tid()));
        report(thread);
        thread.memory.setLive(null);
      }
    }
  }

  /** Whether {@link #idle} has something to do. */
  public boolean holdsEntries() {
    return heldCount > 0;
  }

  private void fork(NativeMemory data, int at) {
    int tid = data.getInt(at + TraceRecord.OTHER_TID);
    TracedThread known = threads.get(tid);
    if (known != null) {
      vanish(known);
    }
    add(tid, data.getInt(at + TraceRecord.OTHER_TGID), data.getInt(at + TraceRecord.TID));
  }

  /** A thread other than the first of its process has executed a program and is the first now. */
  private void exec(NativeMemory data, int at) {
    int tid = data.getInt(at + TraceRecord.TID);
    TracedThread former = threads.get(data.getInt(at + TraceRecord.OTHER_TID));
    if (former == null || former.tid() == tid) {
      return;
    }
    TracedThread leader = threads.get(tid);
    if (leader == null) {
      leader = add(tid, tid, 0);
    }
    report(former);
    threads.remove(former.tid());
    leader.ended = false;
    leader.found = null;
    drop(leader);
    if (leader.shown || former.shown) {
      show(leader);
      show(former);
      handler.superseded(leader.tracee, former.tracee);
    }
    leader.tracee.takeCallOf(former.tracee);
    leader.memory.takeOver(former.memory);
  }

  private void end(NativeMemory data, int at) {
    TracedThread thread = threads.get(data.getInt(at + TraceRecord.TID));
    if (thread != null) {
      settle(thread, data.getLong(at + TraceRecord.TIME));
      if ((data.getInt(at + TraceRecord.FLAGS) & TraceRecord.FITTING) != 0) {
        show(thread);
      }
      thread.tracee.setEventTime(data.getLong(at + TraceRecord.TIME));
      end(thread, data.getInt(at + TraceRecord.EXIT_CODE));
    }
  }

  private void end(TracedThread thread, int exitCode) {
    report(thread);
    fatalSignal(thread, exitCode & 0x7f);
    if (thread.restarts) {
      // It was killed: to its tracer it is in that call still.
      thread.restarts = false;
      heldCount--;
    }
    ignoredSignals(thread);
    thread.exitCode = exitCode;
    if (thread.isLeader() && threads.hasOthers(thread)) {
      thread.ended = true;
      if (thread.shown) {
        handler.exiting(thread.tracee);
      }
      return;
    }
    finish(thread);
    leaderAfter(thread);
  }

  /** Tells the end of a leader that has ended before this thread, if that was the last one. */
  private void leaderAfter(TracedThread thread) {
    TracedThread leader = thread.isLeader() ? null : threads.get(thread.tracee.tgid());
    if (leader != null && leader.ended && !threads.hasOthers(leader)) {
      leader.tracee.setEventTime(thread.tracee.eventTime());
      finish(leader);
    }
  }

  private void finish(TracedThread thread) {
    threads.remove(thread.tid());
    int code = thread.exitCode;
    int signal = code & 0x7f;
    if (!thread.shown) {
      return;
    }
    if (signal == 0) {
      handler.exited(thread.tracee, code >> 8 & 0xff);
    } else {
      handler.killed(thread.tracee, signal, (code & 0x80) != 0);
    }
    thread.tracee.abandon(System.nanoTime());
  }

  /** The record of this thread's end was lost. */
  private void vanish(TracedThread thread) {
    report(thread);
    threads.remove(thread.tid());
    if (thread.shown) {
      handler.detached(thread.tracee);
    }
    thread.tracee.abandon(System.nanoTime());
    leaderAfter(thread);
  }

  /** Tells a thread's end that was learned in another way. */
  public void ended(int tid, int exitCode) {
    TracedThread thread = threads.get(tid);
    if (thread != null && !thread.ended) {
      end(thread, exitCode);
    }
  }

  /** Forgets a thread that is said to be gone. */
  public void forget(int tid) {
    TracedThread thread = threads.get(tid);
    if (thread != null) {
      vanish(thread);
    }
  }

  /** The ids of all threads that are known, in order. */
  public int[] tids() {
    TracedThread[] all = threads.all();
    int[] result = new int[all.length];
    for (int i = 0; i < all.length; i++) {
      result[i] = all[i].tid();
    }
    return result;
  }

  /** Lets go of all threads. */
  public void detachAll() {
    for (TracedThread thread : threads.all()) {
      if (threads.get(thread.tid()) == thread) {
        vanish(thread);
      }
    }
  }

  private void signal(NativeMemory data, int at, int type) {
    TracedThread thread = threads.get(data.getInt(at + TraceRecord.TID));
    if (thread == null) {
      return;
    }
    settle(thread, data.getLong(at + TraceRecord.TIME));
    if (type == TraceRecord.SIGNAL) {
      show(thread);
    }
    thread.tracee.setEventTime(data.getLong(at + TraceRecord.TIME));
    byte[] siginfo = new byte[SIGINFO_BYTES];
    data.get(at + TraceRecord.SIGINFO, siginfo, 0, TraceRecord.SIGINFO_SIZE);
    int signal = data.getInt(at + TraceRecord.SIGNAL_NUMBER);
    int flags = data.getInt(at + TraceRecord.FLAGS);
    if (type == TraceRecord.SENT_SIGNAL) {
      sent(thread, siginfo);
      return;
    }
    if (thread.ended || !thread.shown) {
      return;
    }
    boolean inKept = (flags & TraceRecord.IN_KEPT_CALL) != 0;
    if (type == TraceRecord.IGNORED_SIGNAL && (thread.tracee.inSyscall() || inKept)) {
      ArrayDeque<byte[]> waiting = thread.ignoredSignals;
      if (waiting == null) {
        waiting = new ArrayDeque<>(2);
        thread.ignoredSignals = waiting;
      }
      waiting.add(siginfo);
      return;
    }
    report(thread);
    restarted(thread);
    thread.deliveredSignal = signal;
    delivered(thread, signal);
    if ((flags & TraceRecord.IMMUTABLE) != 0) {
      return;
    }
    handler.signalled(thread.tracee, signal, siginfo);
    boolean stops = signal == SIGSTOP || signal >= SIGTSTP && signal <= SIGTTOU;
    boolean acts = data.getInt(at + TraceRecord.DEFAULT_ACTION) != 0;
    if (stops && type == TraceRecord.SIGNAL && acts) {
      handler.stopped(thread.tracee, signal);
    }
  }

  /** Remembers a signal in case that it ends the process, of which no delivery tells. */
  private void sent(TracedThread thread, byte[] siginfo) {
    TracedThread leader = threads.get(thread.tracee.tgid());
    if (leader == null) {
      return;
    }
    if (leader.sentSignals == null) {
      leader.sentSignals = new SentSignals();
    }
    leader.sentSignals.sent(siginfo);
  }

  private void delivered(TracedThread thread, int signal) {
    TracedThread leader = threads.get(thread.tracee.tgid());
    if (leader != null && leader.sentSignals != null) {
      leader.sentSignals.delivered(signal);
    }
  }

  /** Tells the signal that a thread is about to die of, once for its process. */
  private void fatalSignal(TracedThread thread, int signal) {
    TracedThread leader = threads.get(thread.tracee.tgid());
    SentSignals sent = leader == null ? null : leader.sentSignals;
    if (signal == 0 || leader == null || sent == null || thread.deliveredSignal == signal) {
      return;
    }
    byte[] fatal = sent.last(signal);
    if (fatal != null) {
      leader.sentSignals = null;
      restarted(thread);
      if (thread.shown) {
        handler.signalled(thread.tracee, signal, fatal);
      }
    }
  }

  private void ignoredSignals(TracedThread thread) {
    ArrayDeque<byte[]> waiting = thread.ignoredSignals;
    if (waiting == null) {
      return;
    }
    thread.ignoredSignals = null;
    byte[] siginfo;
    while ((siginfo = waiting.poll()) != null) {
      handler.signalled(thread.tracee, SentSignals.number(siginfo), siginfo);
    }
  }

  private void drop(TracedThread thread) {
    restarted(thread);
    if (thread.held) {
      thread.held = false;
      heldCount--;
    }
  }
}
