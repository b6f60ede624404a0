// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;

/** A number of 1 to 8 bytes in some base; what it means beyond that is for subclasses. */
class ScalarType extends Type {
  private final int size;
  private final boolean signed;
  private final Value.Base base;
  private final int slots;
  private final int align;

  ScalarType(Abi abi, int size, boolean signed, Value.Base base) {
    this.size = size;
    this.signed = signed;
    this.base = base;
    this.slots = size > abi.wordSize() ? 2 : 1;
    this.align = Math.min(size, abi.maxAlign());
  }

  @Override
  int slots() {
    return slots;
  }

  @Override
  final long join(long first, long second) {
    if (slots == 2) {
      return first & 0xffffffffL | second << 32;
    }
    switch (size) {
      case 1:
        return signed ? (byte) first : first & 0xff;
      case 2:
        return signed ? (short) first : first & 0xffff;
      case 4:
        return signed ? (int) first : first & 0xffffffffL;
      default:
        return first;
    }
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    return new Value.Num(raw, base);
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
  final boolean signed() {
    return signed;
  }
}
