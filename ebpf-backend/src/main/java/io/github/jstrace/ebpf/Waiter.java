// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.lang.ref.Reference;

/**
 * Waits for the end of processes, for a while, or until it is woken by another thread. {@code
 * pidfd_open} (Linux 5.3) and {@code ppoll} by number, as libc may not have the first.
 */
final class Waiter implements AutoCloseable {
  private static final int SYS_PIDFD_OPEN = 434;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_NONBLOCK = 0x800;
  private static final int POLLFD_SIZE = 8;
  private static final short POLLIN = 1;
  private static final int REVENTS = 6;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Libc libc;
  private final NativeMemory fds;
  private final NativeMemory timeout;
  private final int wakeRead;
  private final int wakeWrite;
  private final int capacity;
  private int count;
  private int alive;
  private boolean closed;

  /**
   * @param capacity the most processes that are waited for
   */
  Waiter(Libc libc, int capacity) {
    this.libc = libc;
    this.capacity = capacity + 1;
    this.fds = libc.allocate(POLLFD_SIZE * this.capacity);
    this.timeout = libc.allocate(16);
    NativeMemory pipe = libc.allocate(8);
    int result = libc.pipe2(pipe.address(), O_CLOEXEC | O_NONBLOCK);
    wakeRead = result < 0 ? -1 : pipe.getInt(0);
    wakeWrite = result < 0 ? -1 : pipe.getInt(4);
    add(wakeRead);
  }

  private void add(int fd) {
    fds.putInt(POLLFD_SIZE * count, fd);
    fds.putShort(POLLFD_SIZE * count + 4, POLLIN);
    count++;
  }

  /** Waits for a process, too; false if the kernel cannot, as for a thread. */
  boolean watch(int pid) {
    if (count == capacity) {
      return false;
    }
    int fd = (int) libc.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0, 0);
    if (fd < 0) {
      return false;
    }
    add(fd);
    alive++;
    return true;
  }

  /** How many of the processes have not ended yet, as far as is known. */
  int alive() {
    return alive;
  }

  /**
   * Waits until a process ends or {@link #wake} is called.
   *
   * @param nanos the longest time; negative for ever
   */
  void await(long nanos) {
    timeout.putLong(0, nanos / NANOS_PER_SECOND);
    timeout.putLong(8, nanos % NANOS_PER_SECOND);
    int ppoll = Arch.current() == Arch.X86_64 ? 271 : 73;
    long ready = libc.syscall(ppoll, fds.address(), count, nanos < 0 ? 0 : timeout.address(), 0, 0);
    Reference.reachabilityFence(timeout);
    if (ready <= 0) {
      return;
    }
    for (int i = 1; i < count; i++) {
      int at = POLLFD_SIZE * i;
      if (fds.getShort(at + REVENTS) != 0 && fds.getInt(at) >= 0) {
        libc.close(fds.getInt(at));
        fds.putInt(at, -1); // poll passes over it
        alive--;
      }
    }
  }

  /** Ends the waiting, now or the next time; may be called from any thread, also after the end. */
  synchronized void wake() {
    if (closed) {
      return;
    }
    NativeMemory one = libc.allocate(8);
    libc.write(wakeWrite, one.address(), 1);
    Reference.reachabilityFence(one);
  }

  @Override
  public synchronized void close() {
    closed = true;
    for (int i = 1; i < count; i++) {
      int fd = fds.getInt(POLLFD_SIZE * i);
      if (fd >= 0) {
        libc.close(fd);
      }
    }
    count = 1;
    libc.close(wakeRead);
    libc.close(wakeWrite);
  }
}
