// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/** What all groups of instructions share: adding one, and the limits of its fields. */
abstract sealed class Encoder permits AluInstructions {
  /** Adds an instruction of one slot. */
  abstract Assembler emit(int opcode, Reg dst, Reg src, int offset, int imm);

  /** An exception that says where in the program it happened. */
  abstract AssemblyException error(String message);

  /** An immediate that the kernel extends by its sign to 64 bits. */
  final int imm32(long imm) {
    if (imm != (int) imm) {
      throw error(
          "immediate " + imm + " does not fit in 32 bits with sign; load it with constant()");
    }
    return (int) imm;
  }

  /** An immediate of which only 32 bits count, written with or without sign. */
  final int anyImm32(long imm) {
    if (imm < Integer.MIN_VALUE || imm > 0xffffffffL) {
      throw error("immediate " + imm + " does not fit in 32 bits");
    }
    return (int) imm;
  }

  /** A register that the instruction changes. */
  final Reg written(Reg reg) {
    if (reg == Reg.R10) {
      throw error("R10 is the frame pointer and read-only");
    }
    return reg;
  }

  final int offset16(int offset) {
    if (offset != (short) offset) {
      throw error("offset " + offset + " does not fit in 16 bits");
    }
    return offset;
  }
}
