// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import static io.github.jstrace.ebpf.asm.Slot.ALU32;
import static io.github.jstrace.ebpf.asm.Slot.ALU64;
import static io.github.jstrace.ebpf.asm.Slot.X;

/**
 * Arithmetic: {@code dst = dst op operand}. Immediates are 32 bits, extended by their sign for
 * operations on 64 bits; methods ending in 32 work on the lower halves and clear the upper half of
 * dst. Never throws but for what cannot be encoded ({@link AssemblyException}).
 */
public abstract sealed class AluInstructions extends Encoder permits MemoryInstructions {
  /** dst = src. */
  public Assembler mov(Reg dst, Reg src) {
    return alu(ALU64, Alu.MOV, dst, src);
  }

  public Assembler mov(Reg dst, long imm) {
    return alu(ALU64, Alu.MOV, dst, imm);
  }

  public Assembler add(Reg dst, Reg src) {
    return alu(ALU64, Alu.ADD, dst, src);
  }

  public Assembler add(Reg dst, long imm) {
    return alu(ALU64, Alu.ADD, dst, imm);
  }

  public Assembler sub(Reg dst, Reg src) {
    return alu(ALU64, Alu.SUB, dst, src);
  }

  public Assembler sub(Reg dst, long imm) {
    return alu(ALU64, Alu.SUB, dst, imm);
  }

  public Assembler mul(Reg dst, Reg src) {
    return alu(ALU64, Alu.MUL, dst, src);
  }

  public Assembler mul(Reg dst, long imm) {
    return alu(ALU64, Alu.MUL, dst, imm);
  }

  /** Unsigned; the kernel defines the quotient of a division by zero as 0. */
  public Assembler div(Reg dst, Reg src) {
    return alu(ALU64, Alu.DIV, dst, src);
  }

  public Assembler div(Reg dst, long imm) {
    return alu(ALU64, Alu.DIV, dst, imm);
  }

  /** Unsigned remainder; that of a division by zero is dst. */
  public Assembler mod(Reg dst, Reg src) {
    return alu(ALU64, Alu.MOD, dst, src);
  }

  public Assembler mod(Reg dst, long imm) {
    return alu(ALU64, Alu.MOD, dst, imm);
  }

  public Assembler or(Reg dst, Reg src) {
    return alu(ALU64, Alu.OR, dst, src);
  }

  public Assembler or(Reg dst, long imm) {
    return alu(ALU64, Alu.OR, dst, imm);
  }

  public Assembler and(Reg dst, Reg src) {
    return alu(ALU64, Alu.AND, dst, src);
  }

  public Assembler and(Reg dst, long imm) {
    return alu(ALU64, Alu.AND, dst, imm);
  }

  public Assembler xor(Reg dst, Reg src) {
    return alu(ALU64, Alu.XOR, dst, src);
  }

  public Assembler xor(Reg dst, long imm) {
    return alu(ALU64, Alu.XOR, dst, imm);
  }

  /** Shifts left by 0 to 63, or 31 bits: of a register, the lowest bits count. */
  public Assembler lsh(Reg dst, Reg src) {
    return alu(ALU64, Alu.LSH, dst, src);
  }

  public Assembler lsh(Reg dst, long imm) {
    return alu(ALU64, Alu.LSH, dst, imm);
  }

  /** Logical shift to the right. */
  public Assembler rsh(Reg dst, Reg src) {
    return alu(ALU64, Alu.RSH, dst, src);
  }

  public Assembler rsh(Reg dst, long imm) {
    return alu(ALU64, Alu.RSH, dst, imm);
  }

  /** Arithmetic shift to the right: the sign is kept. */
  public Assembler arsh(Reg dst, Reg src) {
    return alu(ALU64, Alu.ARSH, dst, src);
  }

  public Assembler arsh(Reg dst, long imm) {
    return alu(ALU64, Alu.ARSH, dst, imm);
  }

  public Assembler mov32(Reg dst, Reg src) {
    return alu(ALU32, Alu.MOV, dst, src);
  }

  public Assembler mov32(Reg dst, long imm) {
    return alu(ALU32, Alu.MOV, dst, imm);
  }

  public Assembler add32(Reg dst, Reg src) {
    return alu(ALU32, Alu.ADD, dst, src);
  }

  public Assembler add32(Reg dst, long imm) {
    return alu(ALU32, Alu.ADD, dst, imm);
  }

  public Assembler sub32(Reg dst, Reg src) {
    return alu(ALU32, Alu.SUB, dst, src);
  }

  public Assembler sub32(Reg dst, long imm) {
    return alu(ALU32, Alu.SUB, dst, imm);
  }

  public Assembler mul32(Reg dst, Reg src) {
    return alu(ALU32, Alu.MUL, dst, src);
  }

  public Assembler mul32(Reg dst, long imm) {
    return alu(ALU32, Alu.MUL, dst, imm);
  }

