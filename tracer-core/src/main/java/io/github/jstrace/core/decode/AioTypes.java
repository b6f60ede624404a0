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

/** {@code struct iocb} of io_submit(2) and io_cancel(2) ({@code linux/aio_abi.h}). */
final class AioTypes {
  private static final int SIZE = 64;

  private static final int OPCODE = 16;
  private static final int REQPRIO = 18;
  private static final int FILDES = 20;
  private static final int BUF = 24;
  private static final int NBYTES = 32;
  private static final int OFFSET = 40;
  private static final int FLAGS = 56;
  private static final int RESFD = 60;

  private static final int IOCB_CMD_PREAD = 0;
  private static final int IOCB_CMD_PWRITE = 1;
  private static final int IOCB_CMD_POLL = 5;
  private static final int IOCB_CMD_PREADV = 7;
  private static final int IOCB_CMD_PWRITEV = 8;

  private static final int IOCB_FLAG_RESFD = 1;
  private static final int IOCB_FLAG_IOPRIO = 2;

  /** No more pointers than this are shown, whatever the tracee claims. */
  private static final int MAX_COUNT = 1 << 16;

  private static final int CHUNK = 32;

  /** So many are captured, and of the first of them what they point at. */
  private static final int CAPTURED = 7;

  private static final int CAPTURED_BUFFERS = 4;

  private AioTypes() {}

  /** The array of pointers that io_submit(2) takes. */
  static final class Submissions extends JavaType {
    private final Abi abi;
    private final Ref count;

    Submissions(Abi abi, Ref count) {
      super(abi, Direction.IN);
      this.abi = abi;
      this.count = count;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.array(Phase.ENTRY, at, count, capture.word());
      for (int i = 0; i < CAPTURED && at != null; i++) {
        Place iocb = at.pointerAt(i * capture.word());
        capture.bytes(Phase.ENTRY, iocb, SIZE);
        if (i < CAPTURED_BUFFERS && iocb != null) {
          Length bytes = Capture.field(iocb, NBYTES, 8, 1);
          capture.text(Phase.ENTRY, iocb.behind(BUF), bytes);
          capture.vector(Phase.ENTRY, iocb.behind(BUF), bytes, false);
        }
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long claimed = count.get(c);
      int word = abi.wordSize();
      if (claimed < 0 || claimed > Long.MAX_VALUE / word) {
        return Value.addr(raw);
      }
      if (claimed == 0) {
        return Value.array();
      }
      int limit = c.brief() ? Math.min(c.maxString(), MAX_COUNT) : MAX_COUNT;
      int shown = (int) Math.min(claimed, limit);
      List<Value> items = new ArrayList<>();
      for (int from = 0; from < shown; from += CHUNK) {
        int wanted = Math.min(CHUNK, shown - from);
        MemoryView m = c.readUpTo(raw + (long) from * word, wanted * word);
        int got = m.length() / word;
        for (int i = 0; i < got; i++) {
          items.add(iocb(c, abi, m.load(i * word, word, false), true));
        }
        if (got < wanted) {
          if (items.isEmpty()) {
            return Value.unreadable(raw);
          }
          break;
        }
      }
      return ArrayType.cut(c, items, raw, claimed, word);
    }
  }

  /** The one that io_cancel(2) takes: what identifies it. */
  static final class Cancelled extends JavaType {
    private final Abi abi;

    Cancelled(Abi abi) {
      super(abi, Direction.IN);
      this.abi = abi;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, SIZE);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return iocb(c, abi, raw, false);
    }
  }

  private static Value iocb(DecodeContext c, Abi abi, long address, boolean whole) {
    MemoryView m = address == 0 ? null : c.read(address, SIZE);
    if (m == null) {
      return Value.unreadable(address);
    }
    List<Value.Field> f = new ArrayList<>();
    f.add(Value.field("aio_data", Value.hex(m.s64(0))));
    if (m.u32(8) != 0) {
      f.add(Value.field("aio_key", Value.udec(m.u32(8))));
    }
    if (m.u32(12) != 0) {
      f.add(Value.field("aio_rw_flags", Sets.flags("rwf_flags", abi, m.u32(12))));
    }
    int opcode = m.u16(OPCODE);
    int flags = m.s32(FLAGS);
    Value name = Sets.constant(Sets.get("aio_opcode"), abi, opcode, Value.Base.DEC);
    f.add(Value.field("aio_lio_opcode", name));
    int priority = (short) m.u16(REQPRIO);
    if ((flags & IOCB_FLAG_IOPRIO) != 0) {
      Value value = NumberTypes.IoPriority.value(abi, priority & 0xffff);
      f.add(Value.field("aio_reqprio", new Value.Coded(Value.udec(priority & 0xffff), value)));
    } else if (priority != 0) {
      f.add(Value.field("aio_reqprio", Value.dec(priority)));
    }
    f.add(Value.field("aio_fildes", c.fd(m.s32(FILDES))));
    if (whole) {
      request(c, abi, m, opcode, f);
      if (flags != 0 && hasBuffer(opcode)) {
        f.add(Value.field("aio_flags", Sets.flags("aio_iocb_flags", abi, flags & 0xffffffffL)));
      }
      if ((flags & IOCB_FLAG_RESFD) != 0 && hasBuffer(opcode)) {
        f.add(Value.field("aio_resfd", c.fd(m.s32(RESFD))));
      } else if (m.u32(RESFD) != 0 && hasBuffer(opcode)) {
        f.add(Value.field("aio_resfd", Value.hex(m.u32(RESFD))));
      }
    }
    return new Value.Struct(f.toArray(new Value.Field[0]), false);
  }

  private static boolean hasBuffer(int opcode) {
    return opcode == IOCB_CMD_PREAD
        || opcode == IOCB_CMD_PWRITE
        || opcode == IOCB_CMD_POLL
        || opcode == IOCB_CMD_PREADV
        || opcode == IOCB_CMD_PWRITEV;
  }

  private static void request(
      DecodeContext c, Abi abi, MemoryView m, int opcode, List<Value.Field> f) {
    long buffer = m.s64(BUF);
    long bytes = m.s64(NBYTES);
    boolean valid = bytes >= 0 && (abi.wordSize() == 8 || (bytes | buffer) >>> 32 == 0);
    Value offset = Value.dec(m.s64(OFFSET));
    switch (opcode) {
      case IOCB_CMD_PREAD:
      case IOCB_CMD_PWRITE:
        Value data =
            opcode == IOCB_CMD_PWRITE && valid
                ? c.bytes(buffer, bytes, c.maxString())
                : Value.hex(buffer);
        f.add(Value.field("aio_buf", data));
        f.add(Value.field("aio_nbytes", Value.udec(bytes)));
        f.add(Value.field("aio_offset", offset));
        break;
      case IOCB_CMD_PREADV:
      case IOCB_CMD_PWRITEV:
        if (valid) {
          IovecTypes.Data kind =
              opcode == IOCB_CMD_PWRITEV ? IovecTypes.STRINGS : IovecTypes.ADDRESSES;
          f.add(Value.field("aio_buf", IovecTypes.vector(c, buffer, bytes, -1, kind)));
        } else {
          f.add(Value.field("aio_buf", Value.hex(buffer)));
          f.add(Value.field("aio_nbytes", Value.udec(bytes)));
        }
        f.add(Value.field("aio_offset", offset));
        break;
      case IOCB_CMD_POLL:
        f.add(Value.field("aio_buf", Sets.flags("poll_events", abi, buffer)));
        break;
      default:
        break;
    }
  }
}
