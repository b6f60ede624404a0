// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/**
 * The width of a memory access and, for loads, whether the upper bits are filled with zeros or with
 * the sign. The kernel knows sign-extending loads since Linux 6.6.
 */
public enum Size {
  U8(1, 0x10, false),
  U16(2, 0x08, false),
  U32(4, 0x00, false),
  U64(8, 0x18, false),
  S8(1, 0x10, true),
  S16(2, 0x08, true),
  S32(4, 0x00, true);

  private final int bytes;
  private final int bits;
  private final boolean signed;

  Size(int bytes, int bits, boolean signed) {
    this.bytes = bytes;
    this.bits = bits;
    this.signed = signed;
  }

  /** 1, 2, 4 or 8. */
  public int bytes() {
    return bytes;
  }

  public boolean signed() {
    return signed;
  }

  /** The size's bits of an opcode. */
  int opcodeBits() {
    return bits;
  }

  /** As C names it in the kernel's log: {@code u64}, {@code s8}. */
  String cName() {
    return (signed ? "s" : "u") + bytes * 8;
  }
}
