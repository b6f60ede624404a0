// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import static io.github.jstrace.ebpf.asm.Slot.CALL;
import static io.github.jstrace.ebpf.asm.Slot.EXIT;
import static io.github.jstrace.ebpf.asm.Slot.JA;
import static io.github.jstrace.ebpf.asm.Slot.JMP;
import static io.github.jstrace.ebpf.asm.Slot.JMP32;
import static io.github.jstrace.ebpf.asm.Slot.LD_IMM64;
import static io.github.jstrace.ebpf.asm.Slot.PSEUDO_CALL;
import static io.github.jstrace.ebpf.asm.Slot.PSEUDO_FUNC;
import static io.github.jstrace.ebpf.asm.Slot.PSEUDO_MAP_FD;
import static io.github.jstrace.ebpf.asm.Slot.PSEUDO_MAP_VALUE;
import static io.github.jstrace.ebpf.asm.Slot.X;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Puts a {@link Program} together, an instruction a call:
 *
 * <pre>{@code
 * Label absent = new Label("absent");
 * Program program = new Assembler("count")
 *     .store(U32, R10, -4, 0)
 *     .map(R1, counters)
 *     .mov(R2, R10)
 *     .add(R2, -4)
 *     .call(MAP_LOOKUP_ELEM)
 *     .jumpIf(R0, EQ, 0, absent)
 *     .mov(R1, 1)
 *     .atomicAdd(U64, R0, 0, R1)
 *     .bind(absent)
 *     .mov(R0, 0)
 *     .exit()
 *     .assemble();
 * }</pre>
 *
 * What cannot be encoded throws {@link AssemblyException} at once. What the verifier of the kernel
 * checks (types, bounds, registers not set) is left to it.
 */
public final class Assembler extends MemoryInstructions {
  private final String name;
  private final List<Label> labels = new ArrayList<>();
  private final List<Program.Jump> jumps = new ArrayList<>();
  private final List<Program.MapReference> maps = new ArrayList<>();
  private long[] slots = new long[64];
  private int count;

  /**
   * @param name as the kernel shows it: at most 15 of A-Z, a-z, 0-9, '_', '.'
   */
  public Assembler(String name) {
    ObjectName.check(name);
    this.name = name;
  }

  // --- constants and maps

  /** dst = value, by the shortest instruction. */
  public Assembler constant(Reg dst, long value) {
    if (value == (int) value) {
      return mov(dst, value);
    }
    if (value >>> 32 == 0) {
      return mov32(dst, value);
    }
    return constant64(dst, value);
  }

  /** dst = value, always by the instruction of two slots. */
  public Assembler constant64(Reg dst, long value) {
    return twoSlots(dst, 0, (int) value, (int) (value >> 32));
  }

  /** dst = the map, as helpers take it. */
  public Assembler map(Reg dst, MapSpec map) {
    maps.add(new Program.MapReference(count, map));
    return twoSlots(dst, PSEUDO_MAP_FD, 0, 0);
  }

  /**
   * dst = the address of a byte in the only value of an array: no look-up, never null (since Linux
   * 5.2).
   */
  public Assembler mapValue(Reg dst, MapSpec map, int offset) {
    if (map.type() != MapType.ARRAY || map.maxEntries() != 1) {
      throw error("address in " + map + ", which is not an array of one entry");
    }
    if (offset < 0 || offset >= map.valueSize()) {
      throw error("offset " + offset + " in " + map + " of " + map.valueSize() + " bytes");
    }
    maps.add(new Program.MapReference(count, map));
    return twoSlots(dst, PSEUDO_MAP_VALUE, 0, offset);
  }

  private Assembler twoSlots(Reg dst, int src, int low, int high) {
    append(Slot.of(LD_IMM64, written(dst).ordinal(), src, 0, low));
    append(Slot.of(0, 0, 0, 0, high));
    return this;
  }

  // --- jumps

  /** The next instruction is where the label's jumps go. */
  public Assembler bind(Label label) {
    own(label);
    if (label.slot != Label.UNBOUND) {
      throw error("label " + label + " is bound already, to instruction " + label.slot);
    }
    label.slot = count;
    labels.add(label);
    return this;
  }

  public Assembler jump(Label target) {
    return jump(JMP | JA, Reg.R0, Reg.R0, 0, target);
  }

