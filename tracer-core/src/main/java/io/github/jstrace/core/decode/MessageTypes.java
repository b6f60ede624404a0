// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code struct msghdr} and {@code struct mmsghdr} of sendmsg(2), recvmmsg(2) and their kin. */
final class MessageTypes {
  /** {@code UIO_MAXIOV} of {@code linux/uio.h}: the kernel handles no more messages at once. */
  private static final int MAX_MESSAGES = 1024;

  private static final int CHUNK = 16;

  /**
   * Parts of all the messages of one call, beyond which no further message is read: each of many
   * may point at the same long vector.
   */
  private static final int MAX_PARTS = 1 << 16;

  /** So many messages of a call are captured with what they point at. */
  private static final int CAPTURED_MESSAGES = 4;

  /** As much of the control messages as is captured. */
  private static final int MAX_CONTROL = 1024;

  private MessageTypes() {}

  /** Where the fields lie; all are words but for the two ints, which have a word's room. */
  private record Layout(int word) {
    int headerSize() {
      return 7 * word;
    }

    int messageSize() {
      return 8 * word;
    }

    long field(MemoryView m, int base, int index) {
      return m.load(base + index * word, word, false);
    }

    int nameLength(MemoryView m, int base) {
      return m.s32(base + word);
    }

    int flags(MemoryView m, int base) {
      return m.s32(base + 6 * word);
    }

    /** {@code msg_len} of {@code struct mmsghdr}. */
    long length(MemoryView m, int base) {
      return m.u32(base + 7 * word);
    }
  }

  /**
   * The message at {@code base}.
   *
   * @param room what msg_namelen was before the call, if the call may have changed it; else null
   * @param total how many bytes of the data count, -1 for all
   */
  private static Value.Struct header(
      DecodeContext c,
      Layout layout,
      MemoryView m,
      int base,
      @Nullable Integer room,
      long total,
      IovecTypes.Data data) {
    long name = layout.field(m, base, 0);
    int length = layout.nameLength(m, base);
    long control = layout.field(m, base, 4);
    long controlLength = layout.field(m, base, 5);
    int nameLength = room == null ? length : Math.min(length, room);
    Value shownLength = Value.dec(length);
    if (room != null && room != length) {
      shownLength = new Value.Changed(Value.dec(room), shownLength);
    }
    long count = layout.field(m, base, 3);
    Value.Field[] fields = {
      Value.field("msg_name", Sockaddr.at(c, name, nameLength)),
      Value.field("msg_namelen", shownLength),
      Value.field("msg_iov", IovecTypes.vector(c, layout.field(m, base, 2), count, total, data)),
      Value.field("msg_iovlen", Value.udec(count)),
      Value.field(
          "msg_control",
          controlLength == 0 ? Value.OMITTED : ControlMessages.at(c, control, controlLength)),
      Value.field("msg_controllen", Value.udec(controlLength)),
      Value.field(
          "msg_flags", Sets.flags("msg_flags", c.abi(), layout.flags(m, base) & 0xffffffffL))
    };
    return new Value.Struct(fields, false);
  }

  /** What the pointers of the message at {@code at} point at. */
  static void needsParts(Capture capture, Phase phase, Place at, int word, boolean resultBounds) {
    capture.bytes(phase, at.behind(0), Capture.field(at, word, 4, 1), Sockaddr.MAX);
    capture.messageVector(
        phase, at.behind(2 * word), Capture.field(at, 3 * word, word, 1), resultBounds);
    capture.bytes(phase, at.behind(4 * word), Capture.field(at, 5 * word, word, 1), MAX_CONTROL);
  }

  /** How many elements the arrays of a message have. */
  private static int parts(Value.Struct header) {
    int parts = 1;
    for (Value.Field field : header.fields()) {
      parts += field.value() instanceof Value.Arr array ? array.items().length : 0;
    }
    return parts;
  }

  /** One message: in for sendmsg, out for recvmsg. */
  static final class Header extends JavaType {
    private final Layout layout;
    private final SocketBuffers buffers;
    private final Ref fd;

