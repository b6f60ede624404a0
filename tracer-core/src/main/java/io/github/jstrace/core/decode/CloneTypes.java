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
 * {@code struct clone_args} of clone3(2) ({@code linux/sched.h}, Linux 6.18), and what the call
 * stores.
 */
final class CloneTypes {
  private static final long CLONE_PIDFD = 0x1000;
  private static final long CLONE_SETTLS = 0x80000;
  private static final long CLONE_PARENT_SETTID = 0x100000;
  private static final long CLONE_CHILD_CLEARTID = 0x200000;
  private static final long CLONE_CHILD_SETTID = 0x1000000;
  private static final long CLONE_INTO_CGROUP = 0x200000000L;

  private static final int FLAGS = 0;
  private static final int PIDFD = 8;
  private static final int CHILD_TID = 16;
  private static final int PARENT_TID = 24;
  private static final int EXIT_SIGNAL = 32;
  private static final int STACK = 40;
  private static final int STACK_SIZE = 48;
  private static final int TLS = 56;
  private static final int SET_TID = 64;
  private static final int SET_TID_SIZE = 72;
  private static final int CGROUP = 80;
  private static final int SIZE = 88;
  private static final int SIZE_VER0 = 64;

  /** The kernel takes no struct that is longer (kernel/fork.c, Linux 6.18). */
  private static final int PAGE = 4096;

  /** More ids than there can be nested pid namespaces. */
  private static final int MAX_TIDS = 32;

  private CloneTypes() {}

  static final class CloneArgs extends JavaType {
    private final Abi abi;
    private final Ref size;

    /** What {@code tls} points to: on i386 a descriptor, elsewhere nobody knows. */
    private final LdtTypes.@Nullable UserDesc tls;

    CloneArgs(Abi abi, Ref size) {
      super(abi, Direction.INOUT);
      this.abi = abi;
      this.size = size;
      this.tls = abi == Abi.I386 ? new LdtTypes.UserDesc(abi, Direction.IN) : null;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, capture.length(size, 1, SIZE), PAGE);
      if (at != null) {
        capture.bytes(Phase.ENTRY, at.pointerAt(SET_TID), 4 * MAX_TIDS);
        if (tls != null) {
          tls.needs(capture, at.pointerAt(TLS));
        }
        capture.bytes(Phase.EXIT, at.pointerAt(PIDFD), 4);
        capture.bytes(Phase.EXIT, at.pointerAt(PARENT_TID), 4);
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = args(c, raw);
      if (m == null) {
        return Value.unreadable(raw);
      }
      List<Value.Field> f = new ArrayList<>();
      long flags = m.s64(FLAGS);
      f.add(Value.field("flags", Sets.flags("clone3_flags", abi, flags)));
      if ((flags & CLONE_PIDFD) != 0) {
        f.add(Value.field("pidfd", Value.addr(m.s64(PIDFD))));
      }
      if ((flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) != 0) {
        f.add(Value.field("child_tid", Value.addr(m.s64(CHILD_TID))));
      }
      if ((flags & CLONE_PARENT_SETTID) != 0) {
        f.add(Value.field("parent_tid", Value.addr(m.s64(PARENT_TID))));
      }
      f.add(Value.field("exit_signal", BasicTypes.unsignedSignal(abi, m.s64(EXIT_SIGNAL))));
      f.add(Value.field("stack", Value.addr(m.s64(STACK))));
      f.add(Value.field("stack_size", Value.hex(m.s64(STACK_SIZE))));
      if ((flags & CLONE_SETTLS) != 0) {
        long address = m.s64(TLS);
        f.add(Value.field("tls", tls == null ? Value.addr(address) : tls.show(c, address)));
      }
      long tids = word(m, SET_TID);
      long tidCount = word(m, SET_TID_SIZE);
      if (tids != 0 || tidCount != 0) {
        f.add(Value.field("set_tid", tids(c, tids, tidCount)));
        f.add(Value.field("set_tid_size", Value.udec(tidCount)));
      }
      long cgroup = word(m, CGROUP);
      if (cgroup != 0 || m.length() > CGROUP && (flags & CLONE_INTO_CGROUP) != 0) {
        f.add(
            Value.field(
                "cgroup",
                cgroup >= 0 && cgroup == (int) cgroup ? c.fd((int) cgroup) : Value.udec(cgroup)));
      }
      tail(c, raw, f);
      return new Value.Struct(f.toArray(new Value.Field[0]), false);
    }

    /** A field that an older caller does not have, and so is 0. */
    private static long word(MemoryView m, int offset) {
      return offset + 8 <= m.length() ? m.s64(offset) : 0;
    }

    /** What the tracee has behind the fields that are known, unless it is zero. */
    private void tail(DecodeContext c, long raw, List<Value.Field> f) {
      long claimed = size.get(c);
      if (claimed >= 0 && claimed <= SIZE) {
        return;
      }
      int end = claimed < 0 ? PAGE : (int) Math.min(claimed, PAGE);
      MemoryView m = c.readUpTo(raw + SIZE, end - SIZE);
      if (m.length() < end - SIZE) {
        f.add(Value.field("", new Value.Text("???", 0)));
        return;
      }
      int zeros = 0;
      while (zeros < m.length() && m.u8(zeros) == 0) {
        zeros++;
      }
      if (zeros < m.length()) {
        int shown = Math.min(m.length(), c.maxString());
        f.add(
            Value.field(
                "",
                new Value.Prefixed(
                    "/* bytes " + SIZE + ".." + (end - 1) + " */ ",
                    new Value.HexStr(m.copy(0, shown), shown < m.length()))));
      }
    }

    private @Nullable MemoryView args(DecodeContext c, long raw) {
      long claimed = size.get(c);
      return claimed < SIZE_VER0 && claimed >= 0
          ? null
          : c.read(raw, claimed < 0 || claimed >= SIZE ? SIZE : (int) claimed & ~7);
    }

    private static Value tids(DecodeContext c, long address, long count) {
      if (address == 0 || count <= 0 || count > MAX_TIDS) {
        return Value.addr(address);
      }
      MemoryView m = c.read(address, (int) count * 4);
      if (m == null) {
        return Value.unreadable(address);
      }
      Value[] items = new Value[(int) count];
      for (int i = 0; i < items.length; i++) {
        items[i] = Value.dec(m.s32(4 * i));
      }
      return Value.array(items);
    }

    @Override
    @Nullable Value after(DecodeContext c, long raw) {
      MemoryView m = raw == 0 || c.failed() ? null : args(c, raw);
      if (m == null) {
        return null;
      }
      long flags = m.s64(FLAGS);
      List<Value.Field> f = new ArrayList<>(2);
      if ((flags & CLONE_PIDFD) != 0) {
        MemoryView fd = c.read(m.s64(PIDFD), 4);
        f.add(
            Value.field(
                "pidfd", fd == null ? Value.addr(m.s64(PIDFD)) : Value.array(c.fd(fd.s32(0)))));
      }
      if ((flags & CLONE_PARENT_SETTID) != 0) {
        MemoryView tid = c.read(m.s64(PARENT_TID), 4);
        f.add(
            Value.field(
                "parent_tid",
                tid == null ? Value.addr(m.s64(PARENT_TID)) : Value.array(c.pid(tid.s32(0)))));
      }
      tail(c, raw, f);
      return f.isEmpty() ? null : new Value.Struct(f.toArray(new Value.Field[0]), false);
    }
  }
}