  /** Jumps if the 64 bits of the registers are so. */
  public Assembler jumpIf(Reg left, Cond cond, Reg right, Label target) {
    return jump(JMP | cond.opcodeBits() | X, left, right, 0, target);
  }

  /** Jumps if the register is so to the immediate, which is extended by its sign. */
  public Assembler jumpIf(Reg left, Cond cond, long imm, Label target) {
    return jump(JMP | cond.opcodeBits(), left, Reg.R0, imm32(imm), target);
  }

  /** Jumps if the lower 32 bits of the registers are so. */
  public Assembler jumpIf32(Reg left, Cond cond, Reg right, Label target) {
    return jump(JMP32 | cond.opcodeBits() | X, left, right, 0, target);
  }

  public Assembler jumpIf32(Reg left, Cond cond, long imm, Label target) {
    return jump(JMP32 | cond.opcodeBits(), left, Reg.R0, anyImm32(imm), target);
  }

  private Assembler jump(int opcode, Reg left, Reg right, int imm, Label target) {
    own(target);
    jumps.add(new Program.Jump(count, target, false));
    return emit(opcode, left, right, 0, imm);
  }

  // --- calls

  /** R0 = helper(R1, ... R5); R1 to R5 are lost. */
  public Assembler call(Helper helper) {
    return emit(JMP | CALL, Reg.R0, Reg.R0, 0, helper.id());
  }

  /** Calls a function of this program, which has its own stack frame and R6 to R9. */
  public Assembler call(Label function) {
    own(function);
    jumps.add(new Program.Jump(count, function, true));
    append(Slot.of(JMP | CALL, 0, PSEUDO_CALL, 0, 0));
    return this;
  }

  /**
   * dst = a function of this program, as {@link Helper#LOOP} takes it. The kernel wants BTF of a
   * program that does this.
   */
  public Assembler function(Reg dst, Label function) {
    own(function);
    jumps.add(new Program.Jump(count, function, true));
    return twoSlots(dst, PSEUDO_FUNC, 0, 0);
  }

  /** Returns R0. */
  public Assembler exit() {
    return emit(JMP | EXIT, Reg.R0, Reg.R0, 0, 0);
  }

  // --- the whole

  /** The number of slots so far: the number of the next instruction. */
  public int size() {
    return count;
  }

  /** The program, with its labels resolved; this assembler can go on. */
  public Program assemble() {
    if (count == 0) {
      throw error("empty program");
    }
    int last = Slot.opcode(slots[count - 1]);
    if (last != (JMP | EXIT) && last != (JMP | JA)) {
      throw error("runs past its last instruction");
    }
    long[] code = Arrays.copyOf(slots, count);
    for (int i = 0; i < jumps.size(); i++) {
      resolve(jumps.get(i), code);
    }
    for (int i = 0; i < labels.size(); i++) {
      if (labels.get(i).slot == count) {
        throw error("label " + labels.get(i) + " is bound behind the last instruction");
      }
    }
    return new Program(name, code, List.copyOf(maps), List.copyOf(labels), List.copyOf(jumps));
  }

  private void resolve(Program.Jump jump, long[] code) {
    Label target = jump.target;
    if (target.slot == Label.UNBOUND) {
      throw new AssemblyException(
          name + ": instruction " + jump.slot + " refers to label " + target + ", never bound");
    }
    int distance = target.slot - jump.slot - 1;
    if (jump.inImm) {
      code[jump.slot] = Slot.withImm(code[jump.slot], distance);
      return;
    }
    if (distance != (short) distance) {
      throw new AssemblyException(
          name
              + ": instruction "
              + jump.slot
              + " jumps too far: "
              + distance
              + " instructions, to label "
              + target);
    }
    code[jump.slot] = Slot.withOffset(code[jump.slot], distance);
  }

  private void own(Label label) {
    if (label.owner == null) {
      label.owner = this;
    } else if (label.owner != this) {
      throw error("label " + label + " belongs to program " + label.owner.name);
    }
  }

  @Override
  Assembler emit(int opcode, Reg dst, Reg src, int offset, int imm) {
    append(Slot.of(opcode, dst.ordinal(), src.ordinal(), offset, imm));
    return this;
  }

  private void append(long slot) {
    if (count == slots.length) {
      slots = Arrays.copyOf(slots, count * 2);
    }
    slots[count++] = slot;
  }

  @Override
  AssemblyException error(String message) {
    return new AssemblyException(name + ": instruction " + count + ": " + message);
  }
}
