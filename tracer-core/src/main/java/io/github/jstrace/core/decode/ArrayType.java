// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/** Several values of one type in a row; how many is a constant or told by a sibling. */
final class ArrayType extends Type {
  /** Elements that are read with one request. */
  private static final int CHUNK = 64;

  /** No array is shown beyond this, whatever count the tracee claims. */
  static final int MAX_ELEMENTS = 1 << 16;

  private final Type element;
  private final Ref length;
  private final int fixedLength;

  /** {@code fixedLength} is 0 if the length is only known when the array is read. */
  ArrayType(Type element, Ref length, int fixedLength) {
    this.element = element;
    this.length = length;
    this.fixedLength = fixedLength;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    needsBehind(capture, Phase.ENTRY, at);
  }

  @Override
  void needsBehind(Capture capture, Phase phase, @Nullable Place at) {
    // In place, in a struct, it lies within the struct's own bytes.
    if (fixedLength > 0) {
      capture.bytes(phase, at, size());
    } else {
      capture.array(phase, at, length, Math.max(1, element.size()));
    }
  }

  @Override
  boolean bracketed() {
    return false;
  }

  @Override
  int size() {
    return element.size() * fixedLength;
  }

  @Override
  int align() {
    return element.align();
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    return at(c, raw);
  }

  /** In place, in a struct. */
  @Override
  Value read(DecodeContext c, MemoryView m, int offset) {
    long wanted =
        Math.max(0, Math.min(length.get(c), fixedLength > 0 ? fixedLength : MAX_ELEMENTS));
    int room = (m.length() - offset) / Math.max(1, element.size());
    int shown = shown(c, Math.min(wanted, room));
    Value[] items = new Value[shown];
    for (int i = 0; i < shown; i++) {
      items[i] = element.read(c, m, offset + i * element.size());
    }
    return new Value.Arr(items, shown < Math.min(wanted, room));
  }

  private static int shown(DecodeContext c, long count) {
    int limit = c.brief() ? Math.min(c.maxString(), MAX_ELEMENTS) : MAX_ELEMENTS;
    return (int) Math.min(count, limit);
  }

  /** Behind a pointer. */
  Value at(DecodeContext c, long address) {
    long count = length.get(c);
    if (address == 0) {
      return Value.NULL;
    }
    if (count == 0) {
      return Value.array();
    }
    int size = element.size();
    long claimed = count < 0 ? Long.MAX_VALUE : count;
    if (claimed > Long.MAX_VALUE / size || address + claimed * size < 0 && address >= 0) {
      claimed = Math.max(1, Math.min(claimed, Integer.MAX_VALUE));
    }
    return elements(c, element, address, claimed, shown(c, claimed));
  }

  /** The first {@code shown} of the {@code claimed} elements at an address. */
  static Value elements(DecodeContext c, Type element, long address, long claimed, int shown) {
    int size = element.size();
    java.util.ArrayList<Value> items = new java.util.ArrayList<>(Math.min(shown, CHUNK));
    for (int from = 0; from < shown; from += CHUNK) {
      int wanted = Math.min(CHUNK, shown - from);
      MemoryView m = c.readUpTo(address + (long) from * size, wanted * size);
      int got = m.length() / size;
      for (int i = 0; i < got; i++) {
        items.add(element.read(c, m, i * size));
      }
      if (got < wanted) {
        if (items.isEmpty()) {
          return Value.unreadable(address);
        }
        break;
      }
    }
    return cut(c, items, address, claimed, size);
  }

  /**
   * An array of {@code claimed} elements of which only {@code items} are shown. As strace, which
   * looks at each element before it ends the list, it tells where the first one not shown lies if
   * that cannot be read.
   */
  static Value cut(
      DecodeContext c, java.util.List<Value> items, long address, long claimed, int size) {
    boolean more = items.size() < claimed;
    if (more) {
      long next = address + (long) items.size() * size;
      if (c.readUpTo(next, size).length() < size) {
        items.add(rest(next));
        more = false;
      }
    }
    return new Value.Arr(items.toArray(new Value[0]), more);
  }

  /** Whether all elements that are to be shown of an array behind a pointer could be read. */
  static boolean whole(Value value) {
    return value instanceof Value.Arr array
        && array.items().length > 0
        && !(array.items()[array.items().length - 1] instanceof Value.Commented);
  }

  /** Stands for the elements from {@code address} on, which cannot be read. */
  static Value rest(long address) {
    return new Value.Commented(new Value.Text("...", 0), "0x" + Long.toHexString(address));
  }
}
