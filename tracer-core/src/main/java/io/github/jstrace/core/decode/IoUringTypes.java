// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Structs of io_uring_setup(2) and io_uring_register(2) ({@code linux/io_uring.h}). */
final class IoUringTypes {
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
        items.add(c.fd(m.s32(4 * i)));
      }
      if (items.size() < shown) {
        String at = "0x" + Long.toHexString(address + 4L * items.size());
        items.add(new Value.Commented(new Value.Text("...", 0), at));
      }
      return new Value.Arr(items.toArray(new Value[0]), shown < claimed);
    }
  }

  /** {@code struct io_uring_probe}: the operations that the kernel knows. */
  static final class Probe extends JavaType {
    private static final int HEADER = 16;
    private static final int OPERATION = 8;

    private final Abi abi;
    private final Ref count;

    Probe(Abi abi, Ref count) {
      super(abi, Direction.OUT);
      this.abi = abi;
      this.count = count;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.EXIT, at, 256 * OPERATION + HEADER);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, HEADER);
      if (m == null) {
        return Value.unreadable(raw);
      }
      Value last = Sets.constant(Sets.get("io_uring_op"), abi, m.u8(0), Value.Base.DEC);
      int length = m.u8(1);
      int claimed = (int) Math.min(count.get(c) & 0xffffffffL, length);
      int shown = c.brief() ? Math.min(claimed, c.maxString()) : claimed;
      MemoryView ops = c.readUpTo(raw + HEADER, shown * OPERATION);
      Value[] items = new Value[ops.length() / OPERATION];
      for (int i = 0; i < items.length; i++) {
        int at = i * OPERATION;
        items[i] =
            Value.struct(
                Value.field("op", Sets.constant("io_uring_op", abi, ops.u8(at))),
                Value.field("flags", Sets.flags("io_uring_op_flags", abi, ops.u16(at + 2))));
      }
      return Value.struct(
          Value.field("last_op", last),
          Value.field("ops_len", Value.udec(length)),
          Value.field("ops", new Value.Arr(items, shown < claimed)));
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
      return new Value.Changed(before, c.failed() ? Value.addr(raw) : workers(c, raw));
    }

    private Value workers(DecodeContext c, long raw) {
      int shown = (int) Math.min(count.get(c) & 0xffffffffL, MAX);
      MemoryView m = c.read(raw, Integer.BYTES * shown);
      if (m == null) {
        return Value.unreadable(raw);
      }
      Value[] items = new Value[shown];
      for (int i = 0; i < shown; i++) {
        String label = i < NAMES.length ? NAMES[i] : i + " /* IO_WQ_??? */";
        items[i] = new Value.Labelled(label, Value.udec(m.u32(Integer.BYTES * i)));
      }
      return Value.array(items);
    }
  }
}
