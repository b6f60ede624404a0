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

/** What poll(2), select(2) and their kin wait for, and what became of it behind the result. */
final class PollTypes {
  private static final int POLLFD_SIZE = 8;
  private static final int CHUNK = 64;

  /** So many bytes of an array or set are captured. */
  private static final int CAPTURED = 2048;

  private PollTypes() {}

  /** The {@code struct pollfd} array; behind the result stand the descriptors that have events. */
  static final class Pollfds extends JavaType {
    private final Abi abi;
    private final Ref count;

    Pollfds(Abi abi, Ref count) {
      super(abi, Direction.IN);
      this.abi = abi;
      this.count = count;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      Length bytes = capture.length(count, POLLFD_SIZE, Capture.SOME);
      capture.bytes(Phase.ENTRY, at, bytes, CAPTURED);
      capture.bytes(Phase.EXIT, at, bytes, CAPTURED);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return count.get(c) == 0 && raw != 0 ? Value.array() : super.decode(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return list(c, raw, false);
    }

    Value list(DecodeContext c, long address, boolean returned) {
      long claimed = count.get(c) & 0xffffffffL;
      int limit = c.brief() ? c.maxString() : 1 << 16;
      List<Value> items = new ArrayList<>();
      for (long from = 0; from < claimed; from += CHUNK) {
        int wanted = (int) Math.min(CHUNK, claimed - from);
        MemoryView m = c.readUpTo(address + from * POLLFD_SIZE, wanted * POLLFD_SIZE);
        int got = m.length() / POLLFD_SIZE;
        for (int i = 0; i < got; i++) {
          int revents = m.u16(i * POLLFD_SIZE + 6);
          if (returned && revents == 0) {
            continue;
          }
          if (items.size() >= limit) {
            return new Value.Arr(items.toArray(new Value[0]), true);
          }
          items.add(pollfd(c, m, i * POLLFD_SIZE, returned));
        }
        if (got < wanted) {
          if (from == 0 && got == 0) {
            return Value.unreadable(address);
          }
          long end = address + (from + got) * POLLFD_SIZE;
          items.add(new Value.Commented(new Value.Text("...", 0), "0x" + Long.toHexString(end)));
          break;
        }
      }
      return new Value.Arr(items.toArray(new Value[0]), false);
    }

    private Value pollfd(DecodeContext c, MemoryView m, int at, boolean returned) {
      int fd = m.s32(at);
      Value.Field first = Value.field("fd", returned ? plain(fd) : c.fd(fd));
      if (fd < 0) {
        return Value.struct(first);
      }
      int events = m.u16(at + (returned ? 6 : 4));
      return Value.struct(
          first,
          Value.field(returned ? "revents" : "events", Sets.flags("poll_events", abi, events)));
    }
  }

  /** A descriptor in a result: strace never tells there what it is. */
  private static Value plain(int fd) {
    return new Value.Fd(fd, null, null, false, null);
  }

  /** An {@code fd_set}. */
  static final class FdSet extends JavaType {
    /** The kernel rounds to longs, and looks at no more than the process has descriptors. */
    private static final int MAX_BITS = 1 << 20;

    private final Ref count;
    private final int word;

    FdSet(Abi abi, Ref count) {
      super(abi, Direction.IN);
      this.count = count;
      this.word = abi.wordSize();
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      // Bits rounded up to words.
      Length bits = capture.length(count, 1, CAPTURED);
      Length bytes = bits.scaled(5, 4, 8);
      capture.bytes(Phase.ENTRY, at, bytes, CAPTURED);
      capture.bytes(Phase.EXIT, at, bytes, CAPTURED);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return members(c, raw, false);
    }

