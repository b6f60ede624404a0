// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What ioctl(2) commands of input devices take: linux/input.h. */
final class InputTypes {
  private InputTypes() {}

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction) {
    Abi abi = compiler.abi();
    switch (name) {
      case "input_absinfo":
        return new AbsoluteInfo(compiler, FieldType.size(params[0]), direction);
      case "input_keycode":
        return new KeyCode(abi, direction);
      case "input_bits":
        return new InputBits(abi, Sets.get(params[0]), FieldType.size(params[1]));
      case "input_slots":
        return new Slots(abi, FieldType.size(params[0]));
      default:
        return null;
    }
  }

  /** {@code struct input_absinfo}, of which the command tells the size: its last field is newer. */
  private static final class AbsoluteInfo extends JavaType {
    private static final int OLD = 20;

    private final StructType struct;
    private final int size;

    AbsoluteInfo(TypeCompiler compiler, int size, Direction direction) {
      super(compiler.abi(), direction);
      this.struct = compiler.requireStruct("input.absinfo");
      this.size = size;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (size < OLD) {
        return Value.addr(raw);
      }
      int known = size < struct.size() ? OLD : struct.size();
      MemoryView m = c.read(raw, Math.min(size, struct.size()));
      return m == null ? Value.unreadable(raw) : struct.readPart(c, m, known, size != known);
    }
  }

  /** Two numbers, of a place on the keyboard and the key that it stands for. */
  private static final class KeyCode extends JavaType {
    private final Abi abi;

    KeyCode(Abi abi, Direction direction) {
      super(abi, direction);
      this.abi = abi;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, 2 * Integer.BYTES);
      return m == null
          ? Value.unreadable(raw)
          : Value.array(Value.udec(m.u32(0)), Sets.constant("input_key", abi, m.u32(4)));
    }
  }

  /** The bits of a device that are set, as many as the result of the call has bytes. */
  private static final class InputBits extends JavaType {
    private static final int FEW = 4;

    private final Abi abi;
    private final FlagSet set;
    private final int bits;

    InputBits(Abi abi, FlagSet set, int bits) {
      super(abi, Direction.OUT);
      this.abi = abi;
      this.set = set;
      this.bits = bits;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      int size = (int) Math.max(0, Math.min(c.result(), (bits + 7) / 8));
      MemoryView m = size == 0 ? null : c.read(raw, size);
      if (m == null) {
        return Value.unreadable(raw);
      }
      List<Value> members = new ArrayList<>();
      for (int bit = 0; bit < Math.min(bits, 8 * size); bit++) {
        if ((m.u8(bit / 8) & 1 << bit % 8) == 0) {
          continue;
        }
        if (c.brief() && members.size() == FEW) {
          members.add(new Value.Text("...", 0));
          break;
        }
        members.add(Sets.constant(set, abi, bit, Value.Base.HEX));
      }
      Value shown = new Value.Members(members.toArray(new Value[0]), false);
      return new Value.Worded(words(c, raw, size), shown, true);
    }

    /** The same as words. */
    private Value words(DecodeContext c, long raw, int size) {
      int word = abi.wordSize();
      Value[] words = new Value[(size + word - 1) / word];
      MemoryView m = c.readUpTo(raw, words.length * word);
      for (int i = 0; i < words.length; i++) {
        words[i] = Value.hex(m.load(i * word, word, false));
      }
      return Value.array(words);
    }
  }

  /** {@code EVIOCGMTSLOTS}: the values of an axis, one for each touch. */
  private static final class Slots extends JavaType {
    private final Abi abi;
    private final int size;

    Slots(Abi abi, int size) {
      super(abi, Direction.OUT);
      this.abi = abi;
      this.size = size;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = size < Integer.BYTES ? null : c.read(raw, size);
      if (m == null) {
        return Value.unreadable(raw);
      }
      String axis = m.u32(0) < 0x2f ? null : Sets.get("input_abs").nameOf(m.u32(0), abi);
      Value code =
          axis == null
              ? new Value.Sym(
                  m.u32(0), Value.Base.HEX, Value.NO_NAMES, m.u32(0), "ABS_MT_???", false)
              : Value.name(m.u32(0), axis);
      int count = size / Integer.BYTES - 1;
      int shown = c.brief() ? Math.min(count, c.maxString()) : count;
      Value[] items = new Value[shown];
      for (int i = 0; i < shown; i++) {
        items[i] = Value.dec(m.s32((i + 1) * Integer.BYTES));
      }
      return Value.struct(
          Value.field("code", code), Value.field("values", new Value.Arr(items, shown < count)));
    }
  }
}
