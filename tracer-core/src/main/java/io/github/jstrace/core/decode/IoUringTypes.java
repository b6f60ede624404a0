// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Structs of io_uring_setup(2) and io_uring_register(2) ({@code linux/io_uring.h}). */
final class IoUringTypes {
  /** {@code IORING_REGISTER_FILES_SKIP}. */
  private static final int FILES_SKIP = -2;

  private IoUringTypes() {}

  /** {@code struct io_uring_files_update}: an offset and a pointer to descriptors. */
  static final class FilesUpdate extends JavaType {
    private static final int SIZE = 16;
    private static final int MAX_FILES = 1 << 15;

    private final Ref count;

    FilesUpdate(Abi abi, Ref count) {
      super(abi, Direction.IN);
      this.count = count;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, SIZE);
      if (at != null) {
        capture.array(Phase.ENTRY, at.pointerAt(8), count, 4);
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, SIZE);
      if (m == null) {
        return Value.unreadable(raw);
      }
      List<Value.Field> f = new ArrayList<>(3);
      f.add(Value.field("offset", Value.udec(m.u32(0))));
      if (m.u32(4) != 0) {
        f.add(Value.field("resv", Value.hex(m.u32(4))));
      }
      f.add(Value.field("fds", files(c, m.s64(8))));
      return new Value.Struct(f.toArray(new Value.Field[0]), false);
    }

