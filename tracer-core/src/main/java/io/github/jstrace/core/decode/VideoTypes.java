// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** What structs of linux/videodev2.h (Linux 7.2) hold and the tables cannot say. */
final class VideoTypes {
  private VideoTypes() {}

  static @Nullable Type create(TypeCompiler compiler, String name, String[] params, Env env) {
    Abi abi = compiler.abi();
    switch (name) {
      case "rest":
        return new StructType.Rest();
      case "fraction":
        return new Fraction();
      case "fourcc":
        return new FourCharacters(abi, Sets.get(params[0]));
      case "v4l2_control":
        return new ControlId(abi, params.length > 0);
      case "v4l2_buf_flags":
        return new BufferFlags(abi);
      case "v4l2_ext_controls":
        return new ExtendedControls(compiler, params[0].equals("get"));
      default:
        return null;
    }
  }

  /** Two numbers, {@code 1/30}. */
  private static final class Fraction extends FieldType {
    Fraction() {
      super(2 * Integer.BYTES, Integer.BYTES);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      long above = m.u32(offset);
      long below = m.u32(offset + Integer.BYTES);
      return new Value.Text(above + "/" + below, above << Integer.SIZE | below);
    }
  }

  /** Four characters that name a format: {@code v4l2_fourcc('Y', 'U', 'Y', 'V')}. */
  private static final class FourCharacters extends ScalarType {
    private final Abi abi;
    private final FlagSet formats;

    FourCharacters(Abi abi, FlagSet formats) {
      super(abi, Integer.BYTES, false, Value.Base.HEX);
      this.abi = abi;
      this.formats = formats;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      StringBuilder text = new StringBuilder("v4l2_fourcc(");
      for (int i = 0; i < Integer.BYTES; i++) {
        int octet = (int) (raw >> Byte.SIZE * i) & 0xff;
        text.append(i == 0 ? "'" : ", '");
        if (octet < ' ' || octet >= 0x7f) {
          text.append("\\x")
              .append(Character.forDigit(octet >> 4, 16))
              .append(Character.forDigit(octet & 15, 16));
        } else {
          text.append(octet == '\'' || octet == '\\' ? "\\" : "").append((char) octet);
        }
        text.append('\'');
      }
      Value words = new Value.Text(text.append(')').toString(), raw);
      String name = formats.nameOf(raw, abi);
      return new Value.Worded(
          Value.hex(raw), name == null ? words : new Value.Commented(words, name));
    }
  }

  /** The id of a control: its name, or its place in a class. */
  private static final class ControlId extends ScalarType {
    private static final long CLASS = 0xffff0000L;
    private static final long NEXT_CTRL = 0x80000000L;
    private static final long NEXT_COMPOUND = 0x40000000;

    private final Abi abi;
    private final boolean next;

    /** {@code next}: it may ask for the control behind it. */
    ControlId(Abi abi, boolean next) {
      super(abi, Integer.BYTES, false, Value.Base.HEX);
      this.abi = abi;
      this.next = next;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long flags = next ? raw & (NEXT_CTRL | NEXT_COMPOUND) : 0;
      if (flags == 0) {
        return id(raw);
      }
      String[] names =
          flags == NEXT_CTRL
              ? new String[] {"V4L2_CTRL_FLAG_NEXT_CTRL"}
              : flags == NEXT_COMPOUND
                  ? new String[] {"V4L2_CTRL_FLAG_NEXT_COMPOUND"}
                  : new String[] {"V4L2_CTRL_FLAG_NEXT_CTRL", "V4L2_CTRL_FLAG_NEXT_COMPOUND"};
      Value both = new Value.Sym(flags, Value.Base.HEX, names, 0, null, true);
      long id = raw & ~flags;
      return new Value.Worded(Value.hex(raw), new Value.Or(raw, Value.Base.HEX, both, id(id)));
    }

