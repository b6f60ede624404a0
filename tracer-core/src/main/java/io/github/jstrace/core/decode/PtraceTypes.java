// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arguments of ptrace(2). */
final class PtraceTypes {
  private PtraceTypes() {}

  /** An offset in {@code struct user} ({@code sys/user.h} of x86): {@code 8*R14}. */
  static final class UserOffset extends ScalarType {
    private static final String[] REGISTERS = {
      "R15",
      "R14",
      "R13",
      "R12",
      "RBP",
      "RBX",
      "R11",
      "R10",
      "R9",
      "R8",
      "RAX",
      "RCX",
      "RDX",
      "RSI",
      "RDI",
      "ORIG_RAX",
      "RIP",
      "CS",
      "EFL",
      "RSP",
      "SS"
    };
    private static final String[] REGISTERS_32 = {
      "EBX",
      "ECX",
      "EDX",
      "ESI",
      "EDI",
      "EBP",
      "EAX",
      "DS",
      "ES",
      "FS",
      "GS",
      "ORIG_EAX",
      "EIP",
      "CS",
      "EFL",
      "UESP",
      "SS"
    };
    private static final String[] FIELDS = {
      "u_fpvalid",
      "i387",
      "u_tsize",
      "u_dsize",
      "u_ssize",
      "start_code",
      "start_stack",
      "signal",
      "reserved",
      "u_ar0",
      "u_fpstate",
      "magic",
      "u_comm",
      "u_debugreg"
    };
    private static final int[] OFFSETS = {
      216, 224, 736, 744, 752, 760, 768, 776, 784, 792, 800, 808, 816, 848
    };
    private static final int SIZE = 912;

    private final Abi abi;

    UserOffset(Abi abi) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      int word = abi.wordSize();
      String[] registers =
          abi == Abi.X86_64 ? REGISTERS : abi == Abi.I386 ? REGISTERS_32 : Value.NO_NAMES;
      if (raw < 0 || registers.length == 0) {
        return Value.hex(raw);
      }
      long end = (long) registers.length * word;
      if (raw < end) {
        return text(word + "*" + registers[(int) raw / word], raw % word, raw);
      }
      if (abi != Abi.X86_64) {
        return Value.hex(raw);
      }
      if (raw < OFFSETS[0]) {
        return text(word + "*SS", raw - end + word, raw);
      }
      if (raw >= SIZE) {
        return raw == SIZE ? text("sizeof(struct user)", 0, raw) : Value.hex(raw);
      }
      int i = OFFSETS.length - 1;
      while (OFFSETS[i] > raw) {
        i--;
      }
      return text("offsetof(struct user, " + FIELDS[i] + ")", raw - OFFSETS[i], raw);
    }

    private static Value text(String base, long offset, long raw) {
      return new Value.Text(offset == 0 ? base : base + "+" + offset, raw);
    }
  }

  /** {@code struct ptrace_syscall_info} ({@code linux/ptrace.h}), as much of it as was written. */
  static final class SyscallInfo extends JavaType {
    private static final int SIZE = 88;
    private static final int HEAD = 24;
    private static final int ENTRY = 1;
    private static final int EXIT = 2;
    private static final int SECCOMP = 3;

    private final Abi abi;

    SyscallInfo(Abi abi, Direction direction) {
      super(abi, direction);
      this.abi = abi;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      // The third argument is how much room there is, the result how much the kernel had to say.
      long told = direction() == Direction.OUT ? c.result() : SIZE;
      long size = Math.min(Math.min(SIZE, told), c.argument(2));
      MemoryView m = size <= 0 ? null : c.read(raw, (int) size);
      if (m == null) {
        return Value.unreadable(raw);
      }
      List<Value.Field> f = new ArrayList<>(6);
      int op = m.u8(0);
      f.add(Value.field("op", Sets.constant("ptrace_syscall_op", abi, op)));
      if (size >= 8) {
        f.add(Value.field("arch", Sets.constant("audit_arch", abi, m.u32(4))));
      }
      if (size >= 16) {
        f.add(Value.field("instruction_pointer", Value.addr(m.s64(8))));
      }
      if (size >= HEAD) {
        f.add(Value.field("stack_pointer", Value.addr(m.s64(16))));
      }
      if (size >= HEAD + 8) {
        if (op == ENTRY || op == SECCOMP) {
          Value call = entry(m, Abi.ofAuditArch(m.s32(4)), op == SECCOMP, size);
          f.add(Value.field(op == ENTRY ? "entry" : "seccomp", call));
        } else if (op == EXIT) {
          f.add(Value.field("exit", exit(m, size)));
        }
      }
      return new Value.Struct(f.toArray(new Value.Field[0]), false);
    }

    private static Value exit(MemoryView m, long size) {
      long result = m.s64(HEAD);
      if (size < HEAD + 9) {
        return Value.struct(Value.field("rval", Value.dec(result)));
      }
      boolean error = m.u8(HEAD + 8) != 0;
      String name = error ? io.github.jstrace.tables.Errno.name(-result) : null;
      String[] names = name == null ? new String[0] : new String[] {"-" + name};
      Value shown = new Value.Sym(result, Value.Base.DEC, names, 0, null, false);
      return Value.struct(
          Value.field("rval", shown), Value.field("is_error", Value.udec(error ? 1 : 0)));
    }

    private static Value entry(MemoryView m, @Nullable Abi of, boolean seccomp, long size) {
      int number = m.s32(HEAD);
      Syscall call = of == null ? null : SyscallTable.byNumber(of, number);
      List<Value.Field> f = new ArrayList<>(3);
      String[] names = call == null ? new String[0] : new String[] {"__NR_" + call.name()};
      f.add(Value.field("nr", new Value.Sym(number, Value.Base.DEC, names, 0, null, false)));
      Value[] args = new Value[(int) Math.min(6, (size - HEAD - 8) / 8)];
      for (int i = 0; i < args.length; i++) {
        args[i] = Value.hex(m.s64(HEAD + 8 + 8 * i));
      }
      if (args.length > 0) {
        f.add(Value.field("args", Value.array(args)));
      }
      if (seccomp && size >= HEAD + 60) {
        f.add(Value.field("ret_data", Value.udec(m.u32(HEAD + 56))));
      }
      return new Value.Struct(f.toArray(new Value.Field[0]), false);
    }
  }
}
