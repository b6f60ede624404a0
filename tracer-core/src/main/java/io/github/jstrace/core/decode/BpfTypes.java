// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Arguments of bpf(2). */
final class BpfTypes {
  private BpfTypes() {}

  /**
   * {@code union bpf_attr}, as the struct that it is for a command. Fields behind the size that the
   * caller tells are 0 to the kernel; those of the first version are shown all the same.
   */
  static final class Attr extends JavaType {
    private static final int PAGE = 4096;

    private final StructType struct;
    private final Ref size;
    private final int minSize;

    Attr(Abi abi, StructType struct, Ref size, int minSize, Direction direction) {
      super(abi, direction);
      this.struct = struct;
      this.size = size;
      this.minSize = minSize;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      struct.needsBehind(capture, Phase.ENTRY, at);
      capture.bytes(Phase.ENTRY, at, capture.length(size, 1, Capture.SOME), PAGE);
      if (direction() == Direction.OUT) {
        capture.bytes(Phase.EXIT_ALWAYS, at, capture.length(size, 1, Capture.SOME), PAGE);
      }
    }

    /** What a failed call was asked for is shown too. */
    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == 0 ? Value.NULL : show(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long claimed = size.get(c);
      MemoryView m =
          claimed <= 0 || claimed > PAGE || !c.verbose() ? null : c.read(raw, (int) claimed);
      if (m == null) {
        return Value.unreadable(raw);
      }
      byte[] bytes = new byte[Math.max((int) claimed, struct.size())];
      System.arraycopy(m.copy(0, m.length()), 0, bytes, 0, m.length());
      boolean more = false;
      for (int i = struct.size(); i < bytes.length; i++) {
        more |= bytes[i] != 0;
      }
      int limit = Math.max(minSize, (int) claimed);
      return struct.readPart(c, new MemoryView(bytes, bytes.length), limit, more);
    }
  }

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

  private static final int PATH_MAX = 4096;

  /** A pointer in 64 bits to a string that is cut at {@code -s}. */
  static final class Text extends ScalarType {
    Text(Abi abi) {
      super(abi, 8, false, Value.Base.HEX);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.string(Phase.ENTRY, at);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return c.string(raw, c.maxString(), false);
    }
  }

  /** {@code KERNEL_VERSION(6, 1, 0)}. */
  static final class KernelVersion extends ScalarType {
    KernelVersion(Abi abi) {
      super(abi, 4, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return new Value.Coded(
          Value.hex(raw),
          new Value.Macro(
              "KERNEL_VERSION",
              Value.udec(raw >> 16),
              Value.udec(raw >> 8 & 0xff),
              Value.udec(raw & 0xff)));
    }
  }
}