    private Value id(long raw) {
      String name = Sets.get("v4l2_cid").nameOf(raw, abi);
      if (name == null) {
        name = Sets.get("v4l2_ctrl_class").nameOf(raw & CLASS, abi);
        long place = raw & ~CLASS;
        name =
            name == null ? null : name + "+" + (place == 0 ? "0" : "0x" + Long.toHexString(place));
      }
      return name == null
          ? new Value.Sym(raw, Value.Base.HEX, Value.NO_NAMES, raw, "V4L2_CID_???", false)
          : Value.name(raw, name);
    }
  }

  /** Flags of a buffer, and two numbers among them. */
  private static final class BufferFlags extends ScalarType {
    private static final long CLOCK = 0xe000;
    private static final long SOURCE = 0x70000;

    private final Abi abi;

    BufferFlags(Abi abi) {
      super(abi, Integer.BYTES, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long flags = raw & ~(CLOCK | SOURCE);
      Value clock = Sets.constant("v4l2_timestamp", abi, raw & CLOCK);
      Value source = Sets.constant("v4l2_tstamp_src", abi, raw & SOURCE);
      Value all =
          flags == 0
              ? new Value.Or(raw, Value.Base.HEX, clock, source)
              : new Value.Or(
                  raw, Value.Base.HEX, Sets.flags("v4l2_buf_flags", abi, flags), clock, source);
      return new Value.Worded(Value.hex(raw), all);
    }
  }

  /**
   * {@code struct v4l2_ext_controls}: controls that are set or tried are shown as they were given,
   * and behind {@code =>} as the call left them.
   */
  private static final class ExtendedControls extends JavaType {
    private final Abi abi;
    private final StructType head;
    private final StructType control;
    private final boolean get;

    ExtendedControls(TypeCompiler compiler, boolean get) {
      super(compiler.abi(), Direction.IN);
      this.abi = compiler.abi();
      this.head = compiler.requireStruct("v4l2.ext_controls");
      this.control = compiler.requireStruct("v4l2.ext_control");
      this.get = get;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      for (Phase phase : Phase.values()) {
        capture.bytes(phase, at, head.size());
        if (at != null) {
          capture.bytes(phase, at.pointerAt(controlsAt()), Capture.SOME);
        }
      }
    }

    /** Where in the struct the address of the controls lies: at its end. */
    private int controlsAt() {
      return head.size() - abi.wordSize();
    }

    @Override
    When when() {
      return get ? When.EXIT : When.BOTH;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, head.size());
      if (m == null) {
        return Value.unreadable(raw);
      }
      Value.Struct start = (Value.Struct) head.read(c, m, 0);
      int count = start.fields().length;
      Value.Field[] fields = java.util.Arrays.copyOf(start.fields(), count + 2);
      if (m.u32(4) != 0) {
        fields[count++] = Value.field("controls", controls(c, m));
      }
      if (get && c.failed() && m.u32(4) != 0) {
        fields[count++] = error(m);
      }
      return new Value.Struct(java.util.Arrays.copyOf(fields, count), start.more());
    }

    @Override
    @Nullable Value after(DecodeContext c, long raw) {
      MemoryView m = raw == 0 || !c.verbose() ? null : c.read(raw, head.size());
      if (m == null || m.u32(4) == 0) {
        return null;
      }
      Value controls = controls(c, m);
      if (!ArrayType.whole(controls)) {
        return null;
      }
      Value.Field shown = Value.field("controls", controls);
      return c.failed() ? Value.struct(shown, error(m)) : Value.struct(shown);
    }

    private static Value.Field error(MemoryView m) {
      return Value.field("error_idx", Value.udec(m.u32(8)));
    }

    private Value controls(DecodeContext c, MemoryView m) {
      long address = m.load(controlsAt(), abi.wordSize(), false);
      long count = m.u32(4);
      int limit = c.brief() ? c.maxString() : ArrayType.MAX_ELEMENTS;
      return address == 0
          ? Value.NULL
          : ArrayType.elements(c, control, address, count, (int) Math.min(count, limit));
    }
  }
}
