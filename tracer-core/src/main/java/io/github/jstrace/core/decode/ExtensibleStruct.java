// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A struct that later kernels may make longer, passed with its size (openat2(2), "Extensibility").
 * A shorter one is not decoded; bytes behind what is known are shown if one of them is not 0.
 */
final class ExtensibleStruct extends JavaType {
  private static final int PAGE = 4096;

  private final StructType struct;
  private final Ref length;
  private final boolean shown;

  /** {@code shown}: whether further bytes are shown, or only that there are some. */
  ExtensibleStruct(Abi abi, StructType struct, Ref length, boolean shown) {
    super(abi, Direction.IN);
    this.struct = struct;
    this.length = length;
    this.shown = shown;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    struct.needsBehind(capture, Phase.ENTRY, at);
    capture.bytes(Phase.ENTRY, at, capture.length(length, 1, Capture.SOME), PAGE);
  }

  @Override
  Value show(DecodeContext c, long raw) {
    long size = length.get(c);
    if (Long.compareUnsigned(size, struct.size()) < 0) {
      return Value.addr(raw);
    }
    Value value = struct.decode(c, raw);
    if (!shown && size != struct.size() && value instanceof Value.Struct known) {
      return new Value.Struct(known.fields(), true);
    }
    Value tail = shown ? tail(c, raw, struct.size(), size) : null;
    if (tail == null || !(value instanceof Value.Struct s)) {
      return value;
    }
    Value.Field[] fields = Arrays.copyOf(s.fields(), s.fields().length + 1);
    fields[fields.length - 1] = Value.field("", tail);
    return new Value.Struct(fields, s.more());
  }

  /**
   * Bytes {@code from} to {@code size} of what is at {@code address}, of which the kernel accepts
   * no more than a page; null if all are 0.
   */
  static @Nullable Value tail(DecodeContext c, long address, int from, long size) {
    int end = Long.compareUnsigned(size, PAGE) > 0 ? PAGE : (int) size;
    if (end <= from) {
      return null;
    }
    MemoryView m = c.read(address + from, end - from);
    if (m == null) {
      return new Value.Text("???", 0);
    }
    boolean filled = false;
    for (int i = 0; i < m.length(); i++) {
      filled |= m.u8(i) != 0;
    }
    if (!filled) {
      return null;
    }
    int shown = Math.min(m.length(), c.maxString());
    Value bytes = new Value.HexStr(m.copy(0, shown), shown < m.length());
    return new Value.Prefixed("/* bytes " + from + ".." + (end - 1) + " */ ", bytes);
  }
}
