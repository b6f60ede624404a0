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

/**
 * {@code struct dm_ioctl} (linux/dm-ioctl.h, Linux 6.18) and, behind it in the same buffer, what
 * the command gives or gets.
 */
final class DeviceMapper extends JavaType {
  private static final int LIST_DEVICES = 2;
  private static final int DEV_REMOVE = 4;
  private static final int DEV_RENAME = 5;
  private static final int DEV_SUSPEND = 6;
  private static final int DEV_WAIT = 8;
  private static final int TABLE_LOAD = 9;
  private static final int TABLE_DEPS = 11;
  private static final int TABLE_STATUS = 12;
  private static final int LIST_VERSIONS = 13;
  private static final int TARGET_MSG = 14;
  private static final int DEV_SET_GEOMETRY = 15;

  /** Commands, by bits, that are about all devices, not one. */
  private static final int OF_ALL = 1 << 1 | 1 << LIST_DEVICES | 1 << LIST_VERSIONS;

  /** Those that give something behind the struct. */
  private static final int GIVING =
      1 << TABLE_LOAD | 1 << TARGET_MSG | 1 << DEV_SET_GEOMETRY | 1 << DEV_RENAME;

  /** Those that get something there. */
  private static final int GETTING =
      1 << LIST_DEVICES | 1 << LIST_VERSIONS | 1 << DEV_WAIT | 1 << TABLE_DEPS | 1 << TABLE_STATUS;

  /** Those that answer how often the device is in use. */
  private static final int COUNTING =
      1 << 3
          | 1 << DEV_RENAME
          | 1 << DEV_SUSPEND
          | 1 << 7
          | 1 << DEV_WAIT
          | 1 << TABLE_LOAD
          | 1 << 10
          | 1 << TABLE_DEPS
          | 1 << TABLE_STATUS
          | 1 << TARGET_MSG;

  private static final int SUPPORTED_VERSION = 4;
  private static final int SUSPEND_FLAG = 2;

  /** The size of the version: nothing smaller is a struct. */
  private static final int VERSION = 12;

  /** What has to be there, and the whole struct. */
  private static final int LEAST = 305;

  private static final int SIZE = 312;
  private static final int DATA = 1000;

  private static final int SPEC = 40;

  private final Abi abi;
  private final StructType spec;

  DeviceMapper(TypeCompiler compiler) {
    super(compiler.abi(), Direction.IN);
    this.abi = compiler.abi();
    this.spec = compiler.requireStruct("device.dm_target");
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(Phase.ENTRY, at, SIZE + DATA);
    capture.bytes(Phase.EXIT, at, SIZE + DATA);
  }

  @Override
  When when() {
    return When.BOTH;
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    return show(c, raw);
  }

  @Override
  Value show(DecodeContext c, long raw) {
    MemoryView m = c.read(raw, LEAST);
    return m == null || m.u32(12) < VERSION ? Value.hex(raw) : all(c, m, raw);
  }

  @Override
  @Nullable Value after(DecodeContext c, long raw) {
    MemoryView m = c.failed() ? null : c.read(raw, LEAST);
    return m == null || m.u32(12) < VERSION ? null : all(c, m, raw);
  }

  private Value all(DecodeContext c, MemoryView m, long raw) {
    int command = (int) c.argument(1) & 0xff;
    Value version = Value.array(Value.udec(m.u32(0)), Value.udec(m.u32(4)), Value.udec(m.u32(8)));
    if (m.u32(0) != SUPPORTED_VERSION) {
      String remark = "unsupported device mapper ABI version";
      return head(Value.field("version", new Value.Commented(version, remark)));
    }
    Value size = Value.udec(m.u32(12));
    if (m.u32(12) < LEAST) {
      Value small = new Value.Commented(size, "data_size too small");
      return head(Value.field("version", version), Value.field("data_size", small));
    }
    List<Value.Field> fields = new ArrayList<>();
    fields.add(Value.field("version", version));
    fields.add(Value.field("data_size", size));
    fields(c, m, command, fields);
    List<Value> items = new ArrayList<>();
    items.add(Value.struct(fields.toArray(new Value.Field[0])));
    boolean more = false;
    if (has(c.exiting() ? GETTING : GIVING, command) && !(command == TABLE_LOAD && noTarget(m))) {
      more = c.brief() || data(c, m, raw, command, items);
    }
    return new Value.Arr(items.toArray(new Value[0]), more);
  }