    Header(TypeCompiler compiler, Ref fd, Direction direction) {
      super(compiler.abi(), direction);
      this.layout = new Layout(compiler.abi().wordSize());
      this.buffers = new SocketBuffers(compiler);
      this.fd = fd;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      if (at == null) {
        return;
      }
      boolean in = direction() == Direction.IN;
      capture.bytes(Phase.ENTRY, at, layout.headerSize());
      if (!in) {
        capture.bytes(Phase.EXIT, at, layout.headerSize());
      }
      needsParts(capture, in ? Phase.ENTRY : Phase.EXIT, at, layout.word(), !in);
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      if (direction() != Direction.IN) {
        MemoryView m = c.read(raw, layout.headerSize());
        c.setStash(m == null ? null : Integer.valueOf(layout.nameLength(m, 0)));
      }
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw == 0) {
        return Value.NULL;
      }
      if (!c.verbose()) {
        return Value.addr(raw);
      }
      if (direction() == Direction.OUT && c.failed()) {
        return c.stash() instanceof Integer length
            ? Value.struct(Value.field("msg_namelen", Value.dec(length)))
            : Value.addr(raw);
      }
      return show(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, layout.headerSize());
      if (m == null) {
        return Value.unreadable(raw);
      }
      IovecTypes.Data data = buffers.data(c, (int) fd.get(c));
      if (direction() == Direction.IN) {
        return header(c, layout, m, 0, null, -1, data);
      }
      Integer room = c.stash() instanceof Integer length ? length : null;
      return header(c, layout, m, 0, room, c.result(), data);
    }
  }

  /** What recvmmsg finds at entry and overwrites. */
  private static final class BeforeReceive {
    private final int[] nameLengths;
    private @Nullable Value timeout;

    BeforeReceive(int[] nameLengths) {
      this.nameLengths = nameLengths;
    }
  }

  /**
   * Several messages. As strace does it both ways are shown at exit, since {@code msg_len} is
   * stored then.
   */
  static final class Vector extends JavaType {
    private final Layout layout;
    private final SocketBuffers buffers;
    private final Ref fd;
    private final Ref count;

    Vector(TypeCompiler compiler, Ref fd, Ref count, Direction direction) {
      super(compiler.abi(), direction);
      this.layout = new Layout(compiler.abi().wordSize());
      this.buffers = new SocketBuffers(compiler);
      this.fd = fd;
      this.count = count;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      Phase late = receiving() ? Phase.EXIT : Phase.ENTRY;
      capture.array(Phase.ENTRY, at, count, layout.messageSize());
      // Received lengths are stored even in messages that were sent.
      capture.array(Phase.EXIT_ALWAYS, at, count, layout.messageSize());
      for (int i = 0; i < CAPTURED_MESSAGES && at != null; i++) {
        needsParts(capture, late, at.plus(i * layout.messageSize()), layout.word(), false);
      }
    }

    @Override
    When when() {
      return When.EXIT;
    }

    private boolean receiving() {
      return direction() == Direction.OUT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      if (!receiving()) {
        return;
      }
      // How many there are is known at the exit; an element's place is all that is needed of it.
      int limit = limit(c);
      int[] lengths = new int[limit];
      int size = layout.messageSize();
      MemoryView m = c.readUpTo(raw, limit * size);
      for (int i = 0; (i + 1) * size <= m.length(); i++) {
        lengths[i] = layout.nameLength(m, i * size);
      }
      c.setStash(new BeforeReceive(lengths));
    }

    private static int limit(DecodeContext c) {
      return c.brief() ? Math.min(c.maxString(), MAX_MESSAGES) : MAX_MESSAGES;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!c.verbose()) {
        return Value.addr(raw);
      }
      long claimed = count.get(c) & 0xffffffffL;
      if (claimed == 0) {
        return Value.array();
      }
      int size = layout.messageSize();
      int shown = (int) Math.min(claimed, limit(c));
      long done = c.failed() ? 0 : c.result();
      BeforeReceive before = c.stash() instanceof BeforeReceive b ? b : null;
      IovecTypes.Data data = buffers.data(c, (int) fd.get(c));
      List<Value> items = new ArrayList<>(Math.min(shown, CHUNK));
      int parts = 0;
      for (int from = 0; from < shown; from += CHUNK) {
        int wanted = Math.min(CHUNK, shown - from);
        MemoryView m = c.readUpTo(raw + (long) from * size, wanted * size);
        int got = m.length() / size;
        for (int i = 0; i < got; i++) {
          if (parts > MAX_PARTS) {
            return new Value.Arr(items.toArray(new Value[0]), true);
          }
          Integer room = before == null ? null : before.nameLengths[from + i];
          boolean complete = from + i < done;
          long length = layout.length(m, i * size);
          Value.Struct header =
              header(c, layout, m, i * size, room, receiving() && complete ? length : -1, data);
          parts += parts(header);
          items.add(
              Value.struct(
                  Value.field("msg_hdr", header),
                  Value.field("msg_len", complete ? Value.udec(length) : Value.OMITTED)));
        }
        if (got < wanted) {
          if (items.isEmpty()) {
            return Value.unreadable(raw);
          }
          items.add(ArrayType.rest(raw + (long) items.size() * size));
          return new Value.Arr(items.toArray(new Value[0]), false);
        }
      }
      return new Value.Arr(items.toArray(new Value[0]), shown < claimed);
    }
  }

  /** The timeout of recvmmsg as it was before the kernel stored there what is left. */
  static final class Timeout extends JavaType {
    private final StructType time;

    Timeout(TypeCompiler compiler, String struct) {
      super(compiler.abi(), Direction.INOUT);
      this.time = compiler.requireStruct(struct);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, time.size());
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      if (c.stash() instanceof BeforeReceive before && raw != 0) {
        before.timeout = time.decode(c, raw);
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      Value before = c.stash() instanceof BeforeReceive b ? b.timeout : null;
      return before == null || !c.verbose() ? Value.addr(raw) : before;
    }
  }

  /** The result of recvmmsg: how many messages, and what is left of the timeout. */
  static final class ReceivedCount extends ScalarType {
    private final PollTypes.TimeLeft left;

    ReceivedCount(TypeCompiler compiler, Ref timeout, String struct) {
      super(compiler.abi(), 4, true, Value.Base.DEC);
      this.left = new PollTypes.TimeLeft(timeout, compiler.requireStruct(struct));
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      left.needs(capture);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw == 0) {
        c.setNote("Timeout");
      } else if (c.verbose()) {
        left.note(c);
      }
      return Value.dec(raw);
    }
  }
}
