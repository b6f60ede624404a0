// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Segment descriptors of x86: set_thread_area(2), modify_ldt(2). */
final class LdtTypes {
  private static final int SIZE = 16;

  private LdtTypes() {}

  /**
   * {@code struct user_desc} ({@code asm/ldt.h}). {@code INOUT}: the call is told the entry's
   * number and fills in the rest.
   */
  static final class UserDesc extends JavaType {
    private final Abi abi;

    UserDesc(Abi abi, Direction direction) {
      super(abi, direction);
      this.abi = abi;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, SIZE);
      capture.bytes(Phase.EXIT, at, SIZE);
    }

    @Override
    When when() {
      return direction() == Direction.IN ? When.ENTRY : When.EXIT;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!c.verbose()) {
        return Value.addr(raw);
      }
      boolean numberOnly = direction() != Direction.IN && c.failed();
      MemoryView m = c.read(raw, numberOnly ? 4 : SIZE);
      if (m == null) {
        return Value.unreadable(raw);
      }
      Value.Field number =
          Value.field("entry_number", m.s32(0) == -1 ? Value.dec(-1) : Value.udec(m.u32(0)));
      if (numberOnly) {
        return new Value.Struct(new Value.Field[] {number}, true);
      }
      long bits = m.u32(12);
      Value.Field[] f = new Value.Field[10];
      f[0] = number;
      f[1] = Value.field("base_addr", padded(m.u32(4)));
      f[2] = Value.field("limit", padded(m.u32(8)));
      f[3] = bit("seg_32bit", bits, 0, 1);
      f[4] = bit("contents", bits, 1, 3);
      f[5] = bit("read_exec_only", bits, 3, 1);
      f[6] = bit("limit_in_pages", bits, 4, 1);
      f[7] = bit("seg_not_present", bits, 5, 1);
      f[8] = bit("useable", bits, 6, 1);
      int count = 9;
      if (abi == Abi.X86_64) {
        f[count++] = bit("lm", bits, 7, 1);
      }
      return new Value.Struct(java.util.Arrays.copyOf(f, count), false);
    }

    private static Value.Field bit(String name, long bits, int shift, int mask) {
      return Value.field(name, Value.udec(bits >> shift & mask));
    }

    /** Hex of at least eight characters, with the 0x that 0 does not have. */
    private static Value padded(long v) {
      String digits = v == 0 ? "" : Long.toHexString(v);
      int width = v == 0 ? 8 : 6;
      return new Value.Text(
          (v == 0 ? "" : "0x") + "0".repeat(Math.max(0, width - digits.length())) + digits, v);
    }
  }

  /** The result of set_thread_area(2): behind it the entry that was taken. */
  static final class EntryResult extends ScalarType {
    private final Ref address;

    EntryResult(Abi abi, Ref address) {
      super(abi, 4, true, Value.Base.DEC);
      this.address = address;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      MemoryView m = c.read(address.get(c), 4);
      if (m != null) {
        c.setNote(new Value.Labelled("entry_number", Value.udec(m.u32(0))));
      }
      return Value.dec(raw);
    }
  }

  /** What modify_ldt(2) is given: a descriptor if it has the size of one. */
  static final class LdtArgument extends JavaType {
    private final UserDesc desc;
    private final Ref size;

    LdtArgument(Abi abi, Ref size) {
      super(abi, Direction.IN);
      this.desc = new UserDesc(abi, Direction.IN);
      this.size = size;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return size.get(c) == SIZE ? desc.show(c, raw) : Value.addr(raw);
    }
  }

  /**
   * The result of modify_ldt(2), which the kernel cuts to 32 bits, so that an error of a 64-bit
   * process looks like a number (arch/x86/kernel/ldt.c, Linux 6.18).
   */
  static final class LdtResult extends ScalarType {
    private static final long MAX_ERRNO = 4095;

    LdtResult(Abi abi) {
      super(abi, abi.wordSize(), true, Value.Base.DEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      @Nullable String name = null;
      int errno = -(int) raw;
      if (raw > 0 && raw >>> 32 == 0 && errno > 0 && errno <= MAX_ERRNO) {
        name = Errno.name(errno);
      }
      return name == null
          ? Value.dec(raw)
          : new Value.Text(raw + " " + name + " (" + Errno.message(errno) + ")", raw);
    }
  }
}