  private static boolean noTarget(MemoryView m) {
    return m.u32(20) == 0;
  }

  private static Value head(Value.Field... fields) {
    return Value.array(Value.struct(fields));
  }

  private static boolean has(int commands, int command) {
    return (commands >> command & 1) != 0;
  }

  private void fields(DecodeContext c, MemoryView m, int command, List<Value.Field> fields) {
    if (has(GIVING | GETTING, command)) {
      fields.add(Value.field("data_start", Value.udec(m.u32(16))));
    }
    if (!has(OF_ALL, command)) {
      long dev = m.s64(40);
      if (dev != 0) {
        fields.add(Value.field("dev", device(dev)));
      }
      text("name", m, 48, 128, fields);
      text("uuid", m, 176, 129, fields);
    }
    boolean counting = c.exiting() && has(COUNTING, command);
    if (counting || !c.exiting() && command == TABLE_LOAD) {
      fields.add(Value.field("target_count", Value.udec(m.u32(20))));
    }
    if (counting) {
      fields.add(Value.field("open_count", Value.udec(m.u32(24))));
    }
    boolean awaited =
        command == DEV_REMOVE
            || command == DEV_RENAME
            || command == DEV_WAIT
            || command == DEV_SUSPEND && (m.u32(28) & SUSPEND_FLAG) == 0;
    if (counting || !c.exiting() && awaited) {
      fields.add(Value.field("event_nr", Value.udec(m.u32(32))));
    }
    fields.add(Value.field("flags", Sets.flags("dm_flags", abi, m.u32(28))));
  }

  /** A device number in 64 bits. */
  private static Value device(long raw) {
    Value parts =
        BasicTypes.dev(
            raw >> 8 & 0xfff | raw >> 32 & 0xfffff000L, raw & 0xff | raw >> 12 & 0xffffff00L);
    return new Value.Coded(Value.hex(raw), parts);
  }

  /** A string in place, if it is not empty. */
  private static void text(
      String name, MemoryView m, int offset, int room, List<Value.Field> fields) {
    int length = 0;
    while (length < room && m.u8(offset + length) != 0) {
      length++;
    }
    if (length > 0) {
      boolean open = length == room;
      byte[] bytes = m.copy(offset, open ? room - 1 : length);
      fields.add(Value.field(name, new Value.Str(bytes, open, true, true)));
    }
  }

  /** What stands behind the struct; whether there is more of it. */
  private boolean data(DecodeContext c, MemoryView m, long raw, int command, List<Value> items) {
    long start = m.u32(16);
    long end = m.u32(12);
    switch (command) {
      case LIST_DEVICES:
        return chain(c, raw, start, end, "dm_name_list", 12, items);
      case LIST_VERSIONS:
        return chain(c, raw, start, end, "dm_target_versions", 16, items);
      case TABLE_DEPS:
        items.add(dependencies(c, raw, start, end));
        return false;
      case TARGET_MSG:
        items.add(message(c, raw, start, end));
        return false;
      case TABLE_LOAD:
      case TABLE_STATUS:
      case DEV_WAIT:
        return targets(c, raw, start, end, m.u32(20), items);
      default:
        boolean in = start < end;
        items.add(
            in
                ? Value.struct(Value.field("string", string(c, raw + start, end - start)))
                : misplaced("string"));
        return false;
    }
  }

  private static Value misplaced(String what) {
    return new Value.Commented(new Value.Text("???", 0), "misplaced " + what);
  }

