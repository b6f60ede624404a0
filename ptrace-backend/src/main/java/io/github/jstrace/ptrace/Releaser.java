// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ListenerKeeper;
import io.github.jstrace.linux.Ptrace;
import io.github.jstrace.linux.RemoteMemory;
import io.github.jstrace.tables.Abi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Lets go of a tracee that has our seccomp filter, so that it and its descendants run as if
 * untraced. Without a tracer the calls that the filter tells of would fail with ENOSYS. So the
 * tracee is made to install a second filter on top, which notifies a listener of the same calls,
 * and a process of its own ({@link ListenerKeeper}) answers all notifications.
 */
final class Releaser {
  private static final int SECCOMP_SET_MODE_FILTER = 1;

  // SECCOMP_FILTER_FLAG_*, linux/seccomp.h
  private static final int SPEC_ALLOW = 4;
  private static final int NEW_LISTENER = 8;
  private static final int WAIT_KILLABLE_RECV = 32; // Linux 5.19

  private static final int PIDFD_THREAD = 0x80; // Linux 6.9

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  /** What a function without calls may use below its stack pointer, on x86-64. */
  private static final int RED_ZONE = 128;

  /** More than this is not put on a stack. */
  private static final int MOST_STACK = 8192;

  private static final long MAX_ERRNO = 4095;
  private static final long LOW_MEMORY = 1L << 32;

  private final Libc libc;
  private final byte[] filter;
  private final InjectedCalls injection;
  private final RemoteMemory memory;
  private final ListenerKeeper keeper;
  private final Arch arch = Arch.current();

  /** What was in the stack where the filter is for a moment, unless that is in new memory. */
  private byte[] former = {};

  private boolean mapped;
  private long mappedAt;
  private int mappedSize;

  /**
   * @param filter what {@link FilterProgram#forListener} gives for the filter that tracees have
   */
  Releaser(Libc libc, byte[] filter) {
    this.libc = libc;
    this.filter = filter;
    this.injection = new InjectedCalls(libc);
    this.memory = new RemoteMemory(libc);
    this.keeper = new ListenerKeeper(libc);
  }

  /**
   * Lets go of a tracee in a {@code PTRACE_EVENT_STOP}.
   *
   * @param tgid its process
   * @param newborn whether this is its first stop
   * @param parentStack the stack pointer of the parent of a newborn. If it is the newborn's, too,
   *     nobody else uses the memory below it: that is a copy, or the parent waits.
   * @return 0, or -errno if it cannot be done: then the tracee is as it was; -ESRCH if it has ended
   */
  int release(int tid, int tgid, boolean newborn, long parentStack) {
    int result = keeper.prepare();
    if (result < 0) {
      return result;
    }
    int pidfd = openForDescriptors(tid, tgid);
    if (pidfd < 0) {
      return pidfd;
    }
    result = injection.begin(tid);
    if (result >= 0) {
      long listener = install(tid, parentStack);
      if (listener >= 0) {
        hand(pidfd, (int) listener);
        injection.call(closeCall(), listener);
      }
      result = (int) Math.max(Math.min(listener, 0), -MAX_ERRNO);
      if (mapped) {
        unmap();
      }
      int signal = injection.end(!newborn);
      if (injection.endStatus() != 0) {
        result = -Errno.ESRCH;
      } else if (result >= 0) {
        libc.ptrace(Ptrace.DETACH, tid, 0, signal);
      } else if (signal != 0) {
        libc.kill(tid, signal);
      }
    }
    libc.close(pidfd);
    return result;
  }

  /** The wait status of a tracee that ended meanwhile; 0 if it did not. */
  int endStatus() {
    return injection.endStatus();
  }

  void close() {
    keeper.close();
  }

  /** A pidfd through which we may take descriptors. */
  private int openForDescriptors(int tid, int tgid) {
    int pidfd =
        (int) libc.syscall(arch.sysPidfdOpen(), tid, tid == tgid ? 0 : PIDFD_THREAD, 0, 0, 0);
    if (pidfd == -Errno.EINVAL && tid != tgid) {
      pidfd = (int) libc.syscall(arch.sysPidfdOpen(), tgid, 0, 0, 0, 0);
    }
    if (pidfd >= 0) {
      int probe = (int) libc.syscall(arch.sysPidfdGetfd(), pidfd, Integer.MAX_VALUE, 0, 0, 0);
      if (probe != -Errno.EBADF) {
        libc.close(pidfd);
        return probe < 0 ? probe : -Errno.EPERM;
      }
    }
    return pidfd;
  }

  private void hand(int pidfd, int theirs) {
    int listener = (int) libc.syscall(arch.sysPidfdGetfd(), pidfd, theirs, 0, 0, 0);
    if (listener >= 0) {
      keeper.keep(listener);
    }
  }

  /** Returns the listener's descriptor in the tracee, or -errno. */
  private long install(int tid, long parentStack) {
    boolean narrow = injection.i386();
    // struct sock_fprog: u16 len, struct sock_filter *, and the instructions behind it
    int header = 16;
    byte[] program = new byte[header + filter.length];
    boolean onStack = injection.stackPointer() == parentStack;
    long address = place(tid, onStack && program.length <= MOST_STACK, program.length);
    if (address < 0) {
      return address;
    }
    ByteBuffer buffer = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putShort(0, (short) (filter.length / 8));
    if (narrow) {
      buffer.putInt(4, (int) address + header);
    } else {
      buffer.putLong(8, address + header);
    }
    buffer.put(header, filter, 0, filter.length);
    long result = -Errno.EFAULT;
    if (memory.write(tid, address, program, 0, program.length) == program.length) {
      int number = FilterProgram.seccomp(abi());
      int flags = SPEC_ALLOW | NEW_LISTENER;
      result = injection.call(number, SECCOMP_SET_MODE_FILTER, flags | WAIT_KILLABLE_RECV, address);
      if (result == -Errno.EINVAL) {
        result = injection.call(number, SECCOMP_SET_MODE_FILTER, flags, address);
      }
    }
    if (!mapped) {
      memory.write(tid, address, former, 0, former.length);
    }
    return result;
  }

  /** Finds memory of the tracee to put something in. Returns the address, or -errno. */
  private long place(int tid, boolean onStack, int size) {
    boolean narrow = injection.i386();
    mapped = false;
    long address = (injection.stackPointer() - RED_ZONE - size) & ~15L;
    if (onStack && (!narrow || address + size < LOW_MEMORY)) {
      former = new byte[size];
      if (memory.read(tid, address, former, 0, size) == size) {
        return address;
      }
    }
    int number = abi() == Abi.I386 ? 192 : arch.sysMmap(); // mmap2
    long result = injection.call(number, 0, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    mapped = result > 0;
    mappedAt = result;
    mappedSize = size;
    return result;
  }

  private void unmap() {
    injection.call(abi() == Abi.I386 ? 91 : arch.sysMunmap(), mappedAt, mappedSize);
    mapped = false;
  }

  private int closeCall() {
    return abi() == Abi.I386 ? 6 : arch.sysClose();
  }

  private Abi abi() {
    if (arch == Arch.AARCH64) {
      return Abi.AARCH64;
    }
    return injection.i386() ? Abi.I386 : Abi.X86_64;
  }
}
