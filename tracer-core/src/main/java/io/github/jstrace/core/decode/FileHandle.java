// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** {@code struct file_handle} of name_to_handle_at(2): given, or filled in. */
final class FileHandle extends JavaType {
  private static final int HEADER = 8;

  /** {@code MAX_HANDLE_SZ}. */
  private static final int MAX_SIZE = 128;

  private static final int EOVERFLOW = 75;

  private final boolean filled;

  FileHandle(Abi abi, Direction direction) {
    super(abi, direction);
    this.filled = direction != Direction.IN;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(Phase.ENTRY, at, HEADER + (filled ? 0 : MAX_SIZE));
    if (filled) {
      capture.bytes(Phase.EXIT_ALWAYS, at, HEADER + MAX_SIZE);
    }
  }

  @Override
  When when() {
    return filled ? When.EXIT : When.ENTRY;
  }

  @Override
  void atEntry(DecodeContext c, long raw) {
    if (filled) {
      MemoryView m = c.read(raw, HEADER);
      c.setStash(m == null ? null : Long.valueOf(m.u32(0)));
    }
  }

  @Override
  Value show(DecodeContext c, long raw) {
    if (!filled) {
      MemoryView m = c.read(raw, HEADER);
      return m == null ? Value.unreadable(raw) : whole(c, raw, m, Value.udec(m.u32(0)));
    }
    if (!(c.stash() instanceof Long before)) {
      return Value.unreadable(raw);
    }
    MemoryView m = c.read(raw, HEADER);
    if (m == null || c.failed() && c.tracee().errno() != EOVERFLOW) {
      return Value.struct(Value.field("handle_bytes", Value.udec(before)));
    }
    Value bytes = Value.udec(m.u32(0));
    if (m.u32(0) != before) {
      bytes = new Value.Changed(Value.udec(before), bytes);
    }
    return c.failed() ? Value.struct(Value.field("handle_bytes", bytes)) : whole(c, raw, m, bytes);
  }

  private static Value whole(DecodeContext c, long raw, MemoryView m, Value bytes) {
    int size = (int) Math.min(MAX_SIZE, m.u32(0));
    MemoryView handle = c.read(raw + HEADER, size);
    Value content =
        handle == null
            ? new Value.Text("???", 0)
            : new Value.HexStr(handle.copy(0, size), m.u32(0) > MAX_SIZE);
    return Value.struct(
        Value.field("handle_bytes", bytes),
        Value.field("handle_type", Value.dec(m.s32(4))),
        Value.field("f_handle", content));
  }
}