  /** As much as {@code -s} allows of a string in the buffer. */
  private static Value string(DecodeContext c, long address, long room) {
    if (room <= 0) {
      return new Value.Str(new byte[0], false, true, false);
    }
    return c.string(address, (int) Math.min(room, c.maxString()), false);
  }

  private boolean targets(
      DecodeContext c, long raw, long start, long end, long count, List<Value> items) {
    long at = start;
    long least = start;
    for (long i = 0; i < count; i++) {
      if (at + SPEC > end || at < least) {
        items.add(misplaced("struct dm_target_spec"));
        return false;
      }
      if (i >= c.maxString()) {
        return true;
      }
      MemoryView m = c.read(raw + at, SPEC);
      if (m == null) {
        items.add(Value.unreadable(raw + at));
        return false;
      }
      Value.Struct target = (Value.Struct) spec.read(c, m, 0);
      List<Value.Field> fields = new ArrayList<>(List.of(target.fields()));
      if (!c.exiting()) {
        fields.remove(2); // the status is an answer
      }
      fields.add(Value.field("string", string(c, raw + at + SPEC, end - at - SPEC)));
      items.add(Value.struct(fields.toArray(new Value.Field[0])));
      // From the struct before when given, from the first when answered
      least = at + SPEC;
      at = (c.exiting() ? start : at) + m.u32(20);
    }
    return false;
  }

  /** Structs of which each tells how far the next is; names stand behind {@code header} bytes. */
  private static boolean chain(
      DecodeContext c,
      long raw,
      long start,
      long end,
      String struct,
      int header,
      List<Value> items) {
    boolean devices = header == 12;
    long at = start;
    for (int i = 0; ; i++) {
      if (at + header > end) {
        items.add(misplaced("struct " + struct));
        return false;
      }
      if (i >= c.maxString()) {
        return true;
      }
      MemoryView m = c.read(raw + at, 2 * Long.BYTES); // as C pads them
      if (m == null) {
        items.add(Value.unreadable(raw + at));
        return false;
      }
      Value.Field name = Value.field("name", string(c, raw + at + header, end - at - header));
      if (devices) {
        items.add(Value.struct(Value.field("dev", device(m.s64(0))), name));
      } else {
        Value version =
            Value.array(Value.udec(m.u32(4)), Value.udec(m.u32(8)), Value.udec(m.u32(12)));
        items.add(Value.struct(name, Value.field("version", version)));
      }
      long next = m.u32(devices ? 8 : 0);
      if (next == 0) {
        return false;
      }
      at += next < header ? end : next; // it cannot lie in this one
    }
  }

  private static Value dependencies(DecodeContext c, long raw, long start, long end) {
    MemoryView m = start + 8 > end ? null : c.read(raw + start, 8);
    if (m == null) {
      return start + 8 > end ? misplaced("struct dm_target_deps") : Value.unreadable(raw + start);
    }
    long count = m.u32(0);
    if (count > (end - start - 8) / Long.BYTES) {
      return misplaced("struct dm_target_deps");
    }
    int shown = (int) Math.min(count, c.brief() ? c.maxString() : ArrayType.MAX_ELEMENTS);
    MemoryView all = c.readUpTo(raw + start + 8, shown * Long.BYTES);
    Value[] devices = new Value[all.length() / Long.BYTES];
    for (int i = 0; i < devices.length; i++) {
      devices[i] = device(all.s64(i * Long.BYTES));
    }
    return Value.struct(
        Value.field("count", Value.udec(count)),
        Value.field("deps", new Value.Arr(devices, devices.length < count)));
  }

  private static Value message(DecodeContext c, long raw, long start, long end) {
    if (start + Long.BYTES > end) {
      return misplaced("struct dm_target_msg");
    }
    MemoryView m = c.read(raw + start, Long.BYTES);
    return m == null
        ? Value.unreadable(raw + start)
        : Value.struct(
            Value.field("sector", Value.udec(m.s64(0))),
            Value.field("message", string(c, raw + start + Long.BYTES, end - start - Long.BYTES)));
  }
}
