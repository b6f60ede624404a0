// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code struct lsm_ctx} ({@code linux/lsm.h}, Linux 6.18), several of which follow each other. */
final class LsmContexts extends JavaType {
  private static final int HEADER = 32;

  /** As many as there are modules, and more. */
  private static final int MAX = 64;

  private final Abi abi;
  private final Ref count;

  LsmContexts(Abi abi, Ref count, Direction direction) {
    super(abi, direction);
    this.abi = abi;
    this.count = count;
  }

  @Override
  Value show(DecodeContext c, long raw) {
    long claimed = Math.max(0, Math.min(count.get(c), MAX));
    List<Value> items = new ArrayList<>();
    long address = raw;
    for (int i = 0; i < claimed; i++) {
      MemoryView m = c.read(address, HEADER);
      if (m == null) {
        if (i == 0) {
          return Value.unreadable(raw);
        }
        items.add(new Value.Commented(new Value.Text("...", 0), "0x" + Long.toHexString(address)));
        break;
      }
      items.add(
          Value.struct(
              Value.field("id", Sets.constant("lsm_id", abi, m.s64(0))),
              Value.field("flags", Value.hex(m.s64(8))),
              Value.field("len", Value.udec(m.s64(16))),
              Value.field("ctx_len", Value.udec(m.s64(24))),
              Value.field("ctx", c.bytes(address + HEADER, m.s64(24), c.maxString()))));
      address += m.s64(16);
    }
    return Value.array(items.toArray(new Value[0]));
  }

  /** The one context that lsm_set_self_attr(2) is given, with as much text as has room in it. */
  static final class One extends JavaType {
    private final Abi abi;
    private final Ref size;

    One(Abi abi, Ref size) {
      super(abi, Direction.IN);
      this.abi = abi;
      this.size = size;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, HEADER);
      if (m == null) {
        return Value.unreadable(raw);
      }
      long room = (size.get(c) & 0xffffffffL) - HEADER;
      long claimed = m.s64(24);
      long length = Long.compareUnsigned(claimed, room) > 0 ? room : claimed;
      Value context = c.bytes(raw + HEADER, length, c.maxString());
      return Value.struct(
          Value.field("id", Sets.constant("lsm_id", abi, m.s64(0))),
          Value.field("flags", Value.hex(m.s64(8))),
          Value.field("len", Value.udec(m.s64(16))),
          Value.field("ctx_len", Value.udec(claimed)),
          length == 0
              ? Value.field("ctx", Value.OMITTED)
              : Value.field(
                  "ctx",
                  context instanceof Value.Str s
                      ? new Value.HexStr(s.bytes(), s.truncated())
                      : context));
    }
  }

  /** A size that the kernel replaces by what it wants to store, whether there is room or not. */
  static final class Size extends JavaType {
    Size(Abi abi) {
      super(abi, Direction.INOUT);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, Integer.BYTES);
      capture.bytes(Phase.EXIT_ALWAYS, at, Integer.BYTES);
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      c.setStash(raw == 0 ? null : c.read(raw, Integer.BYTES));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView after = c.read(raw, Integer.BYTES);
      if (after == null || !(c.stash() instanceof MemoryView before)) {
        return Value.unreadable(raw);
      }
      Value size = Value.udec(before.u32(0));
      return Value.array(
          before.u32(0) == after.u32(0) ? size : new Value.Changed(size, Value.udec(after.u32(0))));
    }
  }
}
