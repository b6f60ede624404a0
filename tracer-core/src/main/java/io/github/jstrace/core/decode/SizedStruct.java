// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * A struct whose first field, 32 bits, is its size: what is behind that is 0, as the kernel takes
 * it. What stands behind the fields that are known belongs to it.
 */
final class SizedStruct extends JavaType {
  /** More is not read, whatever the tracee claims: the texts of a mount may have some pages. */
  private static final int MAX = 1 << 16;

  private final StructType struct;

  SizedStruct(Abi abi, StructType struct, Direction direction) {
    super(abi, direction);
    this.struct = struct;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(direction(), at, struct.size() + Capture.SOME);
  }

  @Override
  Value show(DecodeContext c, long raw) {
    MemoryView head = c.verbose() ? c.read(raw, Integer.BYTES) : null;
    long claimed = head == null ? 0 : head.u32(0);
    int known = (int) Math.min(Math.max(claimed, Integer.BYTES), struct.size());
    MemoryView m =
        head == null ? null : c.readUpTo(raw, (int) Math.max(known, Math.min(claimed, MAX)));
    if (m == null || m.length() < known) {
      return Value.unreadable(raw);
    }
    byte[] bytes = new byte[Math.max(m.length(), struct.size())];
    System.arraycopy(m.copy(0, m.length()), 0, bytes, 0, m.length());
    return struct.read(c, new MemoryView(bytes, bytes.length), 0);
  }

  /** A string of such a struct: where it begins, in bytes behind the fixed part. */
  static final class Text extends FieldType {
    private final int base;

    Text(int base) {
      super(Integer.BYTES, Integer.BYTES);
      this.base = base;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      long start = base + m.u32(offset);
      int end = (int) Math.min(start, m.length());
      int limit = (int) Math.min(m.length(), start + c.maxString());
      while (end < limit && m.u8(end) != 0) {
        end++;
      }
      if (start >= m.length()) {
        return Value.hex(m.u32(offset));
      }
      boolean cut = end == m.length() || m.u8(end) != 0;
      return new Value.Str(m.copy((int) start, end - (int) start), cut, true, false);
    }
  }
}
