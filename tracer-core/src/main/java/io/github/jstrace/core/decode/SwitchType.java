// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/** One of several types, by the value of a sibling. */
final class SwitchType extends Type {
  /** {@code values} is null for the case that takes all. */
  record Case(long @Nullable [] values, Type type) {}

  private final Ref ref;
  private final Case[] cases;
  private final Type fallback;

  /** Which case it is depends on the call's result, so nothing can be shown before. */
  private final boolean onResult;

  SwitchType(Ref ref, Case[] cases, Type fallback, boolean onResult) {
    this.onResult = onResult;
    this.ref = ref;
    this.cases = cases;
    this.fallback = fallback;
  }

  private Type select(DecodeContext c) {
    long value = ref.get(c);
    for (Case one : cases) {
      if (one.values == null) {
        return one.type;
      }
      for (long candidate : one.values) {
        if (candidate == value) {
          return one.type;
        }
      }
    }
    return fallback;
  }

  @Override
  When when(DecodeContext c) {
    return onResult ? When.EXIT : select(c).when(c);
  }

  @Override
  void atEntry(DecodeContext c, long raw) {
    Type type = select(c);
    type.atEntry(c, type.join(raw, 0));
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    Type type = select(c);
    return type.decode(c, type.join(raw, 0));
  }

  @Override
  @Nullable Value after(DecodeContext c, long raw) {
    Type type = select(c);
    return type.after(c, type.join(raw, 0));
  }

  @Override
  int size() {
    int max = fallback.size();
    for (Case one : cases) {
      max = Math.max(max, one.type.size());
    }
    return max;
  }

  @Override
  int align() {
    int max = 1;
    for (Case one : cases) {
      max = Math.max(max, one.type.align());
    }
    return max;
  }

  @Override
  boolean bracketed() {
    return false;
  }

  @Override
  Value read(DecodeContext c, MemoryView m, int offset) {
    return select(c).read(c, m, offset);
  }
}
