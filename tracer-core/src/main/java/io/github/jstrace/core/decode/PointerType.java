// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** A pointer to one value of another type, or to an array of them. */
final class PointerType extends Type {
  private final Type target;
  private final Direction direction;
  private final int wordSize;

  PointerType(Abi abi, Type target, Direction direction) {
    this.target = target;
    this.direction = direction;
    this.wordSize = abi.wordSize();
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    if (direction != Direction.OUT) {
      target.needsBehind(capture, Phase.ENTRY, at);
    }
    if (direction != Direction.IN) {
      target.needsBehind(capture, Phase.EXIT, at);
    }
  }

  @Override
  When when() {
    if (direction == Direction.IN) {
      return When.ENTRY;
    }
    // A number that the call replaces is shown once, as [before => after]; a struct is shown twice.
    return direction == Direction.OUT || target.bracketed() ? When.EXIT : When.BOTH;
  }

  @Override
  long join(long first, long second) {
    return wordSize == 4 ? first & 0xffffffffL : first;
  }

  @Override
  int size() {
    return wordSize;
  }

  @Override
  void atEntry(DecodeContext c, long raw) {
    if (direction == Direction.INOUT && target.bracketed()) {
      c.setStash(target(c, raw));
    }
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    if (raw == 0) {
      return Value.NULL;
    }
    if (!c.verbose()) {
      return Value.addr(raw);
    }
    if (direction == Direction.OUT && c.failed()) {
      return Value.addr(raw);
    }
    Value value = target(c, raw);
    if (direction == Direction.INOUT && target.bracketed() && c.stash() instanceof Value before) {
      // strace: [0] => [10], and once if nothing has changed or the call failed.
      return c.failed() || same(before, value) ? before : new Value.Changed(before, value);
    }
    return value;
  }

  private Value target(DecodeContext c, long raw) {
    if (target instanceof ArrayType array) {
      return array.at(c, raw);
    }
    MemoryView m = c.read(raw, target.size());
    if (m == null) {
      return Value.unreadable(raw);
    }
    Value value = target.read(c, m, 0);
    return target.bracketed() ? Value.array(value) : value;
  }

  private static boolean same(Value a, Value b) {
    return a instanceof Value.Arr x
        && b instanceof Value.Arr y
        && java.util.Arrays.equals(x.items(), y.items());
  }

  @Override
  @Nullable Value after(DecodeContext c, long raw) {
    return raw == 0 || c.failed() || !c.verbose() ? null : target(c, raw);
  }
}
