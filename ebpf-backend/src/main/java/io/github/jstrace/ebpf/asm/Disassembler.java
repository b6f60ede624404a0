// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import static io.github.jstrace.ebpf.asm.Slot.ALU32;
import static io.github.jstrace.ebpf.asm.Slot.ALU64;
import static io.github.jstrace.ebpf.asm.Slot.ATOMIC;
import static io.github.jstrace.ebpf.asm.Slot.CALL;
import static io.github.jstrace.ebpf.asm.Slot.EXIT;
import static io.github.jstrace.ebpf.asm.Slot.JA;
import static io.github.jstrace.ebpf.asm.Slot.JMP;
import static io.github.jstrace.ebpf.asm.Slot.JMP32;
import static io.github.jstrace.ebpf.asm.Slot.LDX;
import static io.github.jstrace.ebpf.asm.Slot.LD_IMM64;
import static io.github.jstrace.ebpf.asm.Slot.MEM;
import static io.github.jstrace.ebpf.asm.Slot.MEMSX;
import static io.github.jstrace.ebpf.asm.Slot.PSEUDO_CALL;
import static io.github.jstrace.ebpf.asm.Slot.ST;
import static io.github.jstrace.ebpf.asm.Slot.STX;
import static io.github.jstrace.ebpf.asm.Slot.X;

import org.jspecify.annotations.Nullable;

/**
 * Instructions as text, as the kernel's verifier writes them into its log and bpftool shows them:
 * {@code (07) r2 += -4}. The registers are {@code r}, or {@code w} for their lower halves; the
 * number in brackets is the opcode. Understands what {@link Assembler} makes.
 */
public final class Disassembler {
  private static final Alu[] ALU = Alu.values();
  private static final Cond[] CONDITIONS = Cond.values();
  private static final Atomic[] ATOMICS = Atomic.values();
  private static final Size[] SIZES = Size.values();

  private Disassembler() {}

  /**
   * The text of one instruction, without its number and without a line's end.
   *
   * @param second the next slot, of which 64-bit immediates need the upper half; any otherwise
   */
  public static String instruction(long first, long second) {
    int opcode = Slot.opcode(first);
    String text =
        switch (Slot.opcodeClass(first)) {
          case ALU32, ALU64 -> arithmetic(first);
          case LDX -> load(first);
          case ST, STX -> store(first);
          case JMP, JMP32 -> jump(first);
          default -> opcode == LD_IMM64 ? wide(first, second) : null;
        };
    String hex = Integer.toHexString(opcode);
    String shown = text == null ? "unknown" : text;
    return (opcode < 0x10 ? "(0" : "(") + hex + ") " + shown;
  }

  /** Whether the instruction takes two slots. */
  public static boolean isWide(long slot) {
    return Slot.opcode(slot) == LD_IMM64;
  }

  private static String wide(long first, long second) {
    long value = Slot.imm(first) & 0xffffffffL | (long) Slot.imm(second) << 32;
    return "r" + Slot.dst(first) + " = 0x" + Long.toHexString(value);
  }

  private static @Nullable String arithmetic(long slot) {
    int opcode = Slot.opcode(slot);
    boolean wide = Slot.opcodeClass(slot) == ALU64;
    Alu op = alu(opcode & 0xf0);
    if (op == null) {
      return null;
    }
    String width = wide ? "r" : "w";
    int dst = Slot.dst(slot);
    int offset = Slot.offset(slot);
    if (op == Alu.NEG) {
      return width + dst + " = -" + width + dst;
    }
    if (op == Alu.END) {
      String order = wide ? "bswap" : (opcode & X) != 0 ? "be" : "le";
      return "r" + dst + " = " + order + Slot.imm(slot) + " r" + dst;
    }
    String sign = op.division() && offset == 1 ? "s" + op.sign() : op.sign();
    String left = width + dst + " " + sign + " ";
    if ((opcode & X) == 0) {
      return left + Slot.imm(slot);
    }
    String extension = op == Alu.MOV && offset != 0 ? "(s" + offset + ")" : "";
    return left + extension + width + Slot.src(slot);
  }

  private static @Nullable String load(long slot) {
    int mode = Slot.opcode(slot) & 0xe0;
    Size size = size(slot, mode == MEMSX);
    if (size == null || mode != MEM && mode != MEMSX) {
      return null;
    }
    return "r" + Slot.dst(slot) + " = *" + memory(size, Slot.src(slot), Slot.offset(slot));
  }

  private static @Nullable String store(long slot) {
    int mode = Slot.opcode(slot) & 0xe0;
    Size size = size(slot, false);
    if (size == null) {
      return null;
    }
    String memory = memory(size, Slot.dst(slot), Slot.offset(slot));
    boolean register = Slot.opcodeClass(slot) == STX;
    if (mode == MEM) {
      return "*" + memory + " = " + (register ? "r" + Slot.src(slot) : "" + Slot.imm(slot));
    }
    Atomic op = register && mode == ATOMIC ? atomic(Slot.imm(slot)) : null;
    if (op == null) {
      return null;
    }
    String src = "r" + Slot.src(slot);
    if (!op.fetches()) {
      return "lock *" + memory + " " + op.text() + " " + src;
    }
    String function = (size == Size.U64 ? "atomic64_" : "atomic_") + op.text() + "(" + memory;
    return op == Atomic.CMPXCHG
        ? "r0 = " + function + ", r0, " + src + ")"
        : src + " = " + function + ", " + src + ")";
  }

  private static String memory(Size size, int base, int offset) {
    return "(" + size.cName() + " *)(r" + base + " " + signed(offset) + ")";
  }

  private static String signed(int number) {
    return number < 0 ? "" + number : "+" + number;
  }

  private static @Nullable String jump(long slot) {
    int opcode = Slot.opcode(slot);
    int offset = Slot.offset(slot);
    switch (opcode) {
      case JMP | CALL:
        return call(slot);
      case JMP | EXIT:
        return "exit";
      case JMP | JA:
        return "goto pc" + signed(offset);
      default:
        break;
    }
    Cond cond = condition(opcode & 0xf0);
    if (cond == null) {
      return null;
    }
    String width = Slot.opcodeClass(slot) == JMP32 ? "w" : "r";
    String right =
        (opcode & X) != 0 ? width + Slot.src(slot) : "0x" + Integer.toHexString(Slot.imm(slot));
    String test = "if " + width + Slot.dst(slot) + " " + cond.sign() + " " + right;
    return test + " goto pc" + signed(offset);
  }

  private static String call(long slot) {
    int imm = Slot.imm(slot);
    if (Slot.src(slot) == PSEUDO_CALL) {
      return "call pc" + signed(imm);
    }
    Helper helper = Helper.of(imm);
    return "call " + (helper == null ? "unknown" : helper.kernelName()) + "#" + imm;
  }

  private static @Nullable Alu alu(int bits) {
    for (Alu op : ALU) {
      if (op.opcodeBits() == bits) {
        return op;
      }
    }
    return null;
  }

  private static @Nullable Cond condition(int bits) {
    for (Cond cond : CONDITIONS) {
      if (cond.opcodeBits() == bits) {
        return cond;
      }
    }
    return null;
  }

  private static @Nullable Atomic atomic(int imm) {
    for (Atomic op : ATOMICS) {
      if (op.imm() == imm) {
        return op;
      }
    }
    return null;
  }

  private static @Nullable Size size(long slot, boolean signed) {
    for (Size size : SIZES) {
      if (size.opcodeBits() == (Slot.opcode(slot) & 0x18) && size.signed() == signed) {
        return size;
      }
    }
    return null;
  }
}
