// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

/**
 * Bytes copied from a tracee, read as little-endian numbers. Offsets beyond the end are the
 * caller's error.
 */
public final class MemoryView {
  private final byte[] bytes;
  private final int length;
  private final int given;
  private long address;

  MemoryView(byte[] bytes, int length) {
    this(bytes, length, length);
  }

  /**
   * {@code given}: so many bytes are the tracee's, the others are what the kernel takes for them.
   */
  MemoryView(byte[] bytes, int length, int given) {
    this.bytes = bytes;
    this.length = length;
    this.given = given;
  }

  /** Bytes that lie at {@code address} in the tracee. */
  static MemoryView at(long address, byte[] bytes, int length) {
    MemoryView view = new MemoryView(bytes, length);
    view.address = address;
    return view;
  }

  /** Where the first byte lies in the tracee; 0 if the bytes were put together. */
  long address() {
    return address;
  }

  public int length() {
    return length;
  }

  /** How many bytes the tracee has given. */
  int given() {
    return given;
  }

  public int u8(int offset) {
    return bytes[offset] & 0xff;
  }

  public int u16(int offset) {
    return u8(offset) | u8(offset + 1) << 8;
  }

  /** Big-endian, as ports are. */
  public int u16be(int offset) {
    return u8(offset) << 8 | u8(offset + 1);
  }

  public int s32(int offset) {
    return u16(offset) | u16(offset + 2) << 16;
  }

  public long u32(int offset) {
    return s32(offset) & 0xffffffffL;
  }

  public long s64(int offset) {
    return u32(offset) | (long) s32(offset + 4) << 32;
  }

  /** A number of 1, 2, 4 or 8 bytes. */
  public long load(int offset, int size, boolean signed) {
    switch (size) {
      case 1:
        return signed ? bytes[offset] : u8(offset);
      case 2:
        return signed ? (short) u16(offset) : u16(offset);
      case 4:
        return signed ? s32(offset) : u32(offset);
      default:
        return s64(offset);
    }
  }

  /** A copy of {@code count} bytes. */
  public byte[] copy(int offset, int count) {
    byte[] result = new byte[count];
    System.arraycopy(bytes, offset, result, 0, count);
    return result;
  }
}
