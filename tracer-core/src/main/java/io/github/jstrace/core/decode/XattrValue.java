// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** The value of an extended attribute: bytes, of which a NUL at the end is not shown. */
final class XattrValue extends JavaType {
  /** {@code XATTR_SIZE_MAX} of {@code linux/limits.h}. */
  private static final int MAX_SIZE = 65536;

  /** So much of a value is captured. */
  private static final int PAGE = 4096;

  private final Ref length;

  XattrValue(Abi abi, Ref length, Direction direction) {
    super(abi, direction);
    this.length = length;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(
        direction() == Direction.OUT ? Phase.EXIT : Phase.ENTRY,
        at,
        capture.length(length, 1, Capture.SOME),
        PAGE);
  }

  @Override
  Value show(DecodeContext c, long raw) {
    long size = length.get(c);
    if (size < 0 || size > MAX_SIZE) {
      return Value.addr(raw);
    }
    MemoryView m = c.copy(raw, (int) size);
    if (m.length() < size) {
      return Value.unreadable(raw);
    }
    int count = m.length() > 0 && m.u8(m.length() - 1) == 0 ? m.length() - 1 : m.length();
    int shown = Math.min(count, c.maxString());
    return new Value.Str(m.copy(0, shown), shown < count, false, false);
  }
}
