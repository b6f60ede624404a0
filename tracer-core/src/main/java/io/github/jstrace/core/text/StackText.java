// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.stack.StackFrame;
import io.github.jstrace.core.text.TextOptions.HexStrings;

/** The line of a stack frame: {@code > FILE(FUNCTION+0xOFFSET) [0xPLACE] SOURCE:LINE}. */
final class StackText {
  private StackText() {}

  static void append(TextBuffer out, StackFrame frame) {
    out.ascii(" > ");
    if (frame == StackFrame.MORE) {
      out.ascii("too many stack frames");
      return;
    }
    byte[] object = frame.object();
    if (object == null) {
      out.ascii("unexpected_backtracing_error");
    } else {
      escaped(out, object);
      out.raw('(');
      byte[] symbol = frame.symbol();
      if (symbol != null) {
        escaped(out, symbol);
        out.raw('+').ascii("0x").hexDigits(frame.symbolOffset(), digits(frame.symbolOffset()));
      }
      out.raw(')');
    }
    out.ascii(" [0x").hexDigits(frame.objectOffset(), digits(frame.objectOffset())).raw(']');
    byte[] source = frame.source();
    if (source != null) {
      out.raw(' ');
      escaped(out, source);
      out.raw(':').dec(frame.line());
    }
  }

  private static int digits(long value) {
    return Math.max(1, (67 - Long.numberOfLeadingZeros(value)) / 4);
  }

  /** Names as they are, but for what would steer a terminal or break the line. */
  private static void escaped(TextBuffer out, byte[] name) {
    int from = 0;
    for (int i = 0; i < name.length; i++) {
      if (name[i] == '"' || name[i] == '\\') {
        Quoting.escape(out, name, from, i, HexStrings.NONE, false);
        out.raw(name[i]);
        from = i + 1;
      }
    }
    Quoting.escape(out, name, from, name.length, HexStrings.NONE, false);
  }
}
