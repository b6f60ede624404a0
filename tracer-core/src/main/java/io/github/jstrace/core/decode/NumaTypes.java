// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Sets of memory nodes, and what became of pages. */
final class NumaTypes {
  private static final int PAGE = 4096;

  private NumaTypes() {}

  /**
   * A node mask of {@code maxnode - 1} bits in longs (set_mempolicy(2); the kernel looks at one bit
   * less than it is told): {@code [0x00000000000001]}.
   */
  static final class Nodemask extends JavaType {
    private final ArrayType longs;
    private final Ref maxnode;

    Nodemask(Abi abi, Ref maxnode, Direction direction) {
      super(abi, direction);
      this.maxnode = maxnode;
      this.longs = new ArrayType(new Mask(abi), new LongCount(maxnode, abi.wordSize() * 8), 0);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      // As many longs as are shown in brief, and whether there is a next one.
      capture.bytes(direction(), at, Capture.SOME + Long.BYTES);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw != 0 && maxnode.get(c) == 0 ? Value.array() : super.decode(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long nodes = maxnode.get(c);
      // One bit less than one, or than the highest number: nothing that has a size.
      return !c.verbose() || nodes == 1 || nodes == -1 ? Value.addr(raw) : longs.at(c, raw);
    }
  }

  /** How many longs hold a mask. */
  private record LongCount(Ref maxnode, int bitsOfLong) implements Ref {
    @Override
    public long get(DecodeContext c) {
      long nodes = maxnode.get(c);
      return nodes == 0 ? 0 : Long.divideUnsigned(nodes - 2 + bitsOfLong, bitsOfLong);
    }
  }

  /** A long in hex, padded to its width with zeros. */
  private static final class Mask extends ScalarType {
    Mask(Abi abi) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String digits = raw == 0 ? "" : Long.toHexString(raw);
      int width = 2 * size() - (raw == 0 ? 0 : 2);
      return new Value.Text(
          (raw == 0 ? "" : "0x") + "0".repeat(Math.max(0, width - digits.length())) + digits, raw);
    }
  }

  /** What mincore(2) says of each page: the lowest bit of a byte. */
  static final class MincoreVec extends JavaType {
    private final ArrayType pages;

    MincoreVec(Abi abi, Ref length) {
      super(abi, Direction.OUT);
      this.pages = new ArrayType(new Residency(abi), new PageCount(length), 0);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.EXIT, at, Capture.SOME);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return c.verbose() ? pages.at(c, raw) : Value.addr(raw);
    }
  }

  private record PageCount(Ref length) implements Ref {
    @Override
    public long get(DecodeContext c) {
      long bytes = length.get(c);
      return (bytes >>> 12) + (bytes % PAGE == 0 ? 0 : 1);
    }
  }

  private static final class Residency extends ScalarType {
    Residency(Abi abi) {
      super(abi, 1, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.udec(raw & 1);
    }
  }

  /** Where move_pages(2) found or put each page: a node, or an error. */
  static final class PageStatus extends ScalarType {
    PageStatus(Abi abi) {
      super(abi, 4, true, Value.Base.DEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String error = raw < 0 ? Errno.name((int) -raw) : null;
      return error == null
          ? Value.dec(raw)
          : new Value.Sym(raw, Value.Base.DEC, new String[] {"-" + error}, 0, null, false);
    }
  }
}
