// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/** The condition of a jump: {@code jumpIf(R1, GT, 5, label)} jumps if R1 is above 5. */
public enum Cond {
  EQ(0x10, "=="),
  NE(0x50, "!="),
  /** Unsigned above, as {@link #GE}, {@link #LT} and {@link #LE}. */
  GT(0x20, ">"),
  GE(0x30, ">="),
  LT(0xa0, "<"),
  LE(0xb0, "<="),
  /** Signed greater, as the others with S. */
  SGT(0x60, "s>"),
  SGE(0x70, "s>="),
  SLT(0xc0, "s<"),
  SLE(0xd0, "s<="),
  /** Some bit is set in both operands. */
  SET(0x40, "&");

  private final int bits;
  private final String sign;

  Cond(int bits, String sign) {
    this.bits = bits;
    this.sign = sign;
  }

  /** The operation's bits of an opcode. */
  int opcodeBits() {
    return bits;
  }

  /** As the kernel's log writes it. */
  String sign() {
    return sign;
  }
}
