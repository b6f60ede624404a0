// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import org.jspecify.annotations.Nullable;

/**
 * Colours of a trace on a terminal ({@code --color}): for each kind of text what is sent before it,
 * an ECMA-48 SGR sequence.
 */
public final class Palette {
  /** Kinds of text, with the names that {@code STRACE_COLORS} has for them in lower case. */
  enum Kind {
    SYSCALL("33"),
    ARGNAME("39"),
    ARGVAL("35"),
    CONST("34"),
    COMMENT("36"),
    PUNCT("0"),
    RETVAL("32"),
    ERROR("31");

    private final String usual;

    Kind(String usual) {
      this.usual = usual;
    }
  }

  private static final Kind[] KINDS = Kind.values();

  private final byte[][] sequences = new byte[KINDS.length][];

  /**
   * The usual colours, but for those that are named.
   *
   * @param custom {@code key=codes} between colons, codes being numbers between semicolons, as in
   *     {@code STRACE_COLORS}; what is not of that form is left out of account. May be null
   */
  public Palette(@Nullable String custom) {
    for (Kind kind : KINDS) {
      sequences[kind.ordinal()] = sequence(kind.usual);
    }
    String list = custom == null ? "" : custom;
    int at = 0;
    while (at < list.length()) {
      int colon = list.indexOf(':', at);
      int end = colon < 0 ? list.length() : colon;
      int equals = list.indexOf('=', at);
      if (equals >= 0 && equals < end) {
        set(list.substring(at, equals).trim(), list.substring(equals + 1, end).trim());
      }
      at = end + 1;
    }
  }

  private void set(String key, String codes) {
    boolean digit = false;
    for (int i = 0; i < codes.length(); i++) {
      char c = codes.charAt(i);
      if ((c < '0' || c > '9') && c != ';') {
        return;
      }
      digit |= c != ';';
    }
    for (Kind kind : KINDS) {
      if (digit && kind.name().equalsIgnoreCase(key)) {
        sequences[kind.ordinal()] = sequence(codes);
      }
    }
  }

  private static byte[] sequence(String codes) {
    byte[] bytes = new byte[codes.length() + 3];
    bytes[0] = 0x1b;
    bytes[1] = '[';
    for (int i = 0; i < codes.length(); i++) {
      bytes[i + 2] = (byte) codes.charAt(i);
    }
    bytes[bytes.length - 1] = 'm';
    return bytes;
  }

  byte[] of(Kind kind) {
    return sequences[kind.ordinal()];
  }
}
