// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.ring;

import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.ebpf.libbpf.BpfException;
import io.github.jstrace.ebpf.libbpf.BpfMap;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.MappedMemory;
import io.github.jstrace.linux.NativeMemory;
import java.lang.invoke.VarHandle;

/**
 * A ring buffer map, mapped: a {@link RingReader} for its records, and ways to wait for them.
 *
 * <p>One thread reads and waits; {@link #wake} may be called from any. {@link #close} comes last,
 * when nobody uses the reader any more.
 */
public final class RingBuffer implements AutoCloseable {
  private static final int SC_PAGESIZE = 30;
  private static final int POLLIN = 1;

  /** EFD_CLOEXEC | EFD_NONBLOCK, sys/eventfd.h; equal on all supported machines. */
  private static final int EVENTFD_FLAGS = 0x80800;

  private final Libc libc = Libc.get();
  private final MappedMemory consumer;
  private final MappedMemory producer;
  private final RingReader reader;
  private final int wakeFd;

  /** Two struct pollfd: what wakes, the ring; then a timespec, then a word that is read. */
  private final NativeMemory poll = libc.allocate(48);

  private static final int POLLFD = 8;
  private static final int REVENTS = 6;
  private static final int TIMESPEC = 16;
  private static final int COUNTER = 32;

  private static final NativeMemory ONE = one();

  private boolean closed;

  private RingBuffer(
      MappedMemory consumer, MappedMemory producer, RingReader reader, int wakeFd, int ringFd) {
    this.consumer = consumer;
    this.producer = producer;
    this.reader = reader;
    this.wakeFd = wakeFd;
    poll.putInt(0, wakeFd);
    poll.putShort(4, (short) POLLIN);
    poll.putInt(POLLFD, ringFd);
    poll.putShort(POLLFD + 4, (short) POLLIN);
  }

  private static NativeMemory one() {
    NativeMemory memory = Libc.get().allocate(8);
    memory.putLong(0, 1);
    return memory;
  }

  /**
   * Maps a ring.
   *
   * @param map of type ring buffer, at most 512 MiB; it stays the caller's, and open until this is
   *     closed
   * @throws BpfException if it cannot be mapped
   */
  public static RingBuffer open(BpfMap map) throws BpfException {
    int size = map.spec().maxEntries();
    if (map.spec().type() != MapType.RINGBUF || size <= 0 || size > 1 << 29) {
      throw new IllegalArgumentException("not a ring buffer of at most 512 MiB: " + map.spec());
    }
    Libc libc = Libc.get();
    int page = (int) libc.sysconf(SC_PAGESIZE);
    MappedMemory consumer = map(map, 0, page, MappedMemory.PROT_READ | MappedMemory.PROT_WRITE);
    MappedMemory producer;
    try {
      // the producer's page and the data, twice
      producer = map(map, page, page + 2 * size, MappedMemory.PROT_READ);
    } catch (BpfException e) {
      consumer.close();
      throw e;
    }
    int wakeFd = (int) libc.syscall(Arch.current().sysEventfd2(), 0, EVENTFD_FLAGS, 0, 0, 0);
    if (wakeFd < 0) {
      consumer.close();
      producer.close();
      throw new BpfException("cannot make an eventfd (error " + -wakeFd + ")", -wakeFd);
    }
    RingReader reader =
        new RingReader(consumer.memory(), producer.memory(), producer.memory(), page, size);
    return new RingBuffer(consumer, producer, reader, wakeFd, map.fd());
  }

  private static MappedMemory map(BpfMap map, long offset, int size, int protection)
      throws BpfException {
    long address = Libc.get().mmap(0, size, protection, MappedMemory.MAP_SHARED, map.fd(), offset);
    if (MappedMemory.isError(address)) {
      throw new BpfException(
          "cannot map the ring buffer " + map.spec() + " (error " + -address + ")", (int) -address);
    }
    return MappedMemory.at(address, size);
  }

  /** The records. */
  public RingReader reader() {
    return reader;
  }

  /**
   * Waits until there is a record in the ring that was not {@linkplain RingReader#release
   * released}, or {@link #wake} was called since the last wait that it ended, or the time is over,
   * or a signal came.
   *
   * <p>A record that a program put there with {@code BPF_RB_NO_WAKEUP} ends the wait only if it was
   * there before. A program that decides by a flag of the reader's whether to wake it may have read
   * the flag just before it was set: give such a wait an end.
   *
   * @param nanos how long at most; negative for no end
   * @return whether {@link #wake} ended it
   */
  public boolean await(long nanos) {
    return poll(2, nanos);
  }

  /**
   * Waits for {@link #wake} alone, so that records gather for a while.
   *
   * @param nanos how long at most; negative for no end
   * @return whether {@link #wake} ended it
   */
  public boolean pause(long nanos) {
    return poll(1, nanos);
  }

  private boolean poll(int descriptors, long nanos) {
    long timeout = 0;
    if (nanos >= 0) {
      poll.putLong(TIMESPEC, nanos / 1_000_000_000);
      poll.putLong(TIMESPEC + 8, nanos % 1_000_000_000);
      timeout = poll.address() + TIMESPEC;
    }
    poll.putShort(REVENTS, (short) 0);
    // what was released is seen by the kernel before it looks whether there is more
    VarHandle.fullFence();
    long ready =
        libc.syscall(Arch.current().sysPpoll(), poll.address(), descriptors, timeout, 0, 0);
    if (ready <= 0 || (poll.getShort(REVENTS) & POLLIN) == 0) {
      return false;
    }
    libc.read(wakeFd, poll.address() + COUNTER, 8);
    return true;
  }

  /** Ends the present or the next wait. Any thread, before {@link #close}. */
  public void wake() {
    libc.write(wakeFd, ONE.address(), 8);
  }

  /** Unmaps the ring; the map stays open. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      consumer.close();
      producer.close();
      libc.close(wakeFd);
    }
  }
}
