// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import org.jspecify.annotations.Nullable;

/**
 * A process that takes tracees with a seccomp filter over, should their tracer end without letting
 * go of them: it seizes them and lets them run, so that the calls which the filter tells of do not
 * fail. It ends with the last of them, or when it is dismissed.
 *
 * <p>It learns of the tracer's end by a robust futex (set_robust_list(2)) in memory that it shares
 * with it, which the kernel changes when that thread ends for whatever reason, just before the
 * tracees are free. Which threads are meant stands there, too.
 *
 * <p>All methods are for the tracer's thread.
 */
public final class Guardian {
  private static final String NAME = "jstrace-guard";

  /** Threads there may be; more than that are not looked after. */
  static final int SLOTS = 1 << 16;

  // The shared memory: next entry of the robust list, futex, number of slots in use, the slots.
  private static final int FUTEX = 8;
  private static final int USED = 16;
  private static final int TIDS = 24;
  private static final int SIZE = TIDS + 8 * SLOTS;

  /** Where the guardian has it. */
  private static final long SHARED = 0x10000000L;

  private static final int FUTEX_WAIT = 0;
  private static final int FUTEX_WAKE = 1;
  private static final long FUTEX_WAITERS = 0x80000000L;
  private static final long FUTEX_OWNER_DIED = 0x40000000L;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int MAP_FIXED = 0x10;
  private static final int MFD_CLOEXEC = 1;

  /** How often to try, while the tracer is still ending, and how long to sleep in between. */
  private static final long TRIES = 10_000;

  private static final long PAUSE_NANOS = 10_000;

  private static final int SCHED_OTHER = 0;
  private static final int SCHED_FIFO = 1;
  private static final int PR_SET_TIMERSLACK = 29;

  private final Libc libc;
  private final Arch arch = Arch.current();

  /** For writing a word of the shared memory, and the head of the robust list. */
  private final NativeMemory word;

  private final NativeMemory head;
  private final NativeMemory formerHead;
  private @Nullable Helper helper;
  private int fd = -1;
  private long mapped;
  private int used;
  private int[] free = new int[16];
  private int freeCount;

  public Guardian(Libc libc) {
    this.libc = libc;
    this.word = libc.allocate(8);
    this.head = libc.allocate(24);
    this.formerHead = libc.allocate(16);
  }

  /**
   * Begins to start the process; {@link #await} tells the end of that.
   *
   * @return 0, or -errno
   */
  public int start() {
    int memory = libc.memfdCreate(ProcFs.ascii(NAME), MFD_CLOEXEC);
    if (memory < 0) {
      return memory;
    }
    fd = memory;
    long result = libc.syscall(arch.sysFtruncate(), memory, SIZE, 0, 0, 0);
    if (result >= 0) {
      result = libc.mmap(0, SIZE, PROT_READ_WRITE, MAP_SHARED, memory, 0);
    }
    if (result >= 0) {
      mapped = result;
      result = hold();
    }
    if (result >= 0) {
      long futex = FUTEX_WAITERS | libc.gettid();
      helper = new Helper(libc, program(arch, memory, futex), NAME, memory);
    }
    if (result < 0) {
      dismiss();
    }
    return (int) Math.min(result, 0);
  }

  /** Waits until the process is there. Returns 0, or -errno. */
  public int await() {
    int result = helper == null ? -Errno.ECHILD : helper.await();
    if (result < 0) {
      dismiss();
    }
    return Math.min(result, 0);
  }

  /** Makes this thread the owner of the futex. */
  private int hold() {
    int result =
        (int)
            libc.syscall(
                arch.sysGetRobustList(), 0, formerHead.address(), formerHead.address() + 8, 0, 0);
    if (result < 0) {
      return result;
    }
    put(0, head.address());
    put(FUTEX, FUTEX_WAITERS | libc.gettid());
    head.putLong(0, mapped);
    head.putLong(8, FUTEX);
    return (int) libc.syscall(arch.sysSetRobustList(), head.address(), 24, 0, 0, 0);
  }

  /**
   * One more thread to look after.
   *
   * @return for {@link #remove}, or -1 if there are too many
   */
  public int add(int tid) {
    int slot;
    if (freeCount > 0) {
      slot = free[--freeCount];
    } else if (used == SLOTS || fd < 0) {
      return -1;
    } else {
      slot = used++;
      put(USED, used);
    }
    put(TIDS + 8L * slot, tid);
    return slot;
  }

