// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.SignatureParser;

/** What only a field of a struct can be, in place. A subclass reads it. */
abstract class FieldType extends Type {
  private final int size;
  private final int align;

  FieldType(int size, int align) {
    this.size = size;
    this.align = align;
  }

  /** A number of the tables, as a type's parameter. */
  static int size(String text) {
    Long number = SignatureParser.number(text);
    return number == null ? 0 : number.intValue();
  }

  @Override
  final int size() {
    return size;
  }

  @Override
  final int align() {
    return align;
  }

  @Override
  final boolean bracketed() {
    return false;
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    return Value.addr(raw);
  }

  @Override
  abstract Value read(DecodeContext c, MemoryView m, int offset);
}
