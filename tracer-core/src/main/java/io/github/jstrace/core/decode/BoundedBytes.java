// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.SignatureParser;

/** Bytes in place, in a struct, of which a sibling tells how many count. */
final class BoundedBytes extends Type {
  private final int size;
  private final Ref count;

  BoundedBytes(String size, Ref count) {
    Long number = SignatureParser.number(size);
    this.size = number == null ? 0 : number.intValue();
    this.count = count;
  }

  @Override
  int size() {
    return size;
  }

  @Override
  int align() {
    return 1;
  }

  @Override
  boolean bracketed() {
    return false;
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    return Value.addr(raw);
  }

  @Override
  Value read(DecodeContext c, MemoryView m, int offset) {
    long wanted = count.get(c);
    int shown = wanted < 0 || wanted > size ? size : (int) wanted;
    return new Value.Str(m.copy(offset, shown), false, false, false);
  }
}
