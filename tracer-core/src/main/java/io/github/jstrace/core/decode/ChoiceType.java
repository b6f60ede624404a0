// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/** Stands for one of several types, which other arguments or fields of the call decide. */
abstract class ChoiceType extends Type {
  /** The type that the call at hand has. */
  abstract Type select(DecodeContext c);

  @Override
  When when(DecodeContext c) {
    return select(c).when(c);
  }

  /** The argument as the type that it has takes it, cut to its size. */
  long joined(DecodeContext c, long raw) {
    Type type = select(c);
    long joined = type.join(raw, 0);
    return type instanceof ChoiceType choice ? choice.joined(c, joined) : joined;
  }

  @Override
  final void atEntry(DecodeContext c, long raw) {
    Type type = select(c);
    type.atEntry(c, type.join(raw, 0));
  }

  @Override
  final Value decode(DecodeContext c, long raw) {
    Type type = select(c);
    return type.decode(c, type.join(raw, 0));
  }

  @Override
  final @Nullable Value after(DecodeContext c, long raw) {
    Type type = select(c);
    return type.after(c, type.join(raw, 0));
  }

  @Override
  final boolean bracketed() {
    return false;
  }

  @Override
  final Value read(DecodeContext c, MemoryView m, int offset) {
    return select(c).read(c, m, offset);
  }
}
