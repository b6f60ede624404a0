// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;

/** A constant of a set, or several joined as flags. */
final class SetType extends ScalarType {
  private final FlagSet set;
  private final boolean flags;
  private final Abi abi;
  private final Value.Base base;

  /** {@code base} is for a number that has no name. */
  SetType(Abi abi, FlagSet set, boolean flags, ScalarSpec spec, Value.Base base) {
    super(abi, spec.size(), spec.signed(), spec.base());
    this.set = set;
    this.flags = flags;
    this.abi = abi;
    this.base = base;
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    if (base == Value.Base.HEX && size() == Integer.BYTES) {
      raw &= 0xffffffffL;
    }
    if (!flags && size() == Long.BYTES && raw < 0 && set.nameOf(raw, abi) == null) {
      return new Value.Sym(raw, base, Value.NO_NAMES, raw, set.unknown(), false);
    }
    return flags ? Sets.flags(set, abi, raw, base) : Sets.constant(set, abi, raw, base);
  }
}
