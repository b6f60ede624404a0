// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.TypeExpr.Direction;
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
        return CompletedType.updated(
            compiler, params[0], params[1], params.length > 2 ? params[2] : null);
      case "ptp_samples":
        return new ClockSamples(compiler, FieldType.size(params[0]));
      case "perf_query_bpf":
        return new QueryBpf(abi);
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
      case "device_mapper":
        return new DeviceMapper(compiler);
      default:
        return others(compiler, name, params, direction, env);
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

  private static @Nullable Type others(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Type type = InputTypes.create(compiler, name, params, direction);
    if (type == null) {
      type = ConsoleTypes.create(compiler, name, params, direction, env);
    }
    return type != null ? type : StructParts.create(compiler, name, params, env);
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
      return new Value.Text(quoted(octet), octet);
    }
  }

  /** {@code 'a'}, {@code '\\n'}, {@code '\\x02'}. */
  static String quoted(int octet) {
    String named = octet >= '\t' && octet <= '\r' ? "tnvfr" : "";
    if (!named.isEmpty()) {
      return "'\\" + named.charAt(octet - '\t') + "'";
    }
    if (octet == '\'' || octet == '\\') {
      return "'\\" + (char) octet + "'";
    }
    return octet >= ' ' && octet < 0x7f
        ? "'" + (char) octet + "'"
        : "'\\x"
            + java.lang.Character.forDigit(octet >> 4, 16)
            + java.lang.Character.forDigit(octet & 15, 16)
            + "'";
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
}
