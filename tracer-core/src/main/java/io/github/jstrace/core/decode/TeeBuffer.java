// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** {@code struct tee_ioctl_buf_data} (linux/tee.h): a buffer with a struct and parameters. */
final class TeeBuffer extends JavaType {
  private static final int SIZE = 2 * Long.BYTES;

  private final StructType head;
  private final StructType result;
  private final StructType param;

  /**
   * {@code struct}: what the buffer begins with; its last field is the number of parameters. What
   * the call makes of it is {@code struct_done}.
   */
  TeeBuffer(TypeCompiler compiler, String struct) {
    super(compiler.abi(), Direction.IN);
    this.head = compiler.requireStruct(struct);
    this.result = compiler.requireStruct(struct + "_done");
    this.param = compiler.requireStruct("device.tee_param");
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    for (Phase phase : Phase.values()) {
      capture.bytes(phase, at, SIZE);
      if (at != null) {
        capture.bytes(phase, at.pointerAt(0), Capture.SOME);
      }
    }
  }

  @Override
  When when() {
    return When.EXIT;
  }

  @Override
  void atEntry(DecodeContext c, long raw) {
    MemoryView m = raw == 0 ? null : c.read(raw, SIZE);
    c.setStash(
        m == null
            ? null
            : Value.struct(
                Value.field("buf_len", Value.udec(m.s64(Long.BYTES))),
                Value.field("buf_ptr", buffer(c, head, m.s64(0), m.s64(Long.BYTES)))));
  }

  @Override
  Value show(DecodeContext c, long raw) {
    if (!(c.stash() instanceof Value.Struct before)) {
      return Value.unreadable(raw);
    }
    Value.Field given = before.fields()[1];
    MemoryView m = c.failed() ? null : c.read(raw, SIZE);
    if (m == null || !(given.value() instanceof Value.Struct)) {
      return before;
    }
    Value after = buffer(c, result, m.s64(0), m.s64(Long.BYTES));
    return Value.struct(
        before.fields()[0], Value.field(given.name(), new Value.Changed(given.value(), after)));
  }

  private Value buffer(DecodeContext c, StructType type, long address, long length) {
    MemoryView m = address == 0 ? null : c.read(address, head.size());
    long count = m == null ? 0 : m.u32(head.size() - Integer.BYTES);
    if (m == null || length != head.size() + count * param.size()) {
      return Value.addr(address);
    }
    Value.Struct struct = (Value.Struct) type.read(c, m, 0);
    int limit = c.brief() ? c.maxString() : ArrayType.MAX_ELEMENTS;
    Value params =
        count == 0
            ? Value.array()
            : ArrayType.elements(
                c, param, address + head.size(), count, (int) Math.min(count, limit));
    int fields = struct.fields().length;
    Value.Field[] all = java.util.Arrays.copyOf(struct.fields(), fields + 1);
    all[fields] = Value.field("params", params);
    return new Value.Struct(all, struct.more());
  }
}
