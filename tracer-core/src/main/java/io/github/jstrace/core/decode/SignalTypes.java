// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Signals;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Signal sets and actions. */
final class SignalTypes {
  private static final long SA_RESTORER = 0x04000000;
  private static final int SIGSET_BYTES = 8;

  private SignalTypes() {}

  /**
   * A signal set behind a pointer; one that is smaller than a word or larger than the kernel's is
   * shown by its address.
   */
  static final class Sigset extends JavaType {
    private final Abi abi;
    private final Ref size;
    private final int minSize;
    private final int maxSize;

    Sigset(Abi abi, Ref size, int minSize, int maxSize, Direction direction) {
      super(abi, direction);
      this.abi = abi;
      this.size = size;
      this.minSize = minSize;
      this.maxSize = maxSize;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(direction(), at, maxSize);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long bytes = size.get(c);
      if (bytes < minSize || bytes > maxSize) {
        return Value.unreadable(raw);
      }
      MemoryView m = c.read(raw, (int) bytes);
      return m == null ? Value.unreadable(raw) : sigset(abi, mask(m), (int) bytes * 8);
    }
  }

  private static long mask(MemoryView m) {
    long bits = 0;
    for (int i = m.length() - 1; i >= 0; i--) {
      bits = bits << 8 | m.u8(i);
    }
    return bits;
  }

  /** A signal set in a struct or a register. */
  static final class SigsetInPlace extends ScalarType {
    private final Abi abi;

    SigsetInPlace(Abi abi, int size) {
      super(abi, size, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    boolean bracketed() {
      return false;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return sigset(abi, raw, size() * 8);
    }
  }

  /**
   * The names of a set; when more than two thirds of the signals are in it, strace shows which are
   * not.
   *
   * @param bits signal n is bit n-1
   * @param count how many bits there are: 32 or 64
   */
  static Value sigset(Abi abi, long bits, int count) {
    boolean complement = Long.bitCount(bits) > count * 2 / 3;
    long shown = complement ? ~bits : bits;
    List<String> names = new ArrayList<>();
    for (int signal = 1; signal <= count; signal++) {
      if ((shown >>> (signal - 1) & 1) != 0) {
        names.add(Signals.shortName(signal));
      }
    }
    return new Value.NameSet(names.toArray(Value.NO_NAMES), complement);
  }

  /**
   * {@code struct kernel_sigaction}: handler, flags, restorer and mask of a word each, the mask of
   * 8 bytes ({@code asm-generic/signal.h}); the old i386 one has a mask of a word in second place.
   */
  static final class Sigaction extends JavaType {
    private final Abi abi;
    private final boolean old;

    Sigaction(Abi abi, boolean old, Direction direction) {
      super(abi, direction);
      this.abi = abi;
      this.old = old;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(direction(), at, 3 * abi.wordSize() + SIGSET_BYTES);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!c.verbose()) {
        return Value.addr(raw);
      }
      int word = abi.wordSize();
      int length = old ? 4 * word : 3 * word + SIGSET_BYTES;
      MemoryView m = c.read(raw, length);
      if (m == null) {
        return Value.unreadable(raw);
      }
      long flags = m.load(old ? 2 * word : word, word, false);
      Value.Field[] f = new Value.Field[4];
      f[0] = Value.field("sa_handler", handler(m.load(0, word, false)));
      f[1] =
          Value.field(
              "sa_mask",
              old
                  ? sigset(abi, m.load(word, word, false), 8 * word)
                  : sigset(abi, m.s64(length - SIGSET_BYTES), 64));
      f[2] = Value.field("sa_flags", Sets.flags("sigaction_flags", abi, flags));
      int count = 3;
      if ((flags & SA_RESTORER) != 0) {
        f[count++] =
            Value.field("sa_restorer", Value.addr(m.load(old ? 3 * word : 2 * word, word, false)));
      }
      return new Value.Struct(java.util.Arrays.copyOf(f, count), false);
    }
  }

  /** A signal handler, as signal(2) takes it too. */
  static Value handler(long raw) {
    if (raw == 0) {
      return Value.name(0, "SIG_DFL");
    }
    if (raw == 1) {
      return Value.name(1, "SIG_IGN");
    }
    return raw == -1 || raw == 0xffffffffL ? Value.name(raw, "SIG_ERR") : Value.addr(raw);
  }

  static final class Handler extends ScalarType {
    Handler(Abi abi) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return handler(raw);
    }
  }

  /** The result of sgetmask(2) and ssetmask(2), a mask: {@code 0x2 (mask [INT])}. */
  static final class MaskResult extends ScalarType {
    private final Abi abi;
    private final String label;

    MaskResult(Abi abi, String label) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
      this.label = label;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      c.setNote(new Value.Prefixed(label, sigset(abi, raw, 32)));
      return Value.hex(raw);
    }
  }

  /**
   * The mask that a signal handler's return restores: in the frame that the kernel put on the stack
   * ({@code struct rt_sigframe} of {@code asm/sigframe.h}, Linux 6.18), which the stack pointer is
   * at when the handler has returned.
   */
  static final class SigreturnMask extends Type {
    private final Abi abi;
    private final boolean old;

    /** {@code old}: of sigreturn(2), not rt_sigreturn(2). */
    SigreturnMask(Abi abi, boolean old) {
      this.abi = abi;
      this.old = old;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      Place frame = Place.register(CapturePlan.STACK_POINTER);
      if (old) {
        capture.bytes(Phase.ENTRY, frame.plus(abi.oldFrameMask()), SIGSET_BYTES / 2);
        capture.bytes(Phase.ENTRY, frame.plus(abi.oldFrameMaskRest()), SIGSET_BYTES / 2);
      } else {
        capture.bytes(Phase.ENTRY, frame.plus(abi.frameMask()), SIGSET_BYTES);
      }
    }

    @Override
    int slots() {
      return 0;
    }

    @Override
    int size() {
      return abi.wordSize();
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long at = c.tracee().stackPointer() + (old ? abi.oldFrameMask() : abi.frameMask());
      MemoryView m = c.read(at, old ? SIGSET_BYTES / 2 : SIGSET_BYTES);
      MemoryView rest =
          old ? c.read(c.tracee().stackPointer() + abi.oldFrameMaskRest(), SIGSET_BYTES / 2) : m;
      if (m == null || rest == null) {
        Value address = Value.unreadable(at);
        return c.verbose() ? address : Value.struct(Value.field("mask", address));
      }
      long bits = old ? m.u32(0) | rest.u32(0) << 32 : m.s64(0);
      return Value.struct(Value.field("mask", sigset(abi, bits, 8 * SIGSET_BYTES)));
    }
  }
}
