// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Capability sets and supplementary groups. */
final class CredentialTypes {
  private static final long VERSION_2 = 0x20071026L;
  private static final long VERSION_3 = 0x20080522L;

  private CredentialTypes() {}

  /** {@code cap_user_header_t} (capget(2)). */
  static final class CapHeader extends JavaType {
    private final Abi abi;

    CapHeader(Abi abi) {
      super(abi, Direction.IN);
      this.abi = abi;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, 8);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.verbose() ? c.read(raw, 8) : null;
      return m == null
          ? Value.unreadable(raw)
          : Value.struct(
              Value.field("version", Sets.constant("cap_version", abi, m.u32(0))),
              Value.field("pid", c.pid(m.s32(4))));
    }
  }

  /** {@code cap_user_data_t}: one of them for version 1, two halves for the others. */
  static final class CapData extends JavaType {
    private final Abi abi;
    private final Ref header;

    CapData(Abi abi, Ref header, Direction direction) {
      super(abi, direction);
      this.abi = abi;
      this.header = header;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(direction(), at, 24);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView version = c.read(header.get(c), 8);
      if (version == null) {
        return Value.addr(raw);
      }
      long number = version.u32(0);
      boolean wide = number == VERSION_2 || number == VERSION_3;
      MemoryView m = c.verbose() ? c.read(raw, wide ? 24 : 12) : null;
      return m == null
          ? Value.unreadable(raw)
          : Value.struct(
              Value.field("effective", set(m, 0, wide)),
              Value.field("permitted", set(m, 4, wide)),
              Value.field("inheritable", set(m, 8, wide)));
    }

    private Value set(MemoryView m, int offset, boolean wide) {
      long low = m.u32(offset);
      long high = wide ? m.u32(offset + 12) : 0;
      Value first = Sets.flags("cap", abi, low);
      if (high == 0) {
        return first;
      }
      FlagSet cap = Sets.get("cap");
      FlagSet.Decomposition parts = cap.decompose(high << 32, abi);
      Value second =
          new Value.Sym(
              high, Value.Base.HEX, parts.names(), parts.rest() >>> 32, cap.unknown(), true);
      return low == 0 ? second : new Value.Or(high << 32 | low, Value.Base.HEX, first, second);
    }
  }

  /** The groups of getgroups(2) and setgroups(2), of 4 or 2 bytes each. */
  static final class Groups extends JavaType {
    /** {@code NGROUPS_MAX}: the kernel accepts no more. */
    private static final int MAX = 65536;

    private final Ref count;
    private final ArrayType array;

    Groups(Abi abi, Ref count, Type element, Direction direction) {
      super(abi, direction);
      this.count = count;
      this.array = new ArrayType(element, count, 0);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      array.needsBehind(capture, direction() == Direction.OUT ? Phase.EXIT : Phase.ENTRY, at);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long n = (int) count.get(c);
      return n < 0 || n > MAX ? Value.addr(raw) : array.at(c, raw);
    }
  }
}
