// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/** Operations of the arithmetic classes (RFC 9669, section 4.1). */
enum Alu {
  ADD(0x00, "+="),
  SUB(0x10, "-="),
  MUL(0x20, "*="),
  DIV(0x30, "/="),
  OR(0x40, "|="),
  AND(0x50, "&="),
  LSH(0x60, "<<="),
  RSH(0x70, ">>="),
  NEG(0x80, "neg"),
  MOD(0x90, "%="),
  XOR(0xa0, "^="),
  MOV(0xb0, "="),
  ARSH(0xc0, "s>>="),
  END(0xd0, "endian");

  private final int bits;
  private final String sign;

  Alu(int bits, String sign) {
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

  boolean shift() {
    return this == LSH || this == RSH || this == ARSH;
  }

  boolean division() {
    return this == DIV || this == MOD;
  }
}
