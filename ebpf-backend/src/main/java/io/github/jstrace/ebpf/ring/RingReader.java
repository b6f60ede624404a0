// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.ring;

import io.github.jstrace.linux.NativeMemory;

/**
 * Reads the records of a BPF ring buffer where they lie, without copying and without allocating:
 *
 * <pre>{@code
 * while (reader.next()) {
 *   ... reader.data().getLong(reader.offset()) ... reader.length()
 * }
 * reader.release();
 * }</pre>
 *
 * <p>What {@link #next} has handed out stays valid until {@link #release} gives its place back to
 * the kernel, so records can be collected and sorted first; the kernel drops new ones when the ring
 * is full. A record never wraps around: the data are mapped twice, one after the other. Format:
 * Documentation/bpf/ringbuf.rst of Linux 6.1. One thread.
 */
public final class RingReader {
  /** A header precedes each record: 32 bits of length and flags, 32 bits for the kernel. */
  private static final int HEADER = 8;

  /** linux/bpf.h: the record is not written yet; it is to be skipped. */
  private static final int BUSY = 1 << 31;

  private static final int DISCARD = 1 << 30;
  private static final int LENGTH = DISCARD - 1;

  private final NativeMemory consumer;
  private final NativeMemory producer;
  private final NativeMemory data;
  private final int dataStart;
  private final int size;
  private final int mask;

  /** Positions count bytes since the ring was made and never wrap; offsets are modulo size. */
  private long position;

  private long released;
  private long produced;

  private int offset;
  private int length;
  private long before;
  private long corrupt;

  /**
   * @param consumer the position that this reader writes, at offset 0
   * @param producer the position that the kernel writes, at offset 0
   * @param data holds the ring twice, from {@code dataStart} on
   * @param size of the ring in bytes, a power of 2
   */
  RingReader(
      NativeMemory consumer, NativeMemory producer, NativeMemory data, int dataStart, int size) {
    if (Integer.bitCount(size) != 1 || data.size() - dataStart < 2L * size) {
      throw new IllegalArgumentException("a ring of " + size + " bytes");
    }
    this.consumer = consumer;
    this.producer = producer;
    this.data = data;
    this.dataStart = dataStart;
    this.size = size;
    this.mask = size - 1;
    position = consumer.getLongAcquire(0);
    released = position;
    produced = position;
  }

  /**
   * Goes to the next record that is complete.
   *
   * @return false if there is none yet: all were seen, or the next is still being written
   */
  public boolean next() {
    while (true) {
      if (position >= produced) {
        produced = producer.getLongAcquire(0);
        if (position >= produced) {
          return false;
        }
      }
      int at = dataStart + ((int) position & mask);
      int header = data.getIntAcquire(at);
      if (header < 0) {
        // BUSY: what comes after it waits too
        return false;
      }
      int bytes = header & LENGTH;
      long after = position + ((HEADER + (long) bytes + 7) & ~7L);
      if (after > produced || after - position > size) {
        // no kernel writes that; whatever it is, no byte of it can be trusted
        corrupt++;
        position = produced;
        return false;
      }
      before = position;
      position = after;
      if ((header & DISCARD) == 0) {
        offset = at + HEADER;
        length = bytes;
        return true;
      }
    }
  }

  /** Takes the last {@link #next} back: it will hand the same record out again. */
  public void back() {
    position = before;
  }

  /** Where records are; the present one from {@link #offset} on. For reading only. */
  public NativeMemory data() {
    return data;
  }

  /** Where the present record begins in {@link #data}; a multiple of 8. */
  public int offset() {
    return offset;
  }

  /** Bytes of the present record: what the program asked for, not rounded. */
  public int length() {
    return length;
  }

  /** Gives the place of all records handed out so far back to the kernel. */
  public void release() {
    if (released != position) {
      released = position;
      consumer.putLongRelease(0, position);
    }
  }

  /** Bytes that are handed out and not given back. */
  public long held() {
    return position - released;
  }

  /** Bytes in the ring that were not handed out yet, as far as the kernel has told. */
  public long pending() {
    produced = producer.getLongAcquire(0);
    return Math.max(0, produced - position);
  }

  /** Size of the ring in bytes. */
  public int size() {
    return size;
  }

  /**
   * How often a header made no sense and all that was there was skipped; 0 but for a kernel bug.
   */
  public long corrupt() {
    return corrupt;
  }
}
