// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Programs with every kind of instruction, and fields over all of their ranges. */
final class RandomPrograms {
  private static final String[] OPERATIONS = {
    "=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>=", "s>>="
  };
  private static final Size[] WIDTHS = {Size.U16, Size.U32, Size.U64};

  private final Random random;
  private final Assembler a;

  private RandomPrograms(long seed) {
    random = new Random(seed);
    a = new Assembler("random");
  }

  static Program of(long seed, int length) {
    return new RandomPrograms(seed).program(length);
  }

  private Program program(int length) {
    List<Label> labels = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      labels.add(new Label("l" + i));
    }
    for (int i = 0; i < length; i++) {
      a.bind(labels.get(i));
      instruction(labels.get(random.nextInt(length)));
    }
    return a.exit().assemble();
  }

  private Reg any() {
    return Reg.values()[random.nextInt(11)];
  }

  private Reg written() {
    return Reg.values()[random.nextInt(10)];
  }

  private int imm() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> Integer.MIN_VALUE;
      case 2 -> Integer.MAX_VALUE;
      default -> random.nextInt(200) - 100;
    };
  }

  private int offset() {
    return switch (random.nextInt(4)) {
      case 0 -> Short.MIN_VALUE;
      case 1 -> Short.MAX_VALUE;
      default -> random.nextInt(512) - 256;
    };
  }

  private Size size(int count) {
    return Size.values()[random.nextInt(count)];
  }

  private Cond cond() {
    return Cond.values()[random.nextInt(Cond.values().length)];
  }

  private void instruction(Label target) {
    switch (random.nextInt(16)) {
      case 0, 1 -> aluImmediate();
      case 2, 3 -> AluMethods.emit(a, operation(), written(), any());
      case 4 -> a.load(size(7), written(), any(), offset());
      case 5 -> a.store(size(4), any(), offset(), any());
      case 6 -> storeImmediate();
      case 7 -> atomic(random.nextBoolean() ? Size.U32 : Size.U64);
      case 8 -> a.jumpIf(any(), cond(), any(), target);
      case 9 -> a.jumpIf(any(), cond(), imm(), target);
      case 10 -> a.jumpIf32(any(), cond(), any(), target);
      case 11 -> a.jumpIf32(any(), cond(), imm(), target);
      case 12 -> a.constant64(written(), random.nextLong());
      case 13 -> a.call(Helper.values()[random.nextInt(Helper.values().length)]);
      case 14 -> rare();
      default -> jump(target);
    }
  }

  private String operation() {
    String op = OPERATIONS[random.nextInt(OPERATIONS.length)];
    return random.nextBoolean() ? op : op + " 32";
  }

  private void aluImmediate() {
    String op = operation();
    int imm = imm();
    if (op.startsWith("/") || op.startsWith("%")) {
      imm = imm == 0 ? 1 : imm;
    } else if (op.contains("<<") || op.contains(">>")) {
      imm = random.nextInt(op.endsWith("32") ? 32 : 64);
    }
    AluMethods.emit(a, op, written(), (long) imm);
  }

  private void storeImmediate() {
    Size size = size(4);
    long imm = size.bytes() >= 4 ? imm() : random.nextInt(1 << size.bytes() * 8);
    a.store(size, any(), offset(), imm);
  }

  private void atomic(Size size) {
    Reg base = any();
    int offset = offset();
    Reg src = written();
    switch (random.nextInt(10)) {
      case 0 -> a.atomicAdd(size, base, offset, any());
      case 1 -> a.atomicOr(size, base, offset, any());
      case 2 -> a.atomicAnd(size, base, offset, any());
      case 3 -> a.atomicXor(size, base, offset, any());
      case 4 -> a.atomicFetchAdd(size, base, offset, src);
      case 5 -> a.atomicFetchOr(size, base, offset, src);
      case 6 -> a.atomicFetchAnd(size, base, offset, src);
      case 7 -> a.atomicFetchXor(size, base, offset, src);
      case 8 -> a.exchange(size, base, offset, src);
      default -> a.compareExchange(size, base, offset, src);
    }
  }

  private void rare() {
    switch (random.nextInt(8)) {
      case 0 -> a.neg(written());
      case 1 -> a.neg32(written());
      case 2 -> a.signedDiv(written(), any());
      case 3 -> a.signedMod(written(), any());
      case 4 -> a.movSigned(Size.values()[4 + random.nextInt(3)], written(), any());
      case 5 -> a.toBigEndian(WIDTHS[random.nextInt(3)], written());
      case 6 -> a.toLittleEndian(WIDTHS[random.nextInt(3)], written());
      default -> a.byteSwap(WIDTHS[random.nextInt(3)], written());
    }
  }

  private void jump(Label target) {
    switch (random.nextInt(3)) {
      case 0 -> a.jump(target);
      case 1 -> a.call(target);
      default -> a.exit();
    }
  }
}
