// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@link Disassembler} writes, without the opcodes, and assembles it again. */
final class TextParser {
  private static final String MEMORY = "\\*?\\(([us]\\d+) \\*\\)\\(r(\\d+) ([+-]\\d+)\\)";
  private static final Pattern LINE = Pattern.compile("(\\d+): \\([0-9a-f]{2}\\) (.*)");
  private static final Pattern WIDE = Pattern.compile("r(\\d+) = 0x([0-9a-f]+)");
  private static final Pattern NEG = Pattern.compile("([rw])(\\d+) = -[rw](\\d+)");
  private static final Pattern SWAP = Pattern.compile("r(\\d+) = (be|le|bswap)(\\d+) r(\\d+)");
  private static final Pattern LOAD = Pattern.compile("r(\\d+) = " + MEMORY);
  private static final Pattern STORE = Pattern.compile(MEMORY + " = (r?)(-?\\d+)");
  private static final Pattern LOCK = Pattern.compile("lock " + MEMORY + " ([+|&^])= r(\\d+)");
  private static final Pattern FETCH =
      Pattern.compile("r(\\d+) = atomic(?:64)?_(\\w+)\\(" + MEMORY + "(?:, r0)?, r(\\d+)\\)");
  private static final Pattern ALU =
      Pattern.compile("([rw])(\\d+) (s?[-+*/|&<>%^]*=) (?:\\((s\\d+)\\))?([rw]?)(-?\\d+)");
  private static final Pattern GOTO = Pattern.compile("goto pc([+-]\\d+)");
  private static final Pattern IF =
      Pattern.compile("if ([rw])(\\d+) ([s<>=!&]+) (?:0x([0-9a-f]+)|[rw](\\d+)) goto pc([+-]\\d+)");
  private static final Pattern CALL = Pattern.compile("call bpf_(\\w+)#\\d+");
  private static final Pattern FUNCTION = Pattern.compile("call pc([+-]\\d+)");

  private final Assembler assembler;
  private final Map<Integer, Label> labels = new HashMap<>();
  private Matcher m = LINE.matcher("");

  private TextParser(String name) {
    assembler = new Assembler(name);
  }

  static Program assemble(String name, List<String> lines) {
    TextParser parser = new TextParser(name);
    List<Matcher> parsed = new ArrayList<>();
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new AssertionError("not an instruction: " + line);
      }
      parsed.add(matcher);
      parser.labels.put(Integer.valueOf(matcher.group(1)), new Label("slot" + matcher.group(1)));
    }
    for (Matcher matcher : parsed) {
      parser.assembler.bind(parser.labels.get(Integer.valueOf(matcher.group(1))));
      parser.line(matcher.group(2));
    }
    return parser.assembler.assemble();
  }

  private boolean is(Pattern pattern, String text) {
    m = pattern.matcher(text);
    return m.matches();
  }

  private Reg reg(int group) {
    return Reg.valueOf("R" + m.group(group));
  }

  private int number(int group) {
    return Integer.parseInt(m.group(group));
  }

  private Size size(int group) {
    return Size.valueOf(m.group(group).toUpperCase(Locale.ROOT));
  }

  private Label target(int group) {
    int slot = assembler.size() + 1 + number(group);
    Label label = labels.get(slot);
    if (label == null) {
      throw new AssertionError("no instruction begins at slot " + slot);
    }
    return label;
  }

  private void line(String text) {
    if (text.equals("exit")) {
      assembler.exit();
    } else if (is(WIDE, text)) {
      assembler.constant64(reg(1), Long.parseUnsignedLong(m.group(2), 16));
    } else if (is(NEG, text)) {
      Assembler unused = m.group(1).equals("r") ? assembler.neg(reg(2)) : assembler.neg32(reg(2));
    } else if (is(SWAP, text)) {
      swap();
    } else if (is(LOAD, text)) {
      assembler.load(size(2), reg(1), reg(3), number(4));
    } else if (is(STORE, text)) {
      store();
    } else if (is(LOCK, text)) {
      lock();
    } else if (is(FETCH, text)) {
      fetch();
    } else if (is(ALU, text)) {
      alu(text);
    } else if (is(GOTO, text)) {
      assembler.jump(target(1));
    } else if (is(IF, text)) {
      conditional();
    } else if (is(CALL, text)) {
      assembler.call(Helper.valueOf(m.group(1).toUpperCase(Locale.ROOT)));
    } else if (is(FUNCTION, text)) {
      assembler.call(target(1));
    } else {
      throw new AssertionError("unknown instruction: " + text);
    }
  }

  private void swap() {
    Size size = Size.valueOf("U" + m.group(3));
    switch (m.group(2)) {
      case "be" -> assembler.toBigEndian(size, reg(1));
      case "le" -> assembler.toLittleEndian(size, reg(1));
      default -> assembler.byteSwap(size, reg(1));
    }
  }

  private void store() {
    if (m.group(4).equals("r")) {
      assembler.store(size(1), reg(2), number(3), Reg.valueOf("R" + m.group(5)));
    } else {
      assembler.store(size(1), reg(2), number(3), (long) number(5));
    }
  }

  private void lock() {
    switch (m.group(4)) {
      case "+" -> assembler.atomicAdd(size(1), reg(2), number(3), reg(5));
      case "|" -> assembler.atomicOr(size(1), reg(2), number(3), reg(5));
      case "&" -> assembler.atomicAnd(size(1), reg(2), number(3), reg(5));
      default -> assembler.atomicXor(size(1), reg(2), number(3), reg(5));
    }
  }

  private void fetch() {
    Size size = size(3);
    switch (m.group(2)) {
      case "fetch_add" -> assembler.atomicFetchAdd(size, reg(4), number(5), reg(6));
      case "fetch_or" -> assembler.atomicFetchOr(size, reg(4), number(5), reg(6));
      case "fetch_and" -> assembler.atomicFetchAnd(size, reg(4), number(5), reg(6));
      case "fetch_xor" -> assembler.atomicFetchXor(size, reg(4), number(5), reg(6));
      case "xchg" -> assembler.exchange(size, reg(4), number(5), reg(6));
      default -> assembler.compareExchange(size, reg(4), number(5), reg(6));
    }
  }

  private void alu(String text) {
    boolean wide = m.group(1).equals("r");
    Reg dst = reg(2);
    String op = m.group(3) + (wide ? "" : " 32");
    if (m.group(4) != null) {
      assembler.movSigned(size(4), dst, reg(6));
    } else if (!m.group(5).isEmpty()) {
      AluMethods.emit(assembler, op, dst, reg(6));
    } else if (!AluMethods.emit(assembler, op, dst, (long) number(6))) {
      throw new AssertionError("unknown instruction: " + text);
    }
  }

  private void conditional() {
    boolean wide = m.group(1).equals("r");
    Cond cond = null;
    for (Cond one : Cond.values()) {
      cond = one.sign().equals(m.group(3)) ? one : cond;
    }
    Reg left = reg(2);
    Label target = target(6);
    if (m.group(4) == null) {
      Reg right = reg(5);
      Assembler unused =
          wide
              ? assembler.jumpIf(left, cond, right, target)
              : assembler.jumpIf32(left, cond, right, target);
    } else {
      int imm = Integer.parseUnsignedInt(m.group(4), 16);
      Assembler unused =
          wide
              ? assembler.jumpIf(left, cond, imm, target)
              : assembler.jumpIf32(left, cond, imm, target);
    }
  }
}
