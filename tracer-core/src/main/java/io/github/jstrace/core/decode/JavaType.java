// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * A word-sized argument or field, mostly a pointer, that is decoded by Java code because tables
 * cannot say how. A subclass says what it shows; direction {@code out} gives what strace does:
 * decoding waits for the exit, and a failed call shows the address.
 */
abstract class JavaType extends Type {
  private final int wordSize;
  private final Direction direction;

  JavaType(Abi abi, Direction direction) {
    this.wordSize = abi.wordSize();
    this.direction = direction;
  }

  /**
   * Some memory behind the pointer; to be overridden by what knows how much, or that it is none.
   */
  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(direction, at, Capture.SOME);
  }

  final Direction direction() {
    return direction;
  }

  @Override
  When when() {
    return direction == Direction.IN
        ? When.ENTRY
        : direction == Direction.OUT ? When.EXIT : When.BOTH;
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
  boolean bracketed() {
    return false;
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    if (raw == 0) {
      return Value.NULL;
    }
    return direction == Direction.OUT && c.failed() ? Value.addr(raw) : show(c, raw);
  }

  /** Decodes what {@code raw}, which is not 0, points at or stands for. */
  abstract Value show(DecodeContext c, long raw);
}
