// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Length;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Arguments of keyctl(2) whose length is not an argument of the call. */
final class KeyTypes {
  private KeyTypes() {}

  /** What was stored: as much as the result says, if the buffer was that large. */
  private abstract static class Stored extends JavaType {
    private final Ref room;

    Stored(Abi abi, Ref room) {
      super(abi, Direction.OUT);
      this.room = room;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.text(Phase.EXIT, at, capture.length(room, 1, capture.maxString()));
    }

    final long length(DecodeContext c) {
      long result = c.tracee().result();
      return Long.compareUnsigned(room.get(c), result) < 0 ? room.get(c) : result;
    }
  }

  /** Text and the NUL behind it, which counts. */
  static final class Text extends Stored {
    Text(Abi abi, Ref room) {
      super(abi, room);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long length = length(c);
      if (length == 0 && raw != 0) {
        return new Value.Str(new byte[0], false, false, false);
      }
      Value value = c.bytes(raw, length, c.maxString());
      if (value instanceof Value.Str s && !s.truncated() && s.bytes()[s.bytes().length - 1] == 0) {
        byte[] bytes = java.util.Arrays.copyOf(s.bytes(), s.bytes().length - 1);
        return new Value.Str(bytes, false, false, false);
      }
      return value;
    }
  }

  /** Bytes of flags, each of a set of its own. */
  static final class Capabilities extends Stored {
    private static final String[] SETS = {"keyctl_caps0", "keyctl_caps1"};

    private final Abi abi;

    Capabilities(Abi abi, Ref room) {
      super(abi, room);
      this.abi = abi;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      int length = (int) Math.min(length(c), c.maxString());
      MemoryView m = raw == 0 ? null : c.read(raw, length);
      if (m == null) {
        return length == 0 && raw != 0 ? Value.array() : Value.addr(raw);
      }
      Value[] items = new Value[length];
      for (int i = 0; i < length; i++) {
        FlagSet set = i < SETS.length ? Sets.get(SETS[i]) : null;
        items[i] = set == null ? Value.hex(m.u8(i)) : Sets.flags(set, abi, m.u8(i), Value.Base.HEX);
      }
      return Value.array(items);
    }
  }

  /** Bytes whose length stands in a struct that another argument points to. */
  static final class Data extends JavaType {
    /** {@code struct keyctl_pkey_params}. */
    private static final int PARAMS = 40;

    private final Ref struct;
    private final int offset;

    Data(Abi abi, Direction direction, Ref struct, int offset) {
      super(abi, direction);
      this.struct = struct;
      this.offset = offset;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      // As much as could be shown: what a plan copies may not depend on too much.
      Phase phase = direction() == Direction.OUT ? Phase.EXIT : Phase.ENTRY;
      capture.text(phase, at, Length.constant(CapturePlan.MAX_BYTES));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(struct.get(c), PARAMS);
      return m == null ? Value.unreadable(raw) : c.bytes(raw, m.u32(offset), c.maxString());
    }
  }

  /**
   * {@code struct keyctl_kdf_params}. What its pointers point to is not planned for, as a plan has
   * no room for it.
   */
  static final class Derivation extends JavaType {
    private final StructType struct;

    Derivation(Abi abi, StructType struct) {
      super(abi, Direction.IN);
      this.struct = struct;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, struct.size());
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return struct.decode(c, raw);
    }
  }
}
