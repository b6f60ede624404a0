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

/** CPU sets and interrupted sleeps. */
final class SchedTypes {
  private SchedTypes() {}

  /** {@code cpu_set_t} of a length that the call tells: {@code [0 1 104]}. */
  static final class CpuSet extends JavaType {
    /** 1024 CPUs, as in {@code cpu_set_t}. */
    private static final int MAX_BYTES = 128;

    private final Ref length;

    CpuSet(Abi abi, Ref length, Direction direction) {
      super(abi, direction);
      this.length = length;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      if (direction() == Direction.OUT) {
        capture.bytes(Phase.EXIT, at, Length.result(1), MAX_BYTES);
      } else {
        capture.bytes(Phase.ENTRY, at, capture.length(length, 1, 128), MAX_BYTES);
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long bytes = length.get(c) & 0xffffffffL;
      MemoryView m = c.read(raw, (int) Math.min(bytes, MAX_BYTES));
      if (m == null) {
        return bytes == 0 && raw != 0 ? new Value.Members(new Value[0], false) : Value.addr(raw);
      }
      List<Value> cpus = new ArrayList<>();
      for (int i = 0; i < m.length() * 8; i++) {
        if ((m.u8(i >> 3) >> (i & 7) & 1) != 0) {
          cpus.add(Value.dec(i));
        }
      }
      if (bytes > MAX_BYTES) {
        cpus.add(new Value.Text("...", 0));
      }
      return new Value.Members(cpus.toArray(new Value[0]), false);
    }
  }

  /**
   * What is left of a sleep: nothing is stored there unless a signal interrupted it, and never for
   * an absolute one (nanosleep(2), clock_nanosleep(2)).
   */
  static final class RestartTime extends JavaType {
    private static final int TIMER_ABSTIME = 1;
    private static final int EINTR = 4;
    private static final int ERESTART_FIRST = 512;
    private static final int ERESTART_RESTARTBLOCK = 516;

    private final StructType time;
    private final Ref flags;

    RestartTime(Abi abi, StructType time, Ref flags) {
      super(abi, Direction.OUT);
      this.time = time;
      this.flags = flags;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.EXIT_ALWAYS, at, time.size());
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      int errno = c.tracee().errno();
      boolean interrupted =
          errno == EINTR || errno >= ERESTART_FIRST && errno <= ERESTART_RESTARTBLOCK;
      return raw != 0 && interrupted && (flags.get(c) & TIMER_ABSTIME) == 0
          ? show(c, raw)
          : Value.addr(raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return time.decode(c, raw);
    }
  }

  /**
   * {@code struct sched_attr} (sched_setattr(2)); how much of it there is stands in its first
   * field.
   */
  static final class SchedAttr extends JavaType {
    private static final int E2BIG = 7;
    private static final int SIZE_VER0 = 48;
    private static final int SIZE_VER1 = 56;
    private static final long KEEP_POLICY = 0x08;
    private static final long KEEP_PARAMS = 0x10;

    private final Abi abi;
    private final @Nullable Ref room;

    /** {@code room}: how many bytes a call that stores one was told that there are. */
    SchedAttr(Abi abi, @Nullable Ref room, Direction direction) {
      super(abi, direction);
      this.abi = abi;
      this.room = room;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(direction() == Direction.IN ? Phase.ENTRY : Phase.EXIT, at, SIZE_VER1);
      if (direction() == Direction.IN) {
        capture.bytes(Phase.EXIT_ALWAYS, at, 4);
      }
    }

    @Override
    When when() {
      return direction() == Direction.IN ? When.BOTH : When.EXIT;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!c.verbose()) {
        return Value.unreadable(raw);
      }
      return room == null ? given(c, raw) : stored(c, raw, room.get(c) & 0xffffffffL);
    }

    private Value given(DecodeContext c, long raw) {
      MemoryView head = c.read(raw, 4);
      if (head == null) {
        return Value.unreadable(raw);
      }
      long size = head.u32(0);
      List<Value.Field> f = new ArrayList<>(10);
      f.add(Value.field("size", Value.udec(size)));
      if (size > 0 && size < SIZE_VER0) {
        return new Value.Struct(f.toArray(new Value.Field[0]), false);
      }
      MemoryView m = c.read(raw, size >= SIZE_VER1 ? SIZE_VER1 : SIZE_VER0);
      if (m == null) {
        return Value.unreadable(raw);
      }
      fields(m, true, f);
      return new Value.Struct(f.toArray(new Value.Field[0]), size > SIZE_VER1);
    }

    /** As far as there was room for it; the rest is taken for 0. */
    private Value stored(DecodeContext c, long raw, long bytes) {
      MemoryView m = bytes == 0 ? null : c.read(raw, (int) Math.min(bytes, SIZE_VER1));
      if (m == null) {
        return Value.unreadable(raw);
      }
      byte[] whole = java.util.Arrays.copyOf(m.copy(0, m.length()), SIZE_VER1);
      m = new MemoryView(whole, SIZE_VER1);
      long size = m.u32(0);
      List<Value.Field> f = new ArrayList<>(10);
      f.add(Value.field("size", Value.udec(size)));
      if (size >= SIZE_VER0) {
        fields(new MemoryView(whole, size < SIZE_VER1 ? SIZE_VER0 : SIZE_VER1), false, f);
      }
      return new Value.Struct(f.toArray(new Value.Field[0]), false);
    }

    private void fields(MemoryView m, boolean setting, List<Value.Field> f) {
      long flags = m.s64(8);
      boolean keepParams = setting && (flags & KEEP_PARAMS) != 0;
      // A negative policy is refused before the kernel looks at the flags.
      boolean keepPolicy = setting && (flags & (KEEP_POLICY | KEEP_PARAMS)) != 0 && m.s32(4) >= 0;
      if (!keepPolicy) {
        f.add(Value.field("sched_policy", Sets.constant("sched_policy", abi, m.u32(4))));
      }
      f.add(Value.field("sched_flags", Sets.flags("sched_attr_flags", abi, flags)));
      if (!keepParams) {
        f.add(Value.field("sched_nice", Value.dec(m.s32(16))));
        f.add(Value.field("sched_priority", Value.udec(m.u32(20))));
        f.add(Value.field("sched_runtime", Value.udec(m.s64(24))));
        f.add(Value.field("sched_deadline", Value.udec(m.s64(32))));
        f.add(Value.field("sched_period", Value.udec(m.s64(40))));
      }
      if (m.length() >= SIZE_VER1) {
        f.add(Value.field("sched_util_min", Value.udec(m.u32(48))));
        f.add(Value.field("sched_util_max", Value.udec(m.u32(52))));
      }
    }

    @Override
    @Nullable Value after(DecodeContext c, long raw) {
      if (raw == 0 || c.tracee().errno() != E2BIG) {
        return null;
      }
      MemoryView m = c.read(raw, 4);
      return m == null ? null : Value.struct(Value.field("size", Value.udec(m.u32(0))));
    }
  }
}
