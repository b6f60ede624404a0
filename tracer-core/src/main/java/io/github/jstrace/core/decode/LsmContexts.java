// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;

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
}
