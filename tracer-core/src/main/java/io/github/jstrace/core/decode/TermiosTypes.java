// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;

/** Fields of {@code struct termios} and its kin ({@code asm-generic/termbits.h}, Linux 6.18). */
final class TermiosTypes {
  private TermiosTypes() {}

  /**
   * Flags of a mode, behind constants that each stand in some bits of it: {@code B38400|CS8|CREAD}.
   * Without any flags strace leaves their place empty: {@code B38400|CS8|}.
   */
  static final class Flags extends ScalarType {
    private static final Value NOTHING = new Value.Text("", 0);
    private static final int INPUT_SPEED_SHIFT = 16;
    private static final long SPEED = 0x100f;

    private final Abi abi;
    private final FlagSet set;
    private final boolean wide;

    /** {@code type}: {@code u16} for the fields of {@code struct termio}, or {@code u32}. */
    Flags(Abi abi, FlagSet set, String type) {
      super(abi, type.equals("u16") ? 2 : 4, false, Value.Base.HEX);
      this.abi = abi;
      this.set = set;
      this.wide = !type.equals("u16");
    }

    private static long[] masks(String set) {
      switch (set) {
        case "termios_oflag":
          return OUTPUT_MASKS;
        case "termios_cflag":
          return CONTROL_MASKS;
        default:
          return NO_MASKS;
      }
    }

    private static final long[] OUTPUT_MASKS = {0x100, 0x600, 0x1800, 0x2000, 0x4000, 0x8000};
    private static final long[] CONTROL_MASKS = {SPEED, 0x30};
    private static final long[] NO_MASKS = {};

    @Override
    Value decode(DecodeContext c, long raw) {
      long[] masks = masks(set.name());
      if (masks.length == 0) {
        return raw == 0 ? NOTHING : Sets.flags(set, abi, raw, Value.Base.HEX);
      }
      long inputSpeed = wide && masks == CONTROL_MASKS ? raw >> INPUT_SPEED_SHIFT & SPEED : 0;
      FlagSet.Decomposition all = set.decompose(raw & ~(inputSpeed << INPUT_SPEED_SHIFT), abi);
      int extra = inputSpeed != 0 ? 1 : 0;
      Value[] parts = new Value[masks.length + extra + 1];
      long rest = raw & ~(inputSpeed << INPUT_SPEED_SHIFT);
      int count = 0;
      for (int i = 0; i < masks.length; i++) {
        parts[count++] = Value.name(raw & masks[i], all.names()[i]);
        rest &= ~masks[i];
        if (i == 0 && extra == 1) {
          String name = set.decompose(inputSpeed, abi).names()[0] + "<<IBSHIFT";
          parts[count++] = Value.name(inputSpeed << INPUT_SPEED_SHIFT, name);
        }
      }
      String[] flags = java.util.Arrays.copyOfRange(all.names(), masks.length, all.names().length);
      parts[count] =
          rest == 0 ? NOTHING : new Value.Sym(rest, Value.Base.HEX, flags, all.rest(), null, true);
      return new Value.Or(raw, Value.Base.HEX, parts);
    }
  }

  /** The array {@code c_cc}: {@code [[VINTR]=0x3, [VQUIT]=0x1c, ...]}. */
  static final class ControlCharacters extends FieldType {
    private static final String[] NAMES = {
      "VINTR",
      "VQUIT",
      "VERASE",
      "VKILL",
      "VEOF",
      "VTIME",
      "VMIN",
      "VSWTC",
      "VSTART",
      "VSTOP",
      "VSUSP",
      "VEOL",
      "VREPRINT",
      "VDISCARD",
      "VWERASE",
      "VLNEXT",
      "VEOL2"
    };

    ControlCharacters(String size) {
      super(size(size), 1);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      Value[] items = new Value[size()];
      for (int i = 0; i < size(); i++) {
        String label = i < NAMES.length ? NAMES[i] : Integer.toString(i);
        items[i] = new Value.Labelled(label, Value.hex(m.u8(offset + i)));
      }
      return Value.array(items);
    }
  }
}