    private Value files(DecodeContext c, long address) {
      long claimed = count.get(c) & 0xffffffffL;
      int limit = c.brief() ? Math.min(c.maxString(), MAX_FILES) : MAX_FILES;
      int shown = (int) Math.min(claimed, limit);
      MemoryView m = c.readUpTo(address, 4 * shown);
      if (m.length() < 4 && shown > 0) {
        return Value.unreadable(address);
      }
      List<Value> items = new ArrayList<>();
      for (int i = 0; i < m.length() / 4; i++) {
        items.add(file(c, m.s32(4 * i), true));
      }
      return ArrayType.cut(c, items, address, claimed, Integer.BYTES);
    }
  }

  /** A descriptor; where files are replaced, -2 leaves one as it is. */
  private static Value file(DecodeContext c, int fd, boolean update) {
    return update && fd == FILES_SKIP
        ? new Value.Sym(
            fd, Value.Base.DEC, new String[] {"IORING_REGISTER_FILES_SKIP"}, 0, null, false)
        : c.fd(fd);
  }

  /** A pointer, in 64 bits, to descriptors. */
  static final class Files extends BpfPointers.Elements {
    private final boolean update;

    Files(Abi abi, Ref count, boolean update) {
      super(abi, count, Integer.BYTES);
      this.update = update;
    }

    @Override
    Value element(DecodeContext c, MemoryView m, int at) {
      return file(c, m.s32(at), update);
    }
  }

  /** A pointer, in 64 bits, to buffers, of which only the addresses are shown. */
  static final class Buffers extends BpfPointers.Elements {
    private final int word;

    Buffers(Abi abi, Ref count) {
      super(abi, count, 2 * abi.wordSize());
      this.word = abi.wordSize();
    }

    @Override
    Value element(DecodeContext c, MemoryView m, int at) {
      return Value.struct(
          Value.field("iov_base", Value.addr(m.load(at, word, false))),
          Value.field("iov_len", Value.udec(m.load(at + word, word, false))));
    }
  }

  /**
   * {@code struct io_uring_probe}: the operations that the kernel knows. It should be empty when it
   * is passed; what is there else is shown, too.
   */
  static final class Probe extends JavaType {
    private static final int HEADER = 16;
    private static final int OPERATION = 8;
    private static final int MAX_OPERATIONS = 256;

    private final Abi abi;
    private final Ref count;

    Probe(Abi abi, Ref count) {
      super(abi, Direction.INOUT);
      this.abi = abi;
      this.count = count;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, MAX_OPERATIONS * OPERATION + HEADER);
      capture.bytes(Phase.EXIT, at, MAX_OPERATIONS * OPERATION + HEADER);
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      MemoryView m = read(c, raw);
      boolean filled = false;
      for (int i = 0; m != null && i < m.length(); i++) {
        filled |= m.u8(i) != 0;
      }
      c.setStash(m != null && filled ? probe(c, m, m.length() / OPERATION - 2, false) : null);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      Value before = c.stash() instanceof Value given ? given : null;
      MemoryView m = c.failed() ? null : read(c, raw);
      Value after = Value.unreadable(raw);
      if (m != null) {
        int wanted = m.length() / OPERATION - 2;
        int known = m.u8(1);
        after = probe(c, m, Math.min(wanted, known), known > wanted);
      }
      return before == null ? after : m == null ? before : new Value.Changed(before, after);
    }

    private @Nullable MemoryView read(DecodeContext c, long raw) {
      long claimed = count.get(c) & 0xffffffffL;
      return claimed > MAX_OPERATIONS ? null : c.read(raw, HEADER + (int) claimed * OPERATION);
    }

    private Value probe(DecodeContext c, MemoryView m, int count, boolean more) {
      int shown = c.brief() ? Math.min(count, c.maxString()) : count;
      Value[] items = new Value[shown];
      for (int i = 0; i < shown; i++) {
        int at = HEADER + i * OPERATION;
        List<Value.Field> f = new ArrayList<>(4);
        f.add(Value.field("op", operation(m.u8(at))));
        reserved(f, "resv", m.u8(at + 1));
        f.add(Value.field("flags", Sets.flags("io_uring_op_flags", abi, m.u16(at + 2))));
        reserved(f, "resv2", m.u32(at + 4));
        items[i] = new Value.Struct(f.toArray(new Value.Field[0]), false);
      }
      List<Value.Field> f = new ArrayList<>(5);
      f.add(Value.field("last_op", operation(m.u8(0))));
      f.add(Value.field("ops_len", Value.udec(m.u8(1))));
      reserved(f, "resv", m.u16(2));
      if ((m.u32(4) | m.u32(8) | m.u32(12)) != 0) {
        Value words = Value.array(Value.hex(m.u32(4)), Value.hex(m.u32(8)), Value.hex(m.u32(12)));
        f.add(Value.field("resv2", words));
      }
      f.add(Value.field("ops", new Value.Arr(items, more || shown < count)));
      return new Value.Struct(f.toArray(new Value.Field[0]), false);
    }

    private Value operation(long number) {
      return Sets.constant(Sets.get("io_uring_op"), abi, number, Value.Base.DEC);
    }

    private static void reserved(List<Value.Field> f, String name, long value) {
      if (value != 0) {
        f.add(Value.field(name, Value.hex(value)));
      }
    }
  }

  /** What {@code struct io_uring_restriction} restricts; of an unknown kind with its operand. */
  static final class Restriction extends FieldType {
    private final Abi abi;

    Restriction(Abi abi) {
      super(2, 2);
      this.abi = abi;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      FlagSet kinds = Sets.get("io_uring_restriction_opcode");
      int kind = m.u16(offset);
      int operand = m.u8(offset + 2);
      Value name = Sets.constant(kinds, abi, kind, Value.Base.HEX);
      if (kinds.nameOf(kind, abi) != null) {
        return name;
      }
      String shown = operand == 0 ? "op: 0" : "op: 0x" + Integer.toHexString(operand);
      return new Value.Commented(name, shown);
    }
  }

  /** IORING_REGISTER_IOWQ_MAX_WORKERS: how many workers there may be, and may have been before. */
  static final class Workers extends JavaType {
    private static final String[] NAMES = {"IO_WQ_BOUND", "IO_WQ_UNBOUND"};
    private static final int MAX = 1 << 8;

    private final Ref count;

    Workers(Abi abi, Ref count) {
      super(abi, Direction.INOUT);
      this.count = count;
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      c.setStash(raw == 0 ? null : workers(c, raw));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!(c.stash() instanceof Value.Arr before)) {
        return Value.unreadable(raw);
      }
      int given = before.items().length;
      if (given == 0 || !(before.items()[given - 1] instanceof Value.At)) {
        // None, or more than can be read.
        return before;
      }
      return new Value.Changed(before, c.failed() ? Value.addr(raw) : workers(c, raw));
    }

    private Value workers(DecodeContext c, long raw) {
      long claimed = count.get(c) & 0xffffffffL;
      int shown = (int) Math.min(claimed, c.brief() ? c.maxString() : MAX);
      MemoryView m = c.readUpTo(raw, Integer.BYTES * shown);
      if (m.length() < Integer.BYTES && claimed > 0) {
        return Value.unreadable(raw);
      }
      List<Value> items = new ArrayList<>();
      for (int i = 0; i < m.length() / Integer.BYTES; i++) {
        String[] names = i < NAMES.length ? new String[] {NAMES[i]} : Value.NO_NAMES;
        Value.Sym index =
            new Value.Sym(i, Value.Base.DEC, names, i < NAMES.length ? 0 : i, "IO_WQ_???", false);
        items.add(new Value.At(index, Value.udec(m.u32(Integer.BYTES * i))));
      }
      return ArrayType.cut(c, items, raw, claimed, Integer.BYTES);
    }
  }

  /** {@code struct io_uring_getevents_arg} of {@code IORING_ENTER_EXT_ARG}, of its size alone. */
  static final class GetEvents extends JavaType {
    private static final int SIZE = 24;
    private static final int SIGSET_SIZE = 8;

    private final Ref length;
    private final SignalTypes.Sigset mask;
    private final StructType time;

    GetEvents(Abi abi, Ref length, StructType time) {
      super(abi, Direction.IN);
      this.length = length;
      this.mask =
          new SignalTypes.Sigset(
              abi, Ref.constant(SIGSET_SIZE), SIGSET_SIZE, SIGSET_SIZE, Direction.IN);
      this.time = time;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, SIZE);
      if (at != null) {
        capture.bytes(Phase.ENTRY, at.pointerAt(0), SIGSET_SIZE);
        capture.bytes(Phase.ENTRY, at.pointerAt(16), time.size());
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = length.get(c) == SIZE ? c.read(raw, SIZE) : null;
      if (m == null) {
        return Value.unreadable(raw);
      }
      long set = m.s64(0);
      MemoryView known = m.s64(16) == 0 ? null : c.read(m.s64(16), time.size());
      return Value.struct(
          Value.field("sigmask", m.u32(8) == SIGSET_SIZE ? mask.decode(c, set) : Value.addr(set)),
          Value.field("sigmask_sz", Value.udec(m.u32(8))),
          Value.field("min_wait_usec", Value.udec(m.u32(12))),
          Value.field("ts", known == null ? Value.addr(m.s64(16)) : time.read(c, known, 0)));
    }
  }
}