    private Value members(DecodeContext c, long raw, boolean result) {
      long bits = Math.min((int) count.get(c), MAX_BITS);
      if (bits <= 0) {
        return Value.addr(raw);
      }
      int bytes = (int) (bits + 8 * word - 1) / (8 * word) * word;
      MemoryView m = c.read(raw, bytes);
      if (m == null) {
        return Value.unreadable(raw);
      }
      List<Value> members = new ArrayList<>();
      for (int i = 0; i < bits; i++) {
        if ((m.u8(i >> 3) >> (i & 7) & 1) != 0) {
          members.add(result ? plain(i) : c.fd(i));
        }
      }
      return new Value.Members(members.toArray(new Value[0]), false);
    }
  }

  /**
   * The result of poll(2) and ppoll(2): behind it the descriptors that have events, and the time
   * that is left.
   */
  static final class PollResult extends ScalarType {
    private final Pollfds pollfds;
    private final Ref address;
    private final @Nullable TimeLeft left;

    PollResult(Abi abi, Ref address, Ref count, @Nullable TimeLeft left) {
      super(abi, 4, true, Value.Base.DEC);
      this.pollfds = new Pollfds(abi, count);
      this.address = address;
      this.left = left;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      if (left != null) {
        left.needs(capture);
      }
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw == 0) {
        c.setNote("Timeout");
      } else if (address.get(c) != 0) {
        Value ready = pollfds.list(c, address.get(c), true);
        if (!(ready instanceof Value.Addr)) {
          c.addNote(ready);
        }
        if (left != null) {
          left.note(c);
        }
      }
      return Value.dec(raw);
    }
  }

  /**
   * The result of select(2) and pselect6(2): behind it what is left in the sets, and of the time.
   */
  static final class SelectResult extends ScalarType {
    private static final String[] LABELS = {"in ", "out ", "except "};

    private final FdSet set;
    private final Ref[] addresses;
    private final TimeLeft left;

    SelectResult(Abi abi, Ref count, Ref[] addresses, TimeLeft left) {
      super(abi, 4, true, Value.Base.DEC);
      this.set = new FdSet(abi, count);
      this.addresses = addresses;
      this.left = left;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      left.needs(capture);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw == 0) {
        c.setNote("Timeout");
        return Value.dec(raw);
      }
      for (int i = 0; i < addresses.length; i++) {
        long address = addresses[i].get(c);
        if (address != 0
            && set.members(c, address, true) instanceof Value.Members members
            && members.items().length > 0) {
          c.addNote(new Value.Prefixed(LABELS[i], members));
        }
      }
      left.note(c);
      if (c.note() == null) {
        c.setNote("");
      }
      return Value.dec(raw);
    }
  }

  /** The timeout that the kernel lowered by the time that has passed. */
  static final class TimeLeft {
    private final Ref address;
    private final StructType time;

    TimeLeft(Ref address, StructType time) {
      this.address = address;
      this.time = time;
    }

    void needs(Capture capture) {
      capture.bytes(Phase.EXIT, capture.place(address), time.size());
    }

    void note(DecodeContext c) {
      if (address.get(c) != 0) {
        c.addNote(new Value.Prefixed("left ", time.decode(c, address.get(c))));
      }
    }
  }

  /** The last argument of pselect6(2): a pointer to a signal set and its size, in memory. */
  static final class SigsetArgument extends JavaType {
    private final Abi abi;
    private final int word;

    SigsetArgument(Abi abi) {
      super(abi, Direction.IN);
      this.abi = abi;
      this.word = abi.wordSize();
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, 2 * word);
      capture.bytes(Phase.ENTRY, at == null ? null : at.pointerAt(0), 8);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, 2 * word);
      if (m == null) {
        return Value.unreadable(raw);
      }
      long address = m.load(0, word, false);
      long size = m.load(word, word, false);
      Value set =
          new SignalTypes.Sigset(abi, Ref.constant(size), word, 8, Direction.IN).decode(c, address);
      return Value.struct(Value.field("sigmask", set), Value.field("sigsetsize", Value.udec(size)));
    }
  }
}
