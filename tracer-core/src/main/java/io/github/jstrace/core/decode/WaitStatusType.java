// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Signals;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * Where wait4(2) stores a status, shown in terms of the macros of {@code sys/wait.h}. If there was
 * nothing to wait for, nothing was stored.
 */
final class WaitStatusType extends JavaType {
  private static final String[] PTRACE_EVENTS = {
    null,
    "PTRACE_EVENT_FORK",
    "PTRACE_EVENT_VFORK",
    "PTRACE_EVENT_CLONE",
    "PTRACE_EVENT_EXEC",
    "PTRACE_EVENT_VFORK_DONE",
    "PTRACE_EVENT_EXIT",
    "PTRACE_EVENT_SECCOMP"
  };
  private static final int PTRACE_EVENT_STOP = 128;

  WaitStatusType(Abi abi, Direction direction) {
    super(abi, direction);
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(direction(), at, 4);
  }

  @Override
  Value show(DecodeContext c, long raw) {
    if (c.result() == 0) {
      return Value.addr(raw);
    }
    MemoryView m = c.read(raw, 4);
    return m == null ? Value.unreadable(raw) : Value.array(status(m.s32(0)));
  }

  private static Value status(int status) {
    int low = status & 0x7f;
    String text;
    if (status == 0xffff) {
      text = "WIFCONTINUED(s)";
    } else if ((status & 0xff) == 0x7f) {
      text = stopped(status);
    } else if (low == 0) {
      int rest = status & ~0xff00;
      text = "WIFEXITED(s) && WEXITSTATUS(s) == " + (status >> 8 & 0xff);
      if (rest != 0) {
        text += " | 0x" + Integer.toHexString(rest);
      }
    } else {
      text = "WIFSIGNALED(s) && WTERMSIG(s) == " + signal(low);
      if ((status & 0x80) != 0) {
        text += " && WCOREDUMP(s)";
      }
      int rest = status & ~0xff;
      if (rest != 0) {
        text += " | 0x" + Integer.toHexString(rest);
      }
    }
    return new Value.Struct(
        new Value.Field[] {Value.field("", new Value.Text(text, status))}, false);
  }

  private static String stopped(int status) {
    int signal = status >> 8 & 0xff;
    String text =
        "WIFSTOPPED(s) && WSTOPSIG(s) == "
            + ((signal & 0x80) != 0 ? signal(signal & 0x7f) + " | 0x80" : signal(signal));
    int event = status >>> 16;
    if (event != 0) {
      String name =
          event == PTRACE_EVENT_STOP
              ? "PTRACE_EVENT_STOP"
              : event < PTRACE_EVENTS.length ? PTRACE_EVENTS[event] : null;
      text += " | " + (name == null ? "0x" + Integer.toHexString(event << 16) : name + " << 16");
    }
    return text;
  }

  private static String signal(int number) {
    @Nullable String name = Signals.name(number);
    return name == null ? Integer.toString(number) : name;
  }
}
