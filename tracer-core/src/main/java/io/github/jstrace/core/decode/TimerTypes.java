// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a timer tells that it has expired, and calls that go on after a stop. */
final class TimerTypes {
  private TimerTypes() {}

  /** {@code struct sigevent} (sigevent(3type), {@code asm-generic/siginfo.h}). */
  static final class Sigevent extends JavaType {
    private static final int SIGEV_NONE = 1;
    private static final int SIGEV_THREAD = 2;
    private static final int SIGEV_THREAD_ID = 4;

    private final Abi abi;

    Sigevent(Abi abi, Direction direction) {
      super(abi, direction);
      this.abi = abi;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, 3 * capture.word() + 8);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      int word = abi.wordSize();
      MemoryView m = c.read(raw, word + 8 + 2 * word);
      if (m == null) {
        return Value.unreadable(raw);
      }
      long pointer = m.load(0, word, false);
      int signal = m.s32(word);
      int notify = m.s32(word + 4);
      int union = word + 8;
      List<Value.Field> f = new ArrayList<>(6);
      if (pointer != 0) {
        f.add(
            Value.field(
                "sigev_value",
                Value.struct(
                    Value.field("sival_int", Value.dec(m.s32(0))),
                    Value.field("sival_ptr", Value.addr(pointer)))));
      }
      boolean named =
          notify != SIGEV_NONE
              && (notify >= 0 && notify <= SIGEV_THREAD || notify == SIGEV_THREAD_ID);
      f.add(
          Value.field(
              "sigev_signo",
              named ? BasicTypes.signal(abi, signal) : Value.udec(signal & 0xffffffffL)));
      f.add(Value.field("sigev_notify", Sets.constant("sigev_notify", abi, notify)));
      if (notify == SIGEV_THREAD_ID) {
        f.add(Value.field("sigev_notify_thread_id", c.pid(m.s32(union))));
      } else if (notify == SIGEV_THREAD) {
        f.add(Value.field("sigev_notify_function", Value.addr(m.load(union, word, false))));
        f.add(
            Value.field("sigev_notify_attributes", Value.addr(m.load(union + word, word, false))));
      }
      return new Value.Struct(f.toArray(new Value.Field[0]), false);
    }
  }

  /** What restart_syscall(2) goes on with: the call that the thread made before. */
  static final class InterruptedCall extends Type {
    private final Abi abi;

    InterruptedCall(Abi abi) {
      this.abi = abi;
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
      int number = c.tracee().previousNumber();
      Syscall previous = number < 0 ? null : SyscallTable.byNumber(abi, number);
      // Like strace, which takes number 0 of x86-64 for what was before it attached.
      String name = previous == null ? "read" : previous.name();
      return new Value.Text("<... resuming interrupted " + name + " ...>", number);
    }
  }
}
