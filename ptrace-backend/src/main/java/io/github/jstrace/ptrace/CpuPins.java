// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;

/**
 * {@link CoLocation.Pins} by sched_setaffinity(2), on the tracer thread. One thread is pinned at a
 * time.
 */
final class CpuPins implements CoLocation.Pins {
  /** Bytes of a mask: 8192 CPUs, the most that a kernel is built for. */
  private static final int SIZE = 1024;

  // sched(7): the policies whose threads let others run.
  private static final int SCHED_OTHER = 0;
  private static final int SCHED_BATCH = 3;

  private final Libc libc;

  /** The CPU to share, or -1: the one that the tracer happens to be on. */
  private final int wantedCpu;

  private final NativeMemory own;
  private final NativeMemory before;
  private final NativeMemory one;
  private final NativeMemory all;
  private final NativeMemory scratch;

  /** What the pinned thread gets back: {@link #before}, or {@link #all} if that means the same. */
  private NativeMemory restore;

  private boolean ownKnown;

  CpuPins(Libc libc, int wantedCpu) {
    this.libc = libc;
    this.wantedCpu = wantedCpu;
    own = libc.allocate(SIZE);
    before = libc.allocate(SIZE);
    one = libc.allocate(SIZE);
    all = libc.allocate(SIZE);
    scratch = libc.allocate(SIZE);
    for (int i = 0; i < SIZE; i += 8) {
      all.putLong(i, -1);
    }
    restore = before;
  }

  @Override
  public boolean pin(int tid) {
    if (!ownKnown) {
      if (libc.schedGetaffinity(0, SIZE, own.address()) < 0) {
        return false;
      }
      ownKnown = true;
    }
    boolean x86 = Arch.current() == Arch.X86_64;
    long policy = libc.syscall(x86 ? 145 : 120, tid, 0, 0, 0, 0); // sched_getscheduler
    if ((policy != SCHED_OTHER && policy != SCHED_BATCH)
        || libc.schedGetaffinity(tid, SIZE, before.address()) < 0) {
      return false;
    }
    int cpu = wantedCpu;
    if (cpu < 0) {
      cpu =
          libc.syscall(x86 ? 309 : 168, scratch.address(), 0, 0, 0, 0) < 0 // getcpu
              ? -1
              : scratch.getInt(0);
      if (!allowed(cpu)) {
        cpu = firstAllowed();
      }
    }
    if (!allowed(cpu)) {
      return false;
    }
    // A mask that was never set follows the cpuset of the process when that is changed, and so
    // does one of all bits, but not one that merely equals it (Linux 6.2 and later).
    if (libc.schedSetaffinity(tid, SIZE, all.address()) < 0) {
      return false;
    }
    boolean unlimited =
        libc.schedGetaffinity(tid, SIZE, scratch.address()) >= 0 && same(scratch, before);
    restore = unlimited ? all : before;
    one.clear(0, SIZE);
    one.putLong(cpu / 64 * 8, 1L << (cpu % 64));
    if (libc.schedSetaffinity(tid, SIZE, one.address()) < 0
        || libc.schedSetaffinity(0, SIZE, one.address()) < 0) {
      unpin(tid);
      return false;
    }
    return true;
  }

  /** Whether both threads may run there. */
  private boolean allowed(int cpu) {
    return cpu >= 0
        && cpu < SIZE * 8
        && (own.getLong(cpu / 64 * 8) & before.getLong(cpu / 64 * 8) & 1L << (cpu % 64)) != 0;
  }

  private int firstAllowed() {
    for (int i = 0; i < SIZE; i += 8) {
      long common = own.getLong(i) & before.getLong(i);
      if (common != 0) {
        return i * 8 + Long.numberOfTrailingZeros(common);
      }
    }
    return -1;
  }

  private static boolean same(NativeMemory a, NativeMemory b) {
    for (int i = 0; i < SIZE; i += 8) {
      if (a.getLong(i) != b.getLong(i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void unpin(int tid) {
    libc.schedSetaffinity(tid, SIZE, restore.address());
    unpinCaller();
  }

  @Override
  public void unpinCaller() {
    libc.schedSetaffinity(0, SIZE, own.address());
  }

  @Override
  public long now() {
    return System.nanoTime();
  }
}
