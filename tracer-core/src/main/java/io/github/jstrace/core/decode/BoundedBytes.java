// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;

/** Bytes in place, in a struct, of which a sibling tells how many count. */
final class BoundedBytes extends FieldType {
  private final Ref count;

  BoundedBytes(String size, Ref count) {
    super(size(size), 1);
    this.count = count;
  }

  @Override
  Value read(DecodeContext c, MemoryView m, int offset) {
    long wanted = count.get(c);
    int shown = wanted < 0 || wanted > size() ? size() : (int) wanted;
    return new Value.Str(m.copy(offset, shown), false, false, false);
  }
}
