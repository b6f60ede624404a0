// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.text.TextOptions.HexStrings;

/**
 * Escapes bytes of a tracee as C would, by strace's rules (strace(1), {@code --strings-in-hex}):
 * letters for white space, the shortest octal escape that the next character does not change, or
 * hex.
 */
final class Quoting {
  private Quoting() {}

  /** {@code "bytes"}. */
  static void quote(TextBuffer out, byte[] bytes, HexStrings hex) {
    out.raw('"');
    escape(out, bytes, 0, bytes.length, hex, false);
    out.raw('"');
  }

  /**
   * What stands between quotes, or between angle brackets.
   *
   * @param angle whether {@code <} and {@code >} are escaped as well
   */
  static void escape(
      TextBuffer out, byte[] bytes, int from, int to, HexStrings hex, boolean angle) {
    if (hex == HexStrings.ALL || (hex == HexStrings.NON_ASCII && !isText(bytes, from, to))) {
      for (int i = from; i < to; i++) {
        out.raw('\\').raw('x').hexDigits(bytes[i], 2);
      }
      return;
    }
    for (int i = from; i < to; i++) {
      int c = bytes[i] & 0xff;
      switch (c) {
        case '"', '\\' -> out.raw('\\').raw(c);
        case '\t' -> out.raw('\\').raw('t');
        case '\n' -> out.raw('\\').raw('n');
        case 0x0b -> out.raw('\\').raw('v');
        case '\f' -> out.raw('\\').raw('f');
        case '\r' -> out.raw('\\').raw('r');
        default -> {
          if (c >= ' ' && c <= '~' && !(angle && (c == '<' || c == '>'))) {
            out.raw(c);
          } else if (hex == HexStrings.NON_ASCII_CHARS) {
            out.raw('\\').raw('x').hexDigits(c, 2);
          } else {
            boolean digitFollows = i + 1 < to && bytes[i + 1] >= '0' && bytes[i + 1] <= '7';
            out.raw('\\').octalDigits(c, digitFollows ? 3 : 1);
          }
        }
      }
    }
  }

  private static boolean isText(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      int c = bytes[i];
      boolean whiteSpace = c >= '\t' && c <= '\r';
      if (!whiteSpace && (c < ' ' || c > '~')) {
        return false;
      }
    }
    return true;
  }
}
