// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Length;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** What ptrace(2) stores of which only its result or another argument says how much it is. */
final class PtraceAnswers {
  private PtraceAnswers() {}

  /** What was given; {@code registers} null if the call is to store them. */
  private record Vector(long base, long length, @Nullable Value registers) {}

  /** {@code struct iovec} that says where a set of registers goes to or comes from. */
  static final class Regset extends JavaType {
    private static final int NT_PRSTATUS = 1;
    private static final int NT_FPREGSET = 2;

    private final int word;
    private final Ref note;
    private final StructType general;
    private final StructType floating;

    Regset(TypeCompiler compiler, Ref note, Direction direction) {
      super(compiler.abi(), direction);
      this.word = compiler.abi().wordSize();
      this.note = note;
      this.general = compiler.requireStruct("user_regs");
      this.floating = compiler.requireStruct("user_fpregs");
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, 2 * word);
      capture.bytes(Phase.EXIT, at, 2 * word);
      if (at != null) {
        Phase phase = direction() == Direction.OUT ? Phase.EXIT : Phase.ENTRY;
        capture.bytes(phase, at.pointerAt(0), Math.max(general.size(), floating.size()));
      }
    }

    /** The kernel lowers the length to that of the registers, in both directions. */
    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      MemoryView m = raw == 0 ? null : c.read(raw, 2 * word);
      if (m == null) {
        c.setStash(null);
        return;
      }
      long base = m.load(0, word, false);
      long length = m.load(word, word, false);
      boolean given = direction() == Direction.IN;
      c.setStash(new Vector(base, length, given ? registers(c, base, length) : null));
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == 0 ? Value.NULL : show(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!(c.stash() instanceof Vector before)) {
        return Value.addr(raw);
      }
      MemoryView after = c.failed() ? null : c.read(raw, 2 * word);
      long length = after == null ? before.length : after.load(word, word, false);
      Value registers = before.registers;
      if (registers == null) {
        registers =
            after == null
                ? Value.addr(before.base)
                : registers(c, after.load(0, word, false), length);
      }
      Value size = Value.udec(before.length);
      return Value.struct(
          Value.field("iov_base", registers),
          Value.field(
              "iov_len",
              before.length == length ? size : new Value.Changed(size, Value.udec(length))));
    }

    /** As many registers as fit; the kernel deals in words. */
    private Value registers(DecodeContext c, long base, long length) {
      long kind = note.get(c);
      StructType set = kind == NT_PRSTATUS ? general : kind == NT_FPREGSET ? floating : null;
      if (set == null || !c.verbose() || length == 0 || length % word != 0) {
        return Value.addr(base);
      }
      boolean more = Long.compareUnsigned(length, set.size()) > 0;
      MemoryView m = c.read(base, more ? set.size() : (int) length);
      return m == null ? Value.addr(base) : set.readPart(c, m, m.length(), more);
    }
  }

  /** The signals of a queue, as many as the call's result says. */
  static final class Siginfos extends JavaType {
    private final Abi abi;

    Siginfos(Abi abi) {
      super(abi, Direction.OUT);
      this.abi = abi;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.EXIT, at, Length.result(Siginfo.SIZE), CapturePlan.MAX_BYTES);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long count = Math.max(0, c.result());
      long limit = c.brief() ? c.maxString() : Integer.MAX_VALUE;
      java.util.ArrayList<Value> signals = new java.util.ArrayList<>();
      for (long i = 0; i < Math.min(count, limit); i++) {
        MemoryView m = c.read(raw + i * Siginfo.SIZE, Siginfo.SIZE);
        if (m == null) {
          return i == 0 ? Value.unreadable(raw) : new Value.Arr(array(signals), true);
        }
        signals.add(Siginfo.value(c, m, abi));
      }
      return new Value.Arr(array(signals), count > limit);
    }

    private static Value[] array(java.util.List<Value> values) {
      return values.toArray(new Value[0]);
    }
  }

  /** The instructions of a seccomp filter, as many as the call's result says. */
  static final class Filter extends JavaType {
    private static final int INSTRUCTION = 8;

    private final BpfProgram program;

    Filter(Abi abi) {
      super(abi, Direction.OUT);
      this.program = new BpfProgram(abi, true, Direction.OUT);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.EXIT, at, Length.result(INSTRUCTION), CapturePlan.MAX_BYTES);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      int count = (int) Math.max(0, Math.min(c.result(), Integer.MAX_VALUE));
      return c.brief()
          ? Value.addr(raw)
          : new Value.Abbrev(Value.addr(raw), program.instructions(c, raw, count));
    }
  }
}
