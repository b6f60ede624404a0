// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * A struct that had one field first and got others since, passed with its size: the fields that it
 * has are shown. If not all of them can be read, the first is.
 */
final class GrownStruct extends JavaType {
  private final StructType struct;
  private final Ref length;

  GrownStruct(Abi abi, StructType struct, Ref length) {
    super(abi, Direction.IN);
    this.struct = struct;
    this.length = length;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    struct.needsBehind(capture, Phase.ENTRY, at);
  }

  @Override
  Value show(DecodeContext c, long raw) {
    long size = length.get(c);
    int first = struct.first().type().size();
    if (Long.compareUnsigned(size, first) < 0) {
      return Value.addr(raw);
    }
    int known = Long.compareUnsigned(size, struct.size()) < 0 ? (int) size : struct.size();
    MemoryView m = c.read(raw, known);
    boolean partly = m == null && known > first;
    if (partly) {
      m = c.read(raw, first);
    }
    if (m == null) {
      return Value.unreadable(raw);
    }
    int whole = struct.wholeFields(m.length());
    return struct.readPart(c, m, whole, partly || size != m.length() || m.length() % first != 0);
  }
}