  public Assembler div32(Reg dst, Reg src) {
    return alu(ALU32, Alu.DIV, dst, src);
  }

  public Assembler div32(Reg dst, long imm) {
    return alu(ALU32, Alu.DIV, dst, imm);
  }

  public Assembler mod32(Reg dst, Reg src) {
    return alu(ALU32, Alu.MOD, dst, src);
  }

  public Assembler mod32(Reg dst, long imm) {
    return alu(ALU32, Alu.MOD, dst, imm);
  }

  public Assembler or32(Reg dst, Reg src) {
    return alu(ALU32, Alu.OR, dst, src);
  }

  public Assembler or32(Reg dst, long imm) {
    return alu(ALU32, Alu.OR, dst, imm);
  }

  public Assembler and32(Reg dst, Reg src) {
    return alu(ALU32, Alu.AND, dst, src);
  }

  public Assembler and32(Reg dst, long imm) {
    return alu(ALU32, Alu.AND, dst, imm);
  }

  public Assembler xor32(Reg dst, Reg src) {
    return alu(ALU32, Alu.XOR, dst, src);
  }

  public Assembler xor32(Reg dst, long imm) {
    return alu(ALU32, Alu.XOR, dst, imm);
  }

  public Assembler lsh32(Reg dst, Reg src) {
    return alu(ALU32, Alu.LSH, dst, src);
  }

  public Assembler lsh32(Reg dst, long imm) {
    return alu(ALU32, Alu.LSH, dst, imm);
  }

  public Assembler rsh32(Reg dst, Reg src) {
    return alu(ALU32, Alu.RSH, dst, src);
  }

  public Assembler rsh32(Reg dst, long imm) {
    return alu(ALU32, Alu.RSH, dst, imm);
  }

  public Assembler arsh32(Reg dst, Reg src) {
    return alu(ALU32, Alu.ARSH, dst, src);
  }

  public Assembler arsh32(Reg dst, long imm) {
    return alu(ALU32, Alu.ARSH, dst, imm);
  }

  /** dst = -dst. */
  public Assembler neg(Reg dst) {
    return emit(ALU64 | Alu.NEG.opcodeBits(), written(dst), Reg.R0, 0, 0);
  }

  public Assembler neg32(Reg dst) {
    return emit(ALU32 | Alu.NEG.opcodeBits(), written(dst), Reg.R0, 0, 0);
  }

  /** Division with signs; since Linux 6.6. */
  public Assembler signedDiv(Reg dst, Reg src) {
    return emit(ALU64 | Alu.DIV.opcodeBits() | X, written(dst), src, 1, 0);
  }

  /** Remainder with the sign of the dividend; since Linux 6.6. */
  public Assembler signedMod(Reg dst, Reg src) {
    return emit(ALU64 | Alu.MOD.opcodeBits() | X, written(dst), src, 1, 0);
  }

  /** dst = the lowest bytes of src, extended by their sign to 64 bits; since Linux 6.6. */
  public Assembler movSigned(Size size, Reg dst, Reg src) {
    if (!size.signed()) {
      throw error("sign extension from " + size.cName());
    }
    return emit(ALU64 | Alu.MOV.opcodeBits() | X, written(dst), src, size.bytes() * 8, 0);
  }

  /** Turns the lowest 2, 4 or 8 bytes into big-endian order and clears the rest. */
  public Assembler toBigEndian(Size size, Reg dst) {
    return swap(ALU32 | X, size, dst);
  }

  /** Turns the lowest 2, 4 or 8 bytes into little-endian order and clears the rest. */
  public Assembler toLittleEndian(Size size, Reg dst) {
    return swap(ALU32, size, dst);
  }

  /** Reverses the lowest 2, 4 or 8 bytes and clears the rest; since Linux 6.6. */
  public Assembler byteSwap(Size size, Reg dst) {
    return swap(ALU64, size, dst);
  }

  private Assembler swap(int opcode, Size size, Reg dst) {
    if (size.signed() || size == Size.U8) {
      throw error("order of bytes of " + size.cName());
    }
    return emit(opcode | Alu.END.opcodeBits(), written(dst), Reg.R0, 0, size.bytes() * 8);
  }

  private Assembler alu(int opcodeClass, Alu op, Reg dst, Reg src) {
    return emit(opcodeClass | op.opcodeBits() | X, written(dst), src, 0, 0);
  }

  private Assembler alu(int opcodeClass, Alu op, Reg dst, long imm) {
    if (op.division() && imm == 0) {
      throw error("division by the constant 0");
    }
    if (op.shift() && (imm < 0 || imm >= (opcodeClass == ALU64 ? 64 : 32))) {
      throw error("shift by " + imm + " bits");
    }
    int imm32 = opcodeClass == ALU64 ? imm32(imm) : anyImm32(imm);
    return emit(opcodeClass | op.opcodeBits(), written(dst), Reg.R0, 0, imm32);
  }
}
