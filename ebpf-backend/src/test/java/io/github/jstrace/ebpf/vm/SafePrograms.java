// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R9;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Cond;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.asm.Reg;
import io.github.jstrace.ebpf.asm.Size;
import java.util.Random;

/**
 * Random programs that the verifier accepts: arithmetic on numbers of the context, jumps ahead,
 * memory of the stack and of a map's value. All registers end up in the map's value.
 */
public final class SafePrograms {
  /** As many 64-bit words the context has. */
  public static final int CONTEXT = 10;

  private static final int STACK = 64;
  private static final Size[] STORED = {Size.U8, Size.U16, Size.U32, Size.U64};
  private static final Size[] SWAPPED = {Size.U16, Size.U32, Size.U64};

  private final Random random;
  private final Assembler a;
  private final MapSpec values;

  private SafePrograms(long seed, MapSpec values) {
    this.random = new Random(seed);
    this.a = new Assembler("safe");
    this.values = values;
  }

  /** The map that programs take: {@link #STACK} bytes to work on, then the results. */
  public static MapSpec values() {
    return MapSpec.array("values", 2 * STACK + 9 * 8, 1);
  }

  public static Program of(long seed, int length, MapSpec values) {
    return new SafePrograms(seed, values).program(length);
  }

  private Program program(int length) {
    int jumps = 6; // each doubles the paths that the verifier walks
    for (int i = 0; i < STACK; i += 8) {
      a.store(Size.U64, R10, i - STACK, random.nextInt());
    }
    for (Reg reg : Reg.values()) {
      if (reg != R1 && reg != R9 && reg != R10) {
        a.load(Size.U64, reg, R1, 8 * reg.ordinal());
      }
    }
    a.load(Size.U64, R1, R1, 8);
    a.mapValue(R9, values, 0);
    for (int i = 0; i < length; i++) {
      if (jumps > 0 && random.nextInt(6) == 0) {
        jumps--;
        Label ahead = new Label("ahead" + i);
        jump(ahead);
        for (int skipped = random.nextInt(3); skipped >= 0; skipped--) {
          instruction();
        }
        a.bind(ahead);
      } else {
        instruction();
      }
    }
    for (int i = 0; i < 9; i++) {
      a.store(Size.U64, R9, 2 * STACK + 8 * i, Reg.values()[i]);
    }
    for (int i = 0; i < STACK; i += 8) {
      a.load(Size.U64, R1, R10, i - STACK).store(Size.U64, R9, STACK + i, R1);
    }
    return a.exit().assemble();
  }

  private Reg number() {
    return Reg.values()[random.nextInt(9)];
  }

  private int imm() {
    return random.nextBoolean() ? random.nextInt() : random.nextInt(512) - 256;
  }

  private void jump(Label ahead) {
    Cond cond = Cond.values()[random.nextInt(Cond.values().length)];
    switch (random.nextInt(9)) {
      case 0, 1 -> a.jumpIf(number(), cond, number(), ahead);
      case 2, 3 -> a.jumpIf(number(), cond, imm(), ahead);
      case 4, 5 -> a.jumpIf32(number(), cond, number(), ahead);
      case 6, 7 -> a.jumpIf32(number(), cond, imm(), ahead);
      default -> {
        // what follows is dead, which the verifier allows if another path reaches it
        Label over = new Label("over");
        a.jumpIf(number(), cond, number(), over).jump(ahead).bind(over);
      }
    }
  }

  private void instruction() {
    switch (random.nextInt(7)) {
      case 0 -> memory();
      case 1 -> atomic(random.nextBoolean() ? Size.U32 : Size.U64);
      case 2 -> a.constant64(number(), random.nextLong());
      case 3 -> rare();
      case 4 -> arithmetic(random.nextInt(12), number(), number());
      case 5 -> arithmetic32(random.nextInt(12), number(), number());
      default -> immediate(random.nextInt(24), number());
    }
  }

  private void memory() {
    boolean stack = random.nextBoolean();
    Reg base = stack ? R10 : R9;
    Size size = STORED[random.nextInt(4)];
    int at = random.nextInt(STACK / size.bytes()) * size.bytes() - (stack ? STACK : 0);
    switch (random.nextInt(4)) {
      case 0 -> a.store(size, base, at, number());
      case 1 -> a.store(size, base, at, (long) random.nextInt(127));
      case 2 -> a.load(size, number(), base, at);
      default -> {
        Size signed = Size.values()[4 + random.nextInt(3)];
        int aligned = random.nextInt(STACK / signed.bytes()) * signed.bytes();
        a.load(signed, number(), base, aligned - (stack ? STACK : 0));
      }
    }
  }