  /** A thread that has ended, or needs no tracer any more. */
  public void remove(int slot) {
    if (slot < 0 || fd < 0) {
      return;
    }
    put(TIDS + 8L * slot, 0);
    if (freeCount == free.length) {
      free = java.util.Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = slot;
  }

  /** Ends the process: nobody needs it. */
  public void dismiss() {
    if (fd < 0) {
      return;
    }
    put(FUTEX, 0);
    if (head.getLong(0) != 0) {
      libc.syscall(arch.sysSetRobustList(), formerHead.getLong(0), formerHead.getLong(8), 0, 0, 0);
    }
    if (mapped != 0) {
      libc.syscall(arch.sysFutex(), mapped + FUTEX, FUTEX_WAKE, 1, 0, 0);
      libc.munmap(mapped, SIZE);
      mapped = 0;
    }
    libc.close(fd);
    fd = -1;
    if (helper != null) {
      helper.bury();
    }
  }

  private void put(long offset, long value) {
    word.putLong(0, value);
    libc.pwrite(fd, word.address(), 8, offset);
  }

  /**
   * What the process runs.
   *
   * @param memory descriptor of the shared memory
   * @param futex what the futex is while its owner lives
   */
  static byte[] program(Arch arch, int memory, long futex) {
    long any = StepProgram.ANY_RESULT;
    StepProgram p = new StepProgram(arch, Helper.STEPS + 52);
    final long status = p.words(0, 0);
    final long thread = p.words(0);
    final long zero = p.words(0);
    final long one = p.words(1);
    final long tries = p.words(TRIES);
    final long count = p.words(0);
    final long unfinished = p.words(0);
    final long seizing = p.words(1);
    final long firstSlot = p.words(SHARED + TIDS - 8);
    final long cont = p.words(Ptrace.CONT);
    final long listen = p.words(Ptrace.LISTEN);
    final long waitForAny = p.words(ChildWait.WALL);
    final long pause = p.words(0, PAUSE_NANOS);

    final long end = Helper.begin(p, arch, NAME, memory, 0);
    // To be there first when the tracees are free, where that is permitted.
    p.step(any, arch.sysSchedSetscheduler(), 0, SCHED_FIFO, p.words(1));
    p.step(any, arch.sysPrctl(), PR_SET_TIMERSLACK, 1);
    p.step(0, arch.sysMmap(), SHARED, SIZE, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, memory, 0);
    p.step(any, arch.sysClose(), memory);
    long wait = p.step(any, arch.sysFutex(), SHARED + FUTEX, FUTEX_WAIT, futex, 0);
    p.load(1, SHARED + FUTEX, 0xffffffffL, 0); // 0: dismissed
    p.otherwise(p.load(1, SHARED + FUTEX, FUTEX_OWNER_DIED, 0), wait);

    // The tracer is ending: try to seize what it has, again and again, as it may have it still.
    long pass = p.load(any, SHARED + USED, -1, 0);
    p.store(pass, count);
    p.store(p.load(any, zero, -1, 0), unfinished);
    long rewind = p.load(any, firstSlot, -1, 0);
    long next = p.load(0, count, -1, -1);
    p.store(next, count);
    long advance = p.load(any, 0, -1, 8);
    long tid = p.load(1, 0, 0xffffffffL, 0);
    long slot = StepProgram.argument(tid, 0);
    p.store(rewind, slot);
    p.set(advance, 0, slot);
    p.store(advance, slot);
    p.otherwise(tid, next);
    long toClear = p.load(any, slot, -1, 0);
    long seize =
        p.step(
            0,
            arch.sysPtrace(),
            Ptrace.SEIZE,
            0,
            0,
            Ptrace.O_TRACESECCOMP | Ptrace.O_TRACEFORK | Ptrace.O_TRACEVFORK | Ptrace.O_TRACECLONE);
    p.store(tid, StepProgram.argument(seize, 1));
    long clear = p.load(any, zero, -1, 0);
    p.store(toClear, StepProgram.place(clear));
    p.then(clear, next);
    long notYet = p.load(-Errno.EPERM, p.failureAddress(), -1, 0);
    p.otherwise(seize, notYet);
    p.otherwise(notYet, clear); // ESRCH
    long mark = p.load(any, one, -1, 0);
    p.store(mark, unfinished);
    p.then(mark, next);

    long more = p.load(1, unfinished, -1, 0);
    p.otherwise(next, more);
    long tryAgain = p.load(1, tries, -1, -1);
    p.store(tryAgain, tries);
    long finish = p.load(any, zero, -1, 0);
    p.store(finish, seizing);
    p.otherwise(more, finish);
    p.otherwise(tryAgain, finish);
    // from now on it can take its time
    p.step(any, arch.sysSchedSetscheduler(), 0, SCHED_OTHER, zero);
    long toWait = p.load(any, waitForAny, -1, 0);

    // serve: all of what they do is let pass
    long serve = p.step(1, arch.sysWait4(), -1, status, ChildWait.WALL | ChildWait.WNOHANG, 0);
    p.then(tryAgain, serve);
    p.store(toWait, StepProgram.argument(serve, 2));
    p.store(serve, thread);
    long toThread = p.load(any, thread, -1, 0);
    long toRequest = p.load(any, cont, -1, 0);
    long toSignal = p.load(any, zero, -1, 0);
    long event = p.load(1, status + 2, 0xff, 0);
    long isStop = p.load(Ptrace.EVENT_STOP, status + 2, 0xff, 0);
    // of a group-stop the signal is one of SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, else SIGTRAP
    long isGroupStop = p.load(Signals.SIGTRAP + 1, status + 1, 0xff, 0);
    long toListen = p.load(any, listen, -1, 0);
    long request = p.step(any, arch.sysPtrace(), 0, 0, 0, 0);
    p.store(toThread, StepProgram.argument(request, 1));
    p.store(toRequest, StepProgram.argument(request, 0));
    p.store(toSignal, StepProgram.argument(request, 3));
    p.store(toListen, StepProgram.argument(request, 0));
    p.otherwise(isStop, request);
    p.otherwise(isGroupStop, request);
    p.then(request, serve);
    long deliver = p.load(any, status + 1, 0xff, 0); // the signal
    p.otherwise(event, deliver);
    p.store(deliver, StepProgram.argument(request, 3));
    p.then(deliver, request);
    // nothing to serve: another pass, or the end
    long another = p.load(1, seizing, -1, 0);
    p.otherwise(serve, another);
    p.then(p.step(any, arch.sysNanosleep(), pause, 0), pass);
    long interrupted = p.load(1 - Errno.ECHILD, thread, -1, 0);
    p.otherwise(another, interrupted);
    p.then(interrupted, serve);
    p.otherwise(interrupted, end);
    return p.build();
  }
}
