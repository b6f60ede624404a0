// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/** Pointers in structs that are numbers of 64 bits, whatever the ABI, as in bpf(2). */
final class BpfPointers {
  private static final int PATH_MAX = 4096;

  /** Elements that are read at most. */
  private static final int MAX_ELEMENTS = 1 << 16;

  private BpfPointers() {}

  /** A pointer in 64 bits, whatever the ABI; {@code path}: to a string. */
  static final class Pointer extends ScalarType {
    private final boolean path;

    Pointer(Abi abi, boolean path) {
      super(abi, 8, false, Value.Base.HEX);
      this.path = path;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      if (path) {
        capture.path(Phase.ENTRY, at);
      }
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return path ? c.string(raw, PATH_MAX, true) : Value.addr(raw);
    }
  }

  /**
   * A pointer in 64 bits to text that is cut at {@code -s}: a string, or with a length that is an
   * argument or a field, one that need not have an end, or, {@code bytes}, whatever stands there.
   */
  static final class Text extends ScalarType {
    private final @Nullable Ref length;
    private final boolean bytes;
    private final boolean narrow;

    Text(Abi abi, @Nullable Ref length, boolean bytes) {
      super(abi, 8, false, Value.Base.HEX);
      this.length = length;
      this.bytes = bytes;
      this.narrow = abi.wordSize() < Long.BYTES;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.string(Phase.ENTRY, at);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (length == null) {
        return c.string(raw, c.maxString(), false);
      }
      if (narrow && raw >>> Integer.SIZE != 0) {
        return Value.addr(raw);
      }
      long count = length.get(c);
      if (bytes) {
        return c.bytes(raw, count, c.maxString());
      }
      if (raw != 0 && count == 0) {
        return new Value.Str(new byte[0], false, false, false);
      }
      long most = Math.min(count & 0xffffffffL, c.maxString());
      Value value = c.string(raw, (int) most, false);
      if (value instanceof Value.Str s && s.bytes().length == count) {
        // Within the bound there was no end, whatever stands behind it.
        return new Value.Str(s.bytes(), true, false, false);
      }
      return value;
    }
  }

  /** A pointer to bytes that are shown in hex, such as machine code. */
  static final class Hex extends ScalarType {
    private final Ref length;

    Hex(Abi abi, Ref length) {
      super(abi, Long.BYTES, false, Value.Base.HEX);
      this.length = length;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      if (!capture.brief()) {
        capture.bytes(Phase.ENTRY, at, Capture.SOME);
      }
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long size = length.get(c) & 0xffffffffL;
      int shown = (int) Math.min(size, c.maxString());
      MemoryView m = raw == 0 || shown == 0 ? null : c.read(raw, shown);
      return m == null ? Value.addr(raw) : new Value.HexStr(m.copy(0, shown), shown < size);
    }
  }

  /** A pointer to so many elements. */
  abstract static class Elements extends ScalarType {
    private final Ref count;
    private final int size;

    Elements(Abi abi, Ref count, int size) {
      super(abi, 8, false, Value.Base.HEX);
      this.count = count;
      this.size = size;
    }

    abstract Value element(DecodeContext c, MemoryView m, int at);

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, Capture.SOME);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw == 0) {
        return Value.NULL;
      }
      long n = count.get(c) & 0xffffffffL;
      if (n == 0) {
        return Value.array();
      }
      int most = (int) Math.min(n, c.brief() ? c.maxString() : MAX_ELEMENTS);
      MemoryView m = c.readUpTo(raw, most * size);
      int got = m.length() / size;
      if (got == 0) {
        return Value.addr(raw);
      }
      java.util.ArrayList<Value> items = new java.util.ArrayList<>(got + 1);
      for (int i = 0; i < got; i++) {
        items.add(element(c, m, i * size));
      }
      return ArrayType.cut(c, items, raw, n, size);
    }
  }

  /** Numbers: {@code u32} that the kernel stores, or {@code u64} in hex. */
  static final class Numbers extends Elements {
    private final boolean hex;
    private final boolean given;

    Numbers(Abi abi, Ref count, int size) {
      this(abi, count, size, size == Long.BYTES);
    }

    /** {@code given}: by the caller, so that they are there if the call fails, too. */
    Numbers(Abi abi, Ref count, int size, boolean given) {
      super(abi, count, size);
      this.hex = size == Long.BYTES;
      this.given = given;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      Value value = super.decode(c, raw);
      boolean stored = given || value instanceof Value.Arr a && a.items().length == 0;
      return stored || !c.failed() ? value : Value.addr(raw);
    }

    @Override
    Value element(DecodeContext c, MemoryView m, int at) {
      return hex ? Value.hex(m.s64(at)) : Value.udec(m.u32(at));
    }
  }

  /** Pointers to strings. */
  static final class Strings extends Elements {
    Strings(Abi abi, Ref count) {
      super(abi, count, Long.BYTES);
    }

    @Override
    Value element(DecodeContext c, MemoryView m, int at) {
      return c.string(m.s64(at), c.maxString(), false);
    }
  }

  /** An array of {@code union bpf_iter_link_info}, of which a map is what most iterate. */
  static final class IteratedMap extends Elements {
    IteratedMap(Abi abi, Ref length) {
      super(abi, length, Integer.BYTES);
    }

    @Override
    Value element(DecodeContext c, MemoryView m, int at) {
      Value map = Value.struct(Value.field("map_fd", c.fd(m.s32(at))));
      return Value.struct(Value.field("map", map));
    }
  }
}
