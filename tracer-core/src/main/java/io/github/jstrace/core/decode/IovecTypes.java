// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Length;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code struct iovec} arrays (readv(2)): with the data they point at, or without. */
final class IovecTypes {
  /**
   * No vector is shown beyond this. The kernel takes 1024 ({@code UIO_MAXIOV} of {@code
   * linux/uio.h}), but a call with more is to be seen.
   */
  private static final int MAX_COUNT = 1 << 16;

  private static final int CHUNK = 32;

  private IovecTypes() {}

  /** Shows the data of an element, or as much of it as counts. */
  interface Data {
    Value show(DecodeContext c, long address, long length);
  }

  static final Data STRINGS = new Strings();
  static final Data ADDRESSES = new Addresses();

  /** See {@link #STRINGS}. */
  private static final class Strings implements Data {
    @Override
    public Value show(DecodeContext c, long address, long length) {
      return c.bytes(address, length, c.maxString());
    }
  }

  /** See {@link #ADDRESSES}. */
  private static final class Addresses implements Data {
    @Override
    public Value show(DecodeContext c, long address, long length) {
      return Value.addr(address);
    }
  }

  /**
   * The array at {@code address}.
   *
   * @param total how many bytes of all the data count, -1 for all
   */
  static Value vector(DecodeContext c, long address, long count, long total, Data data) {
    if (address == 0) {
      return Value.NULL;
    }
    if (count == 0) {
      return Value.array();
    }
    int word = c.abi().wordSize();
    int size = 2 * word;
    if (count < 0 || count > Long.MAX_VALUE / size) {
      return Value.addr(address);
    }
    int limit = c.brief() ? c.maxString() : MAX_COUNT;
    int shown = (int) Math.min(count, limit);
    long left = total;
    List<Value> items = new ArrayList<>(shown);
    for (int from = 0; from < shown; from += CHUNK) {
      int wanted = Math.min(CHUNK, shown - from);
      MemoryView m = c.readUpTo(address + (long) from * size, wanted * size);
      int got = m.length() / size;
      for (int i = 0; i < got; i++) {
        long base = m.load(i * size, word, false);
        long length = m.load(i * size + word, word, false);
        long visible = total >= 0 && Long.compareUnsigned(length, left) > 0 ? left : length;
        left -= total >= 0 ? visible : 0;
        items.add(
            Value.struct(
                Value.field("iov_base", data.show(c, base, visible)),
                Value.field("iov_len", Value.udec(length))));
      }
      if (got < wanted) {
        if (items.isEmpty()) {
          return Value.unreadable(address);
        }
        break;
      }
    }
    return ArrayType.cut(c, items, address, count, size);
  }

  /** Data that the caller gives, and addresses only. */
  static final class In extends JavaType {
    private final Ref count;
    private final Data data;

    In(Abi abi, Ref count, Data data) {
      super(abi, Direction.IN);
      this.count = count;
      this.data = data;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      Length length = capture.length(count, 1, Capture.SOME);
      if (data == ADDRESSES) {
        capture.array(Phase.ENTRY, at, count, 2 * capture.word());
      } else {
        capture.vector(Phase.ENTRY, at, length, false);
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return vector(c, raw, count.get(c), -1, data);
    }
  }

  /**
   * Data that the kernel stores: as much as the result says, spread over the buffers; if it failed,
   * addresses.
   */
  static final class Out extends JavaType {
    private final Ref count;

    Out(Abi abi, Ref count) {
      super(abi, Direction.OUT);
      this.count = count;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.array(Phase.EXIT_ALWAYS, at, count, 2 * capture.word());
      capture.vector(Phase.EXIT, at, capture.length(count, 1, Capture.SOME), true);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return c.failed()
          ? vector(c, raw, count.get(c), -1, ADDRESSES)
          : vector(c, raw, count.get(c), c.result(), STRINGS);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return decode(c, raw);
    }
  }
}
