// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/**
 * One instruction of 8 bytes as a little-endian number: from the lowest bit, 8 bits opcode, 4
 * destination, 4 source, 16 offset, 32 immediate (RFC 9669, section 3.1). Jumps count in slots; a
 * 64-bit immediate takes two.
 */
final class Slot {
  // classes of opcodes: the lowest three bits (RFC 9669, section 3.2)
  static final int LD = 0x00;
  static final int LDX = 0x01;
  static final int ST = 0x02;
  static final int STX = 0x03;
  static final int ALU32 = 0x04;
  static final int JMP = 0x05;
  static final int JMP32 = 0x06;
  static final int ALU64 = 0x07;

  /** The second operand of arithmetic and jumps is a register, not the immediate. */
  static final int X = 0x08;

  // modes of loads and stores
  static final int MEM = 0x60;
  static final int MEMSX = 0x80;
  static final int ATOMIC = 0xc0;

  /** The first slot of a 64-bit immediate. */
  static final int LD_IMM64 = 0x18;

  // operations of JMP beyond the conditions
  static final int JA = 0x00;
  static final int CALL = 0x80;
  static final int EXIT = 0x90;

  // what the source of LD_IMM64 says about the immediate (linux/bpf.h, BPF_PSEUDO_*)
  static final int PSEUDO_MAP_FD = 1;
  static final int PSEUDO_MAP_VALUE = 2;
  static final int PSEUDO_FUNC = 4;

  /** The source of a call whose immediate is a distance in slots. */
  static final int PSEUDO_CALL = 1;

  private Slot() {}

  static long of(int opcode, int dst, int src, int offset, int imm) {
    return (opcode & 0xffL)
        | (dst & 0xfL) << 8
        | (src & 0xfL) << 12
        | (offset & 0xffffL) << 16
        | (long) imm << 32;
  }

  static int opcode(long slot) {
    return (int) slot & 0xff;
  }

  static int opcodeClass(long slot) {
    return (int) slot & 7;
  }

  static int dst(long slot) {
    return (int) (slot >> 8) & 0xf;
  }

  static int src(long slot) {
    return (int) (slot >> 12) & 0xf;
  }

  static int offset(long slot) {
    return (short) (slot >> 16);
  }

  static int imm(long slot) {
    return (int) (slot >> 32);
  }

  static long withOffset(long slot, int offset) {
    return slot & ~0xffff0000L | (offset & 0xffffL) << 16;
  }

  static long withImm(long slot, int imm) {
    return slot & 0xffffffffL | (long) imm << 32;
  }
}
