// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;

/** Numbers with parts: page offsets, futex operations. */
final class MemoryTypes {
  private MemoryTypes() {}

  /** The offset of i386's mmap2(2), in units of 4096 bytes; shown in bytes. */
  static final class PageOffset extends ScalarType {
    PageOffset(Abi abi) {
      super(abi, 4, false, Value.Base.HEX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.hex(raw * 4096);
    }
  }

  /**
   * {@code val3} of FUTEX_WAKE_OP: an operation and a comparison with an operand each (futex(2)).
   */
  static final class FutexWakeOp extends ScalarType {
    private final Abi abi;

    FutexWakeOp(Abi abi) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String text = raw >>> 31 == 0 ? "" : "FUTEX_OP_OPARG_SHIFT<<28|";
      text += part("futex_wake_op", raw >> 28 & 7, 28, "FUTEX_OP_???");
      text += "|0x" + Long.toHexString(raw >> 12 & 0xfff) + "<<12|";
      text += part("futex_wake_cmp", raw >> 24 & 15, 24, "FUTEX_OP_CMP_???");
      text += "|0x" + Long.toHexString(raw & 0xfff);
      return new Value.Text(text.replace("|0x0<<12", "|0<<12").replaceAll("\\|0x0$", "|0"), raw);
    }

    private String part(String set, long value, int shift, String unknown) {
      String name = Sets.get(set).nameOf(value, abi);
      return name == null
          ? "0x" + Long.toHexString(value) + "<<" + shift + " /* " + unknown + " */"
          : name + "<<" + shift;
    }
  }

  /** The personality that was in force: {@code 0x40000 (PER_LINUX|ADDR_NO_RANDOMIZE)}. */
  static final class PersonalityResult extends ScalarType {
    private final Abi abi;

    PersonalityResult(Abi abi) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      c.setNote(personality(abi, raw));
      return Value.hex(raw);
    }
  }

  /** A personality: which system's it is, and flags (personality(2)). */
  static final class Personality extends ScalarType {
    private final Abi abi;

    Personality(Abi abi) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == UNCHANGED ? Value.hex(raw) : personality(abi, raw);
    }
  }

  /** The number that asks for the personality and changes nothing. */
  private static final long UNCHANGED = 0xffffffffL;

  private static final long PER_MASK = 0xff;

  private static Value personality(Abi abi, long raw) {
    FlagSet set = Sets.get("personality");
    long domain = raw & PER_MASK;
    long flags = raw & ~PER_MASK;
    Value first = Sets.constant(set, abi, domain, Value.Base.HEX);
    if (flags == 0) {
      return first;
    }
    // Flags alone decompose into the domain that is 0, and them.
    FlagSet.Decomposition parts = set.decompose(flags, abi);
    String[] names = java.util.Arrays.copyOfRange(parts.names(), 1, parts.names().length);
    return new Value.Or(
        raw,
        Value.Base.HEX,
        first,
        new Value.Sym(flags, Value.Base.HEX, names, parts.rest(), null, true));
  }
}
