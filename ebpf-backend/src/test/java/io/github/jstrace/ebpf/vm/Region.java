// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes at an address: a stack, a context, a value of a map, a struct, a piece of user memory. */
public final class Region {
  private final String name;
  private final long address;
  private final ByteBuffer data;

  /** Which bytes were written, where that matters: on the stack. */
  private final boolean[] defined;

  private boolean resident = true;

  Region(String name, long address, byte[] bytes, boolean defined) {
    this.name = name;
    this.address = address;
    this.data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.defined = new boolean[defined ? 0 : bytes.length];
  }

  public long address() {
    return address;
  }

  public int size() {
    return data.capacity();
  }

  /** Whether user memory can be read without a page fault; true at first. */
  public Region resident(boolean is) {
    resident = is;
    return this;
  }

  boolean isResident() {
    return resident;
  }

  public Region putByte(int offset, int value) {
    define(offset, 1);
    data.put(offset, (byte) value);
    return this;
  }

  public Region putInt(int offset, int value) {
    define(offset, 4);
    data.putInt(offset, value);
    return this;
  }

  public Region putLong(int offset, long value) {
    define(offset, 8);
    data.putLong(offset, value);
    return this;
  }

  public Region putBytes(int offset, byte[] bytes) {
    define(offset, bytes.length);
    data.put(offset, bytes);
    return this;
  }

  public int getByte(int offset) {
    return data.get(offset) & 0xff;
  }

  public int getInt(int offset) {
    return data.getInt(offset);
  }

  public long getLong(int offset) {
    return data.getLong(offset);
  }

  /** A copy. */
  public byte[] bytes(int offset, int length) {
    return Arrays.copyOfRange(data.array(), offset, offset + length);
  }

  /** A copy of all. */
  public byte[] bytes() {
    return data.array().clone();
  }

  /** Up to the first NUL or the end. */
  public String string(int offset) {
    int end = offset;
    while (end < size() && data.get(end) != 0) {
      end++;
    }
    return new String(data.array(), offset, end - offset, StandardCharsets.ISO_8859_1);
  }

  private void define(int offset, int length) {
    if (defined.length > 0) {
      Arrays.fill(defined, offset, offset + length, true);
    }
  }

  /** Little-endian, extended by zeros. */
  long load(int offset, int size) {
    checkDefined(offset, size);
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << 8 | getByte(offset + i);
    }
    return value;
  }

  void store(int offset, int size, long value) {
    define(offset, size);
    for (int i = 0; i < size; i++) {
      data.put(offset + i, (byte) (value >>> 8 * i));
    }
  }

  byte[] read(int offset, int length) {
    checkDefined(offset, length);
    return bytes(offset, length);
  }

  private void checkDefined(int offset, int length) {
    for (int i = offset; i < offset + length && defined.length > 0; i++) {
      if (!defined[i]) {
        int before = size() - i;
        throw new Fault("read of " + name + ", " + before + " bytes before its end: never written");
      }
    }
  }

  @Override
  public String toString() {
    return name + " of " + size() + " bytes at 0x" + Long.toHexString(address);
  }
}
