// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A zeroed block of memory outside the Java heap, at an address that C may be given. Allocated with
 * {@link Libc#allocate}, kept and reused; it lives as long as this object is reachable. Offsets are
 * in bytes and checked.
 */
public final class NativeMemory {
  private final ByteBuffer buffer;
  private final long address;
  private final int size;

  NativeMemory(ByteBuffer buffer, long address) {
    this.buffer = buffer.order(ByteOrder.nativeOrder());
    this.address = address;
    this.size = buffer.capacity();
  }

  /** Where the block begins, for calls that take an address. */
  public long address() {
    return address;
  }

  /** Size in bytes. */
  public int size() {
    return size;
  }

  public byte getByte(int offset) {
    return buffer.get(offset);
  }

  public short getShort(int offset) {
    return buffer.getShort(offset);
  }

  public int getInt(int offset) {
    return buffer.getInt(offset);
  }

  public long getLong(int offset) {
    return buffer.getLong(offset);
  }

  public void putByte(int offset, byte value) {
    buffer.put(offset, value);
  }

  public void putShort(int offset, short value) {
    buffer.putShort(offset, value);
  }

  public void putInt(int offset, int value) {
    buffer.putInt(offset, value);
  }

  public void putLong(int offset, long value) {
    buffer.putLong(offset, value);
  }

  /**
   * Reads a word that another thread or the kernel writes: what it wrote before that is seen by
   * what is read after this.
   *
   * @param offset a multiple of 8
   */
  public long getLongAcquire(int offset) {
    // a fence and no VarHandle of the buffer: its first use in a run takes milliseconds
    long value = buffer.getLong(offset);
    VarHandle.acquireFence();
    return value;
  }

  /** {@link #getLongAcquire} of 4 bytes; {@code offset} is a multiple of 4. */
  public int getIntAcquire(int offset) {
    int value = buffer.getInt(offset);
    VarHandle.acquireFence();
    return value;
  }

  /**
   * Writes a word that another thread or the kernel reads with acquire semantics: it then sees all
   * that was read and written before this.
   *
   * @param offset a multiple of 8
   */
  public void putLongRelease(int offset, long value) {
    VarHandle.releaseFence();
    buffer.putLong(offset, value);
  }

  /** Copies {@code length} bytes from {@code offset} on to {@code into}. */
  public void get(int offset, byte[] into, int intoOffset, int length) {
    buffer.get(offset, into, intoOffset, length);
  }

  /** Copies {@code length} bytes of {@code from} to {@code offset}. */
  public void put(int offset, byte[] from, int fromOffset, int length) {
    buffer.put(offset, from, fromOffset, length);
  }

  /**
   * The memory as a buffer in native byte order, for what reads much of it: not a copy. Its
   * position and limit belong to everybody; use absolute offsets.
   */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** The bytes from {@code offset} on as a new array. */
  public byte[] bytes(int offset, int length) {
    byte[] result = new byte[length];
    buffer.get(offset, result, 0, length);
    return result;
  }

  /** Zeroes {@code length} bytes from {@code offset} on. */
  public void clear(int offset, int length) {
    int i = offset;
    int end = offset + length;
    for (; i + 8 <= end; i += 8) {
      buffer.putLong(i, 0);
    }
    for (; i < end; i++) {
      buffer.put(i, (byte) 0);
    }
  }
}
