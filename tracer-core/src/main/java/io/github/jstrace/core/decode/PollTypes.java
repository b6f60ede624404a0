// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;

/** What poll(2), select(2) and their kin wait for, and what became of it behind the result. */
final class PollTypes {
  private static final int POLLFD_SIZE = 8;
  private static final int CHUNK = 64;

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
    Value decode(DecodeContext c, long raw) {
      return count.get(c) == 0 && raw != 0 ? Value.array() : super.decode(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return list(c, raw, false);
    }

    @Override
    void atExit(DecodeContext c, long raw) {
      if (c.failed()) {
        return;
      }
      if (c.result() == 0) {
        c.setNote("Timeout");
      } else if (raw != 0) {
        c.addNote(list(c, raw, true));
      }
    }

    private Value list(DecodeContext c, long address, boolean returned) {
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
      Value.Field first = Value.field("fd", c.fd(fd));
      if (fd < 0) {
        return Value.struct(first);
      }
      int events = m.u16(at + (returned ? 6 : 4));
      return Value.struct(
          first,
          Value.field(returned ? "revents" : "events", Sets.flags("poll_events", abi, events)));
    }
  }

  /**
   * An {@code fd_set}; behind the result stands what is left in it, under {@code label}: in, out or
   * except. The one that comes last (select(2) has three) may have {@code Timeout} said for all.
   */
  static final class FdSet extends JavaType {
    /** The kernel rounds to longs, and looks at no more than the process has descriptors. */
    private static final int MAX_BITS = 1 << 20;

    private final Ref count;
    private final String label;
    private final int word;

    FdSet(Abi abi, Ref count, String label) {
      super(abi, Direction.IN);
      this.count = count;
      this.label = label;
      this.word = abi.wordSize();
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return set(c, raw);
    }

    private Value set(DecodeContext c, long raw) {
      long bits = Math.min((int) count.get(c), MAX_BITS);
      if (bits < 0) {
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
          members.add(c.fd(i));
        }
      }
      return new Value.Members(members.toArray(new Value[0]), false);
    }

    @Override
    void atExit(DecodeContext c, long raw) {
      if (c.failed()) {
        return;
      }
      if (c.result() == 0) {
        c.setNote("Timeout");
      } else if (raw != 0) {
        Value left = set(c, raw);
        if (left instanceof Value.Members members && members.items().length > 0) {
          c.addNote(new Value.Prefixed(label + " ", left));
        }
      }
    }
  }

  /**
   * A timeout that the kernel lowers by the time that has passed; what is left stands behind a
   * positive result.
   */
  static final class TimeLeft extends JavaType {
    private final StructType time;

    TimeLeft(Abi abi, StructType time) {
      super(abi, Direction.IN);
      this.time = time;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return time.decode(c, raw);
    }

    @Override
    void atExit(DecodeContext c, long raw) {
      if (!c.failed() && c.result() > 0 && raw != 0) {
        c.addNote(new Value.Prefixed("left ", time.decode(c, raw)));
      }
    }
  }
}
