// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/** Atomic operations: what the immediate of such an instruction says (RFC 9669, section 5.3). */
enum Atomic {
  ADD(0x00, "+="),
  OR(0x40, "|="),
  AND(0x50, "&="),
  XOR(0xa0, "^="),
  FETCH_ADD(0x01, "fetch_add"),
  FETCH_OR(0x41, "fetch_or"),
  FETCH_AND(0x51, "fetch_and"),
  FETCH_XOR(0xa1, "fetch_xor"),
  XCHG(0xe1, "xchg"),
  CMPXCHG(0xf1, "cmpxchg");

  private final int imm;
  private final String text;

  Atomic(int imm, String text) {
    this.imm = imm;
    this.text = text;
  }

  int imm() {
    return imm;
  }

  /** As the kernel's log writes it. */
  String text() {
    return text;
  }

  /** Whether the old value is returned. */
  boolean fetches() {
    return (imm & 1) != 0;
  }
}
