// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.FlagSets;

/** Values of the flag sets, for types written in Java. */
final class Sets {
  private Sets() {}

  /** The set called {@code name}; the tables refer only to sets that exist. */
  static FlagSet get(String name) {
    FlagSet set = FlagSets.get(name);
    if (set == null) {
      throw new IllegalArgumentException("no such flag set: " + name);
    }
    return set;
  }

  /** Flags of the set called {@code set}. */
  static Value flags(String set, Abi abi, long raw) {
    return flags(get(set), abi, raw, Value.Base.HEX);
  }

  static Value flags(FlagSet set, Abi abi, long raw, Value.Base base) {
    long field = set.splitMask();
    return field == 0 ? plain(set, abi, raw, base) : split(set, abi, raw, base, raw & field);
  }

  /** One value of a field, and flags: two numbers where numbers are shown. */
  private static Value split(FlagSet set, Abi abi, long raw, Value.Base base, long value) {
    FlagSet.Decomposition parts = set.decompose(raw, abi);
    String name = set.splitNameOf(value, abi);
    if (name == null && (value == 0 || set.splitUnknown() == null)) {
      return plain(set, abi, raw, base);
    }
    Value first =
        name == null
            ? new Value.Sym(value, base, Value.NO_NAMES, value, set.splitUnknown(), false)
            : new Value.Sym(value, base, new String[] {name}, 0, null, true);
    if (raw == value) {
      return first;
    }
    String[] names = java.util.Arrays.copyOfRange(parts.names(), 1, parts.names().length);
    return new Value.Or(
        raw,
        base,
        first,
        new Value.Sym(raw & ~value, base, names, parts.rest(), set.unknown(), true));
  }

  private static Value plain(FlagSet set, Abi abi, long raw, Value.Base base) {
    FlagSet.Decomposition parts = set.decompose(raw, abi);
    String unknown = raw == 0 ? null : set.unknown();
    if (parts.signal() || parts.lateBits() != 0 && parts.rest() != 0) {
      return lateName(raw, base, parts);
    }
    return new Value.Sym(raw, base, parts.names(), parts.rest(), unknown, true);
  }

  /** Bits without a name stand before a shift or signal: {@code MFD_HUGETLB|0x80|21<<…}. */
  private static Value lateName(long raw, Value.Base base, FlagSet.Decomposition parts) {
    String[] names = parts.names();
    int count = names.length - 1;
    long bits = parts.lateBits();
    if (!parts.signal()) {
      String[] shown = java.util.Arrays.copyOf(names, names.length + 1);
      shown[count] = "0x" + Long.toHexString(parts.rest());
      shown[count + 1] = names[count];
      return new Value.Sym(raw, base, shown, 0, null, true);
    }
    Value last = new Value.Sym(bits, Value.Base.DEC, new String[] {names[count]}, 0, null, false);
    if (raw == bits) {
      return last;
    }
    String[] early = java.util.Arrays.copyOf(names, count);
    Value flags = new Value.Sym(raw & ~bits, base, early, parts.rest(), null, true);
    return new Value.Or(raw, base, flags, last);
  }

  /** The constant of the set called {@code set} that is {@code raw}. */
  static Value constant(String set, Abi abi, long raw) {
    return constant(get(set), abi, raw, Value.Base.HEX);
  }

  static Value constant(FlagSet set, Abi abi, long raw, Value.Base base) {
    String name = set.nameOf(raw, abi);
    if (name == null && raw == (int) raw) {
      // A constant may be written as a signed or an unsigned 32-bit number.
      raw &= 0xffffffffL;
      name = set.nameOf(raw, abi);
      raw = base == Value.Base.HEX ? raw : (int) raw;
    }
    return name == null
        ? new Value.Sym(raw, base, Value.NO_NAMES, raw, set.unknown(), false)
        : new Value.Sym(raw, base, new String[] {name}, 0, null, false);
  }
}
