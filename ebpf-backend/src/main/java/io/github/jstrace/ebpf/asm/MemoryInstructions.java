// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import static io.github.jstrace.ebpf.asm.Slot.ATOMIC;
import static io.github.jstrace.ebpf.asm.Slot.LDX;
import static io.github.jstrace.ebpf.asm.Slot.MEM;
import static io.github.jstrace.ebpf.asm.Slot.MEMSX;
import static io.github.jstrace.ebpf.asm.Slot.ST;
import static io.github.jstrace.ebpf.asm.Slot.STX;

/**
 * Loads, stores and atomic operations. Memory is at {@code base + offset}; offsets are -32768 to
 * 32767 bytes. Atomic operations are on U32 or U64 and naturally aligned; those that fetch return
 * the old value in src and are known since Linux 5.12.
 */
public abstract sealed class MemoryInstructions extends AluInstructions permits Assembler {
  /** dst = memory; the size says how the upper bits are filled. */
  public Assembler load(Size size, Reg dst, Reg base, int offset) {
    int mode = size.signed() ? MEMSX : MEM;
    return emit(LDX | mode | size.opcodeBits(), written(dst), base, offset16(offset), 0);
  }

  /** memory = the lowest bytes of src. */
  public Assembler store(Size size, Reg base, int offset, Reg src) {
    return emit(STX | MEM | stored(size), base, src, offset16(offset), 0);
  }

  /** memory = imm, extended by its sign to 64 bits. */
  public Assembler store(Size size, Reg base, int offset, long imm) {
    int opcode = ST | MEM | stored(size);
    int imm32 = size == Size.U64 ? imm32(imm) : anyImm32(imm);
    if (size.bytes() < 4 && (imm < -(1L << size.bytes() * 8 - 1) || imm >> size.bytes() * 8 > 0)) {
      throw error("immediate " + imm + " does not fit in " + size.cName());
    }
    return emit(opcode, base, Reg.R0, offset16(offset), imm32);
  }

  /** memory += src. */
  public Assembler atomicAdd(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.ADD, size, base, offset, src);
  }

  public Assembler atomicOr(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.OR, size, base, offset, src);
  }

  public Assembler atomicAnd(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.AND, size, base, offset, src);
  }

  public Assembler atomicXor(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.XOR, size, base, offset, src);
  }

  /** memory += src, and src = what was there. */
  public Assembler atomicFetchAdd(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.FETCH_ADD, size, base, offset, written(src));
  }

  public Assembler atomicFetchOr(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.FETCH_OR, size, base, offset, written(src));
  }

  public Assembler atomicFetchAnd(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.FETCH_AND, size, base, offset, written(src));
  }

  public Assembler atomicFetchXor(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.FETCH_XOR, size, base, offset, written(src));
  }

  /** memory and src change places. */
  public Assembler exchange(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.XCHG, size, base, offset, written(src));
  }

  /** If memory is R0, memory = src; R0 = what was there, extended by zeros. */
  public Assembler compareExchange(Size size, Reg base, int offset, Reg src) {
    return atomic(Atomic.CMPXCHG, size, base, offset, src);
  }

  private Assembler atomic(Atomic op, Size size, Reg base, int offset, Reg src) {
    if (size != Size.U32 && size != Size.U64) {
      throw error("atomic operation on " + size.cName());
    }
    return emit(STX | ATOMIC | size.opcodeBits(), base, src, offset16(offset), op.imm());
  }

  private int stored(Size size) {
    if (size.signed()) {
      throw error("store of " + size.cName() + ": signs matter to loads only");
    }
    return size.opcodeBits();
  }
}