  private void atomic(Size size) {
    boolean stack = random.nextBoolean();
    Reg base = stack ? R10 : R9;
    int at = random.nextInt(STACK / size.bytes()) * size.bytes() - (stack ? STACK : 0);
    Reg src = number();
    switch (random.nextInt(10)) {
      case 0 -> a.atomicAdd(size, base, at, src);
      case 1 -> a.atomicOr(size, base, at, src);
      case 2 -> a.atomicAnd(size, base, at, src);
      case 3 -> a.atomicXor(size, base, at, src);
      case 4 -> a.atomicFetchAdd(size, base, at, src);
      case 5 -> a.atomicFetchOr(size, base, at, src);
      case 6 -> a.atomicFetchAnd(size, base, at, src);
      case 7 -> a.atomicFetchXor(size, base, at, src);
      case 8 -> a.exchange(size, base, at, src);
      default -> a.compareExchange(size, base, at, src);
    }
  }

  private void rare() {
    switch (random.nextInt(8)) {
      case 0 -> a.neg(number());
      case 1 -> a.neg32(number());
      case 2 -> a.signedDiv(number(), number());
      case 3 -> a.signedMod(number(), number());
      case 4 -> a.movSigned(Size.values()[4 + random.nextInt(3)], number(), number());
      case 5 -> a.toBigEndian(SWAPPED[random.nextInt(3)], number());
      case 6 -> a.toLittleEndian(SWAPPED[random.nextInt(3)], number());
      default -> a.byteSwap(SWAPPED[random.nextInt(3)], number());
    }
  }

  private void arithmetic(int op, Reg dst, Reg src) {
    switch (op) {
      case 0 -> a.mov(dst, src);
      case 1 -> a.add(dst, src);
      case 2 -> a.sub(dst, src);
      case 3 -> a.mul(dst, src);
      case 4 -> a.div(dst, src);
      case 5 -> a.mod(dst, src);
      case 6 -> a.or(dst, src);
      case 7 -> a.and(dst, src);
      case 8 -> a.xor(dst, src);
      case 9 -> a.lsh(dst, src);
      case 10 -> a.rsh(dst, src);
      default -> a.arsh(dst, src);
    }
  }

  private void arithmetic32(int op, Reg dst, Reg src) {
    switch (op) {
      case 0 -> a.mov32(dst, src);
      case 1 -> a.add32(dst, src);
      case 2 -> a.sub32(dst, src);
      case 3 -> a.mul32(dst, src);
      case 4 -> a.div32(dst, src);
      case 5 -> a.mod32(dst, src);
      case 6 -> a.or32(dst, src);
      case 7 -> a.and32(dst, src);
      case 8 -> a.xor32(dst, src);
      case 9 -> a.lsh32(dst, src);
      case 10 -> a.rsh32(dst, src);
      default -> a.arsh32(dst, src);
    }
  }

  private void immediate(int op, Reg dst) {
    int imm = imm() | 1;
    switch (op) {
      case 0 -> a.mov(dst, imm);
      case 1 -> a.add(dst, imm);
      case 2 -> a.sub(dst, imm);
      case 3 -> a.mul(dst, imm);
      case 4 -> a.div(dst, imm);
      case 5 -> a.mod(dst, imm);
      case 6 -> a.or(dst, imm);
      case 7 -> a.and(dst, imm);
      case 8 -> a.xor(dst, imm);
      case 9 -> a.lsh(dst, imm & 63);
      case 10 -> a.rsh(dst, imm & 63);
      case 11 -> a.arsh(dst, imm & 63);
      case 12 -> a.mov32(dst, imm);
      case 13 -> a.add32(dst, imm);
      case 14 -> a.sub32(dst, imm);
      case 15 -> a.mul32(dst, imm);
      case 16 -> a.div32(dst, imm);
      case 17 -> a.mod32(dst, imm);
      case 18 -> a.or32(dst, imm);
      case 19 -> a.and32(dst, imm);
      case 20 -> a.xor32(dst, imm);
      case 21 -> a.lsh32(dst, imm & 31);
      case 22 -> a.rsh32(dst, imm & 31);
      default -> a.arsh32(dst, imm & 31);
    }
  }
}
