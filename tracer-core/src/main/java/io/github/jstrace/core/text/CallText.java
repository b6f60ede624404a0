// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.text.Palette.Kind;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Errno;

/** The text of a call: its name and arguments, as far as they are known, and its result. */
final class CallText {
  private final TextBuffer out;
  private final TextRenderer renderer;
  private final TextOptions options;

  CallText(TextBuffer out, TextRenderer renderer, TextOptions options) {
    this.out = out;
    this.renderer = renderer;
    this.options = options;
  }

  /**
   * Appends the name and the arguments that are known at entry.
   *
   * @return whether the text ends in a comma for the next argument
   */
  boolean entry(DecodedCall call) {
    renderer.begin(Kind.SYSCALL);
    out.ascii(call.name());
    renderer.end();
    out.raw('(');
    boolean any = false;
    for (int i = 0; i < call.entryCount(); i++) {
      Value arg = call.arg(i);
      if (arg instanceof Value.Omitted) {
        continue;
      }
      if (any) {
        out.raw(',').raw(' ');
      }
      any = true;
      name(call, i);
      if (arg instanceof Value.Changed changed && i == call.entryCount() - 1) {
        // the other half follows in rest()
        renderer.render(changed.before(), call.abbreviated());
      } else {
        renderer.render(arg, call.abbreviated());
      }
    }
    boolean comma = any && call.entryPending() && commaAtEntry(call);
    if (comma) {
      out.raw(',').raw(' ');
    }
    return comma;
  }

  /**
   * Whether strace writes the comma before the arguments that come at exit along with those of the
   * entry. It depends on the call only in how strace prints it.
   */
  private static boolean commaAtEntry(DecodedCall call) {
    String name = call.name();
    return !(name.equals("clone")
        || name.equals("clone3")
        || name.equals("ioctl")
        || name.equals("sched_setattr"));
  }

  /** Appends the arguments from {@code from} on, which became known at exit. */
  void rest(DecodedCall call, int from, boolean commaShown) {
    if (from > 0 && call.arg(from - 1) instanceof Value.Changed changed) {
      out.ascii(" => ");
      renderer.render(changed.after(), call.abbreviated());
    }
    boolean any = !commaShown && anyShown(call, from);
    for (int i = from; i < call.argCount(); i++) {
      Value arg = call.arg(i);
      if (arg instanceof Value.Omitted) {
        continue;
      }
      if (any) {
        out.raw(',').raw(' ');
      }
      any = true;
      name(call, i);
      renderer.render(arg, call.abbreviated());
    }
  }

  private void name(DecodedCall call, int index) {
    if (options.argNames() && !(call.arg(index) instanceof Value.Labelled)) {
      renderer.fieldName(call.raw() ? "arg" + (index + 1) : call.argName(index));
    }
  }

  private static boolean anyShown(DecodedCall call, int count) {
    for (int i = 0; i < count; i++) {
      if (!(call.arg(i) instanceof Value.Omitted)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Ends the arguments and goes to where the result stands.
   *
   * @param column the width of the line without what is in the buffer
   */
  void closeAndAlign(int column) {
    out.raw(')').raw(' ');
    out.spaces(options.column() - column - out.width());
    out.raw('=').raw(' ');
  }

  /** Appends the result, or the error, and the time that the call took. */
  void result(Tracee tracee, DecodedCall call) {
    int errno = tracee.errno();
    renderer.begin(Kind.RETVAL);
    if (errno == Tracee.SUCCESS) {
      Value result = call.result();
      if (result == null) {
        plainResult(tracee);
      } else {
        renderer.render(result, call.abbreviated());
      }
    } else {
      out.ascii(Errno.isRestart(errno) ? "?" : "-1");
    }
    renderer.end();
    if (errno != Tracee.SUCCESS) {
      out.raw(' ');
      renderer.begin(Kind.ERROR);
      error(errno);
      renderer.end();
    }
    Value note = call.note();
    if (note != null && renderer.showsNote(note)) {
      out.raw(' ');
      renderer.begin(Kind.COMMENT);
      out.raw('(');
      renderer.renderNote(note, call.abbreviated());
      out.raw(')');
      renderer.end();
    }
    if (tracee.tampering() != 0) {
      tampering(tracee.tampering());
    }
    if (options.syscallTimes()) {
      out.raw(' ').raw('<');
      LineLeader.duration(out, tracee.duration(), options.syscallTimesPrecision());
      out.raw('>');
    }
  }

  /** Without a sign: only an injected one can be that large. */
  private void plainResult(Tracee tracee) {
    long result = tracee.result();
    out.udec(tracee.abi().wordSize() == 4 ? result & 0xffffffffL : result);
  }

  private void tampering(int bits) {
    boolean result = (bits & Tracee.TAMPERED_RESULT) != 0;
    if ((bits & Tracee.TAMPERED_ARGUMENTS) != 0) {
      out.ascii(result ? " (INJECTED: args, retval)" : " (INJECTED: args)");
    } else if (result) {
      out.ascii(" (INJECTED)");
    }
    if ((bits & Tracee.DELAYED) != 0) {
      out.ascii(" (DELAYED)");
    }
  }

  private void error(int errno) {
    String name = Errno.name(errno);
    if (name == null) {
      out.ascii("(errno ").dec(errno).raw(')');
    } else {
      out.ascii(name).ascii(" (").ascii(Errno.message(errno)).raw(')');
    }
  }
}
