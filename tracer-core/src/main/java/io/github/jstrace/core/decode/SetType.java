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

  SetType(Abi abi, FlagSet set, boolean flags, ScalarSpec spec) {
    super(abi, spec.size(), spec.signed(), spec.base());
    this.set = set;
    this.flags = flags;
    this.abi = abi;
    this.base =
        flags || spec.base() != Value.Base.DEC && spec.base() != Value.Base.UDEC
            ? Value.Base.HEX
            : spec.base();
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    return flags ? Sets.flags(set, abi, raw, base) : Sets.constant(set, abi, raw, base);
  }
}
