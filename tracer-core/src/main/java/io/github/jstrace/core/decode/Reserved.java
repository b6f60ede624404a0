// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;

/** Numbers in place, in a struct, that have no meaning yet: shown if one of them is not 0. */
final class Reserved extends FieldType {
  private final Type element;

  Reserved(Type element, int count) {
    super(element.size() * count, element.align());
    this.element = element;
  }

  @Override
  Value read(DecodeContext c, MemoryView m, int offset) {
    int step = element.size();
    Value[] items = new Value[size() / step];
    long any = 0;
    for (int i = 0; i < items.length; i++) {
      any |= m.load(offset + i * step, step, false);
      items[i] = element.read(c, m, offset + i * step);
    }
    return any == 0 ? Value.OMITTED : Value.array(items);
  }
}
