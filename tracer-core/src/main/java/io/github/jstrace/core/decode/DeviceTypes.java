// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What ioctl(2) commands of devices take and the tables cannot say. */
final class DeviceTypes {
  private DeviceTypes() {}

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Abi abi = compiler.abi();
    switch (name) {
      case "uuid":
        return new Uuid();
      case "character":
        return new Character(abi);
      case "dated":
        return new Dated(compiler.requireStruct(params[0]));
      case "upto":
        return new ArrayType(
            compiler.compile(params[0], env), env.ref(params[2]), FieldType.size(params[1]));
      case "updated":
        return new CompletedType(compiler, params[0], params[1]);
      case "ptp_samples":
        return new ClockSamples(compiler, FieldType.size(params[0]));
      case "perf_query_bpf":
        return new QueryBpf(abi);
      case "input_keycode":
        return new KeyCode(abi, direction);
      case "input_bits":
        return new InputBits(abi, Sets.get(params[0]), FieldType.size(params[1]));
      case "input_slots":
        return new Slots(abi, FieldType.size(params[0]));
      case "tee_buf":
        return new TeeBuffer(compiler, params[0]);
      case "counted_text":
        return new BoundedText(params[0], env.ref(params[1]));
      case "interface_name":
        return new InterfaceName(abi);
      case "syscall_nr":
        return new CallNumber(abi, env.ref(params[0]));
      case "negative_errno":
        return new NegativeErrno(abi);
      case "sg_reset":
        return new Reset(abi);
      default:
        return null;
    }
  }

  /** Characters in place up to a NUL, of which a sibling tells how many there are. */
  private static final class BoundedText extends FieldType {
    private final Ref count;

    BoundedText(String size, Ref count) {
      super(size(size), 1);
      this.count = count;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      long wanted = Math.max(0, Math.min(count.get(c), size() - 1));
      int end = 0;
      while (end < wanted && m.u8(offset + end) != 0) {
        end++;
      }
      return new Value.Str(m.copy(offset, end), m.u8(offset + end) != 0, true, false);
    }
  }

  /** The name of an interface, which may lack its NUL. */
  private static final class InterfaceName extends JavaType {
    private static final int SIZE = 16;

    InterfaceName(Abi abi) {
      super(abi, Direction.IN);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.readUpTo(raw, SIZE);
      int end = 0;
      while (end < m.length() && m.u8(end) != 0) {
        end++;
      }
      if (end == m.length() && end < SIZE) {
        return Value.unreadable(raw);
      }
      int shown = Math.min(end, c.maxString());
      return new Value.Str(m.copy(0, shown), shown < end || end == SIZE, true, false);
    }
  }

  /**
   * The number of a system call of the architecture beside it: {@code __NR_gettid}, of another one
   * than the tracee's {@code 20 /* getpid *}{@code /}.
   */
  private static final class CallNumber extends ScalarType {
    private final Ref arch;

    CallNumber(Abi abi, Ref arch) {
      super(abi, Integer.BYTES, false, Value.Base.UDEC);
      this.arch = arch;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      Abi abi = Abi.ofAuditArch((int) arch.get(c));
      Syscall call = abi == null ? null : SyscallTable.byNumber(abi, raw);
      if (call == null || abi == Abi.AARCH64 && c.abi() != abi) {
        return Value.udec(raw);
      }
      return abi != c.abi()
          ? new Value.Commented(Value.udec(raw), call.name())
          : new Value.Sym(
              raw, Value.Base.UDEC, new String[] {"__NR_" + call.name()}, 0, null, false);
    }
  }

  /** An error as the kernel returns it: {@code -ENOSR}. */
  private static final class NegativeErrno extends ScalarType {
    NegativeErrno(Abi abi) {
      super(abi, Integer.BYTES, true, Value.Base.DEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String name = raw < 0 ? Errno.name(-raw) : null;
      return name == null
          ? Value.dec(raw)
          : new Value.Sym(raw, Value.Base.DEC, new String[] {"-" + name}, 0, null, false);
    }
  }

  /** What to reset, behind a pointer, and whether to leave it at that. */
  private static final class Reset extends JavaType {
    private static final long NO_ESCALATE = 0x100;

    private final Abi abi;

    Reset(Abi abi) {
      super(abi, Direction.IN);
      this.abi = abi;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, Integer.BYTES);
      if (m == null) {
        return Value.unreadable(raw);
      }
      long all = m.u32(0);
      Value what = Sets.constant("sg_reset", abi, all & ~NO_ESCALATE);
      if ((all & NO_ESCALATE) == 0) {
        return Value.array(what);
      }
      Value alone =
          new Value.Sym(
              NO_ESCALATE,
              Value.Base.HEX,
              new String[] {"SG_SCSI_RESET_NO_ESCALATE"},
              0,
              null,
              true);
      return Value.array(new Value.Or(all, Value.Base.HEX, alone, what));
    }
  }

  /** 16 bytes: {@code 03000000-0400-0000-0500-000006000000}. */
  private static final class Uuid extends FieldType {
    private static final int SIZE = 16;

    Uuid() {
      super(SIZE, 1);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      StringBuilder s = new StringBuilder(36);
      for (int i = 0; i < SIZE; i++) {
        int octet = m.u8(offset + i);
        s.append(i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "")
            .append(java.lang.Character.forDigit(octet >> 4, 16))
            .append(java.lang.Character.forDigit(octet & 15, 16));
      }
      return new Value.Text(s.toString(), 0);
    }
  }

  /** A character: {@code 'a'}, {@code '\\x02'}. */
  private static final class Character extends ScalarType {
    Character(Abi abi) {
      super(abi, 1, false, Value.Base.HEX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      int octet = (int) raw & 0xff;
      boolean plain = octet >= ' ' && octet < 0x7f && octet != '\'' && octet != '\\';
      String text =
          plain
              ? String.valueOf((char) octet)
              : "\\x"
                  + java.lang.Character.forDigit(octet >> 4, 16)
                  + java.lang.Character.forDigit(octet & 15, 16);
      return new Value.Text("'" + text + "'", octet);
    }
  }

  /** A struct with fields {@code sec} and {@code nsec}, and the date as a remark. */
  private static final class Dated extends FieldType {
    private final StructType time;

    Dated(StructType time) {
      super(time.size(), time.align());
      this.time = time;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      Value value = time.read(c, m, offset);
      String date = Calendar.date(m.s64(offset), m.u32(offset + Long.BYTES));
      return date == null ? value : new Value.Worded(value, new Value.Commented(value, date));
    }
  }

  /** {@code struct ptp_sys_offset} and its extended form: times of clocks, read in turn. */
  private static final class ClockSamples extends JavaType {
    private static final int MAX = 25;
    private static final int HEADER = 16;

    private final StructType given;
    private final Dated time;
    private final int each;

    /**
     * {@code each}: three times belong to a sample; 1: one does, and one more stands at the end.
     */
    ClockSamples(TypeCompiler compiler, int each) {
      super(compiler.abi(), Direction.IN);
      this.given =
          compiler.requireStruct(
              each == 1 ? "device.ptp_sys_offset_given" : "device.ptp_sys_offset_extended_given");
      this.time = new Dated(compiler.requireStruct("device.ptp_clock_time"));
      this.each = each;
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      c.setStash(raw == 0 ? null : given.decode(c, raw));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!(c.stash() instanceof Value.Struct before)) {
        return Value.unreadable(raw);
      }
      MemoryView head = c.failed() ? null : c.read(raw, HEADER);
      if (head == null) {
        return before;
      }
      int samples = (int) Math.min(head.u32(0), MAX);
      int count = each == 1 ? 2 * samples + 1 : each * samples;
      MemoryView m = c.read(raw + HEADER, count * time.size());
      if (m == null) {
        return before;
      }
      int all = each == 1 ? count : samples;
      Value[] items = new Value[c.brief() ? Math.min(all, c.maxString()) : all];
      for (int i = 0; i < items.length; i++) {
        items[i] = each == 1 ? time.read(c, m, i * time.size()) : sample(c, m, i * each);
      }
      Value.Field[] fields = java.util.Arrays.copyOf(before.fields(), before.fields().length + 1);
      fields[fields.length - 1] = Value.field("ts", new Value.Arr(items, items.length < all));
      return new Value.Struct(fields, before.more());
    }

    private Value sample(DecodeContext c, MemoryView m, int first) {
      Value[] items = new Value[each];
      for (int i = 0; i < each; i++) {
        items[i] = time.read(c, m, (first + i) * time.size());
      }
      return Value.array(items);
    }
  }

  /** {@code struct perf_event_query_bpf}: room for ids of programs, and those there are. */
  private static final class QueryBpf extends JavaType {
    private final Type id;

    QueryBpf(Abi abi) {
      super(abi, Direction.IN);
      this.id = new ScalarType(abi, Integer.BYTES, false, Value.Base.UDEC);
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      c.setStash(raw == 0 ? null : c.read(raw, Integer.BYTES));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!(c.stash() instanceof MemoryView before)) {
        return Value.unreadable(raw);
      }
      Value.Field room = Value.field("ids_len", Value.udec(before.u32(0)));
      MemoryView m = c.failed() ? null : c.read(raw, 2 * Integer.BYTES);
      if (m == null) {
        return new Value.Struct(new Value.Field[] {room}, true);
      }
      long count = Math.min(m.u32(4), before.u32(0));
      int limit = c.brief() ? c.maxString() : 1 << 10;
      long first = raw + 2 * Integer.BYTES;
      Value ids =
          count == 0
              ? Value.array()
              : ArrayType.elements(c, id, first, count, (int) Math.min(count, limit));
      return Value.struct(
          room, Value.field("prog_cnt", Value.udec(m.u32(4))), Value.field("ids", ids));
    }
  }

  /** Two numbers, of a place on the keyboard and the key that it stands for. */
  private static final class KeyCode extends JavaType {
    private final Abi abi;

    KeyCode(Abi abi, Direction direction) {
      super(abi, direction);
      this.abi = abi;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, 2 * Integer.BYTES);
      return m == null
          ? Value.unreadable(raw)
          : Value.array(Value.udec(m.u32(0)), Sets.constant("input_key", abi, m.u32(4)));
    }
  }

  /** The bits of a device that are set, as many as the result of the call has bytes. */
  private static final class InputBits extends JavaType {
    private static final int FEW = 4;

    private final Abi abi;
    private final FlagSet set;
    private final int bits;

    InputBits(Abi abi, FlagSet set, int bits) {
      super(abi, Direction.OUT);
      this.abi = abi;
      this.set = set;
      this.bits = bits;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      int size = (int) Math.max(0, Math.min(c.result(), (bits + 7) / 8));
      MemoryView m = size == 0 ? null : c.read(raw, size);
      if (m == null) {
        return Value.unreadable(raw);
      }
      List<String> names = new ArrayList<>();
      for (int bit = 0; bit < Math.min(bits, 8 * size); bit++) {
        if ((m.u8(bit / 8) & 1 << bit % 8) == 0) {
          continue;
        }
        if (c.brief() && names.size() == FEW) {
          names.add("...");
          break;
        }
        String name = set.nameOf(bit, abi);
        names.add(
            name == null ? "0x" + Integer.toHexString(bit) + " /* " + set.unknown() + " */" : name);
      }
      return new Value.NameSet(names.toArray(Value.NO_NAMES), false);
    }
  }

  /** {@code EVIOCGMTSLOTS}: the values of an axis, one for each touch. */
  private static final class Slots extends JavaType {
    private final Abi abi;
    private final int size;

    Slots(Abi abi, int size) {
      super(abi, Direction.OUT);
      this.abi = abi;
      this.size = size;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = size < Integer.BYTES ? null : c.read(raw, size);
      if (m == null) {
        return Value.unreadable(raw);
      }
      String axis = m.u32(0) < 0x2f ? null : Sets.get("input_abs").nameOf(m.u32(0), abi);
      Value code =
          axis == null
              ? new Value.Sym(
                  m.u32(0), Value.Base.HEX, Value.NO_NAMES, m.u32(0), "ABS_MT_???", false)
              : Value.name(m.u32(0), axis);
      int count = size / Integer.BYTES - 1;
      int shown = c.brief() ? Math.min(count, c.maxString()) : count;
      Value[] items = new Value[shown];
      for (int i = 0; i < shown; i++) {
        items[i] = Value.dec(m.s32((i + 1) * Integer.BYTES));
      }
      return Value.struct(
          Value.field("code", code), Value.field("values", new Value.Arr(items, shown < count)));
    }
  }
}
