// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** What ioctl(2) commands of consoles and keyboards take: linux/kd.h, linux/keyboard.h. */
final class ConsoleTypes {
  private static final String[] NO_NAMES = Value.NO_NAMES;

  private ConsoleTypes() {}

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Abi abi = compiler.abi();
    switch (name) {
      case "kd_sound":
        return new Sound(abi);
      case "kd_tone":
        return new Tone(abi);
      case "kd_port":
        return new Port(abi);
      case "kd_unicode":
        return new Unicode(abi);
      case "kd_entry":
        return new Entry(abi, direction);
      case "kd_string":
        return new FunctionString(abi, direction);
      case "font_name":
        return new FontName(abi);
      case "glyphs":
        return new Glyphs(abi, env.ref(params[0]), env.ref(params[1]));
      default:
        return null;
    }
  }

  /** A number and a remark, which is left out where constants are shown as numbers. */
  private static Value remarked(long raw, Value.Base base, @Nullable String remark) {
    return remark == null
        ? new Value.Num(raw, base)
        : new Value.Sym(raw, base, NO_NAMES, raw, remark, false);
  }

  /** What the timer that makes sounds makes of a number: its rate, divided by it. */
  private static long frequency(long divisor) {
    return divisor == 0 ? 0 : Long.divideUnsigned(1193182, divisor);
  }

  /** KIOCSOUND: {@code 440 /* 2711 Hz *}{@code /}. */
  private static final class Sound extends ScalarType {
    Sound(Abi abi) {
      super(abi, abi.wordSize(), false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long hertz = frequency(raw);
      return remarked(raw, Value.Base.UDEC, hertz == 0 ? "off" : hertz + " Hz");
    }
  }

  /** KDMKTONE: milliseconds above, what KIOCSOUND takes below. */
  private static final class Tone extends ScalarType {
    Tone(Abi abi) {
      super(abi, Integer.BYTES, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long time = raw >>> 16 & 0xffff;
      long divisor = raw & 0xffff;
      long hertz = frequency(divisor);
      String remark = hertz == 0 || time == 0 ? "off" : hertz + " Hz, " + time + " ms";
      Value sound = remarked(divisor, Value.Base.UDEC, remark);
      if (time == 0) {
        return sound;
      }
      Value.Sym above = new Value.Sym(time, Value.Base.UDEC, NO_NAMES, time, null, false);
      return new Value.Or(raw, Value.Base.UDEC, new Value.Shifted(above, 16), sound);
    }
  }

  /** KDADDIO: a port, by its place among those of graphics cards. */
  private static final class Port extends ScalarType {
    private static final int FIRST = 0x3b4;
    private static final int LAST = 0x3df;

    Port(Abi abi) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      boolean known = raw >= FIRST && raw <= LAST;
      return remarked(raw, Value.Base.HEX, known ? "GPFIRST + " + (raw - FIRST) : null);
    }
  }

  /** A character of a screen map: {@code UNI_DIRECT_BASE+0x41} stands for glyph 0x41. */
  private static final class Unicode extends ScalarType {
    private static final int BASE = 0xf000;
    private static final int COUNT = 0x200;

    Unicode(Abi abi) {
      super(abi, Short.BYTES, false, Value.Base.HEX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw < BASE || raw >= BASE + COUNT) {
        return Value.hex(raw);
      }
      String glyph = raw == BASE ? "0" : "0x" + Long.toHexString(raw - BASE);
      return new Value.Coded(Value.hex(raw), new Value.Text("UNI_DIRECT_BASE+" + glyph, raw));
    }
  }

  /** {@code struct kbentry}: a key of one of the tables, and what it gives. */
  private static final class Entry extends JavaType {
    private static final int SIZE = 4;
    private static final int LAST_TABLE = 3;

    private final Abi abi;

    Entry(Abi abi, Direction direction) {
      super(abi, direction);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == 0 ? Value.NULL : show(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.readUpTo(raw, SIZE);
      if (m.length() < 2) {
        return Value.unreadable(raw);
      }
      int table = m.u8(0);
      Value.Field first =
          Value.field(
              "kb_table",
              table <= LAST_TABLE
                  ? Sets.constant("kd_kb_table", abi, table)
                  : Sets.flags("kd_modifiers", abi, table));
      Value.Field second = Value.field("kb_index", Value.udec(m.u8(1)));
      if (direction() == Direction.OUT && c.failed()) {
        return Value.struct(first, second);
      }
      Value key = m.length() < SIZE ? new Value.Text("???", 0) : symbol(abi, m.u16(2));
      return Value.struct(first, second, Value.field("kb_value", key));
    }
  }

  /** What a key gives: a type above, a value below. */
  static Value symbol(Abi abi, int raw) {
    int type = raw >> 8;
    int value = raw & 0xff;
    String name = Sets.get("kd_symbol").nameOf(raw, abi);
    if (name == null) {
      String typeName = Sets.get("kd_symbol_type").nameOf(type, abi);
      String shown = value == 0 ? "0" : "0x" + Integer.toHexString(value);
      // Latin letters, plain and with Alt, those that CapsLock changes, and dead keys
      if (type == 0 || type == 8 || type == 0xb || type == 0xd) {
        shown = DeviceTypes.quoted(value);
      }
      name =
          "K("
              + (typeName == null ? "0x" + Integer.toHexString(type) : typeName)
              + ", "
              + shown
              + ")";
    }
    return remarked(raw, Value.Base.HEX, name);
  }

  /** {@code struct kbsentry}: what a function key types. */
  private static final class FunctionString extends JavaType {
    private static final int FUNCTIONS = 0x100;
    private static final int SIZE = 512;

    private final Abi abi;

    FunctionString(Abi abi, Direction direction) {
      super(abi, direction);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == 0 ? Value.NULL : show(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, 1);
      if (m == null) {
        return Value.unreadable(raw);
      }
      int function = m.u8(0);
      String name = Sets.get("kd_symbol").nameOf(FUNCTIONS | function, abi);
      Value shown = name == null ? Value.hex(function) : Value.name(function, "KVAL(" + name + ")");
      Value.Field first = Value.field("kb_func", shown);
      if (direction() == Direction.OUT && c.failed()) {
        return Value.struct(first);
      }
      return Value.struct(first, Value.field("kb_string", text(c, raw + 1)));
    }
  }

  /** As strace: the NUL, too, has to be within {@code -s}, or the string is cut. */
  private static Value text(DecodeContext c, long address) {
    MemoryView m = c.readUpTo(address, FunctionString.SIZE);
    int length = 0;
    while (length < m.length() && m.u8(length) != 0) {
      length++;
    }
    if (length == m.length() && length < FunctionString.SIZE) {
      return new Value.Text("???", 0);
    }
    int room = Math.min(FunctionString.SIZE, c.maxString());
    return new Value.Str(m.copy(0, Math.min(length, room)), length >= room, true, false);
  }

  /** The name of a font of the kernel, of 31 bytes at most. */
  private static final class FontName extends JavaType {
    private static final int LENGTH = 31;

    FontName(Abi abi) {
      super(abi, Direction.IN);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return c.string(raw, LENGTH, false);
    }
  }

  /** Pictures of characters, 32 rows each, of so many bits. */
  private static final class Glyphs extends JavaType {
    private static final int ROWS = 32;

    private final Ref count;
    private final Ref width;

    Glyphs(Abi abi, Ref count, Ref width) {
      super(abi, Direction.IN);
      this.count = count;
      this.width = width;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      Value bytes = c.bytes(raw, (width.get(c) + 7) / 8 * ROWS * count.get(c), c.maxString());
      return bytes instanceof Value.Str s ? new Value.HexStr(s.bytes(), s.truncated()) : bytes;
    }
  }
}
