// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Place;
import org.jspecify.annotations.Nullable;

/** One of several types, by the value of a sibling. */
final class SwitchType extends ChoiceType {
  record Case(long[] values, Type type) {}

  private final Ref ref;
  private final Case[] cases;

  /** What any other value has: the case {@code *}, or a word. */
  private final Type fallback;

  /** Which case it is depends on the call's result, so nothing can be shown before. */
  private final boolean onResult;

  SwitchType(Ref ref, Case[] cases, Type fallback, boolean onResult) {
    this.onResult = onResult;
    this.ref = ref;
    this.cases = cases;
    this.fallback = fallback;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    for (Case one : cases) {
      one.type.needs(capture, at);
    }
    fallback.needs(capture, at);
  }

  @Override
  Type select(DecodeContext c) {
    long value = ref.get(c);
    for (Case one : cases) {
      for (long candidate : one.values) {
        if (candidate == value) {
          return one.type;
        }
      }
    }
    return fallback;
  }

  @Override
  long joined(DecodeContext c, long raw) {
    return onResult ? raw : super.joined(c, raw);
  }

  @Override
  When when(DecodeContext c) {
    return onResult ? When.EXIT : select(c).when(c);
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
    int max = Math.max(1, fallback.align());
    for (Case one : cases) {
      max = Math.max(max, one.type.align());
    }
    return max;
  }
}
