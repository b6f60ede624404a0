// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads signatures and types; the grammar is in {@code ARCHITECTURE.md}, section "Types". */
public final class SignatureParser {
  private static final String[] NONE = {};

  private final String text;
  private int pos;

  private SignatureParser(String text) {
    this.text = text;
  }

  /**
   * Parses {@code (name: TYPE, …) -> RESULT}.
   *
   * @throws IllegalArgumentException naming the place, if the tables are wrong
   */
  public static Signature parse(String text) {
    return new SignatureParser(text).signature();
  }

  /** Parses one type. */
  public static TypeExpr parseType(String text) {
    SignatureParser parser = new SignatureParser(text);
    TypeExpr type = parser.type();
    parser.expectEnd();
    return type;
  }

  private Signature signature() {
    boolean indirect = acceptWord("indirect");
    List<Signature.Param> params = new ArrayList<>();
    expect('(');
    if (!accept(')')) {
      do {
        boolean labelled = accept('=');
        String name = word();
        int slot = accept('@') ? (int) parseNumber(word()) : -1;
        expect(':');
        params.add(new Signature.Param(name, type(), slot, labelled));
      } while (accept(','));
      expect(')');
    }
    TypeExpr result =
        accept("->")
            ? type()
            : new TypeExpr(TypeExpr.Direction.IN, new TypeExpr.Named("ulong"), null);
    expectEnd();
    return new Signature(params.toArray(new Signature.Param[0]), result, indirect);
  }

  private TypeExpr type() {
    TypeExpr.Direction direction = TypeExpr.Direction.IN;
    if (acceptWord("out")) {
      direction = TypeExpr.Direction.OUT;
    } else if (acceptWord("inout")) {
      direction = TypeExpr.Direction.INOUT;
    }
    TypeExpr.Core core = core();
    return new TypeExpr(direction, core, acceptWord("if") ? condition() : null);
  }

  private TypeExpr.Core core() {
    if (accept('*')) {
      return new TypeExpr.Pointer(core());
    }
    String name = word();
    TypeExpr.Core core;
    if (name.equals("switch")) {
      core = switchCore();
    } else {
      core = new TypeExpr.Named(name, accept('<') ? params() : NONE);
    }
    List<String> lengths = new ArrayList<>(0);
    while (accept('[')) {
      lengths.add(word());
      expect(']');
    }
    for (int i = lengths.size() - 1; i >= 0; i--) {
      core = new TypeExpr.Array(core, lengths.get(i));
    }
    return core;
  }

  private TypeExpr.Core switchCore() {
    expect('<');
    TypeExpr.Ref ref = ref();
    expect('>');
    expect('{');
    List<TypeExpr.Case> cases = new ArrayList<>();
    while (!accept('}')) {
      List<String> constants = new ArrayList<>();
      if (!accept('*')) {
        do {
          constants.add(word());
        } while (accept(','));
      }
      expect(':');
      cases.add(new TypeExpr.Case(constants.toArray(NONE), type()));
      if (!accept(';')) {
        expect('}');
        break;
      }
    }
    return new TypeExpr.Switch(ref, cases.toArray(new TypeExpr.Case[0]));
  }

  private TypeExpr.Ref ref() {
    String name = word();
    return new TypeExpr.Ref(name, accept('&') ? parseNumber(word()) : -1);
  }

  private TypeExpr.Condition condition() {
    String ref = word();
    String[] mask = accept('&') ? constants() : NONE;
    if (accept("==")) {
      return new TypeExpr.Condition(ref, mask, TypeExpr.Test.EQUAL, constants());
    }
    if (accept("!=")) {
      return new TypeExpr.Condition(ref, mask, TypeExpr.Test.NOT_EQUAL, constants());
    }
    if (accept(">=")) {
      return new TypeExpr.Condition(ref, mask, TypeExpr.Test.AT_LEAST, constants());
    }
    if (accept("<")) {
      return new TypeExpr.Condition(ref, mask, TypeExpr.Test.LESS, constants());
    }
    return new TypeExpr.Condition(ref, mask, TypeExpr.Test.NON_ZERO, NONE);
  }

  private String[] constants() {
    List<String> list = new ArrayList<>();
    do {
      list.add(word());
    } while (accept('|'));
    return list.toArray(NONE);
  }

  /**
   * The parameters up to the closing bracket, unparsed: only who owns the name knows what they are.
   */
  private String[] params() {
    List<String> list = new ArrayList<>();
    int depth = 0;
    int start = pos;
    while (pos < text.length()) {
      char c = text.charAt(pos++);
      if (c == '<' || c == '{' || c == '(') {
        depth++;
      } else if (c == '}' || c == ')') {
        depth--;
      } else if (c == ',' && depth == 0) {
        list.add(text.substring(start, pos - 1).trim());
        start = pos;
      } else if (c == '>' && depth-- == 0) {
        list.add(text.substring(start, pos - 1).trim());
        return list.toArray(NONE);
      }
    }
    throw error("'>' is missing");
  }

  private static boolean isWord(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '_'
        || c == '.';
  }

  private void skipBlanks() {
    while (pos < text.length() && text.charAt(pos) <= ' ') {
      pos++;
    }
  }

  /** A name or a number. */
  private String word() {
    skipBlanks();
    int start = pos;
    if (pos < text.length() && text.charAt(pos) == '-') {
      pos++;
    }
    while (pos < text.length() && isWord(text.charAt(pos))) {
      pos++;
    }
    if (pos == start) {
      throw error("a name is missing");
    }
    return text.substring(start, pos);
  }

  private boolean acceptWord(String word) {
    skipBlanks();
    int end = pos + word.length();
    if (!text.startsWith(word, pos) || end < text.length() && isWord(text.charAt(end))) {
      return false;
    }
    pos = end;
    return true;
  }

  private boolean accept(char c) {
    skipBlanks();
    if (pos < text.length() && text.charAt(pos) == c) {
      pos++;
      return true;
    }
    return false;
  }

  private boolean accept(String s) {
    skipBlanks();
    if (text.startsWith(s, pos)) {
      pos += s.length();
      return true;
    }
    return false;
  }

  private void expect(char c) {
    if (!accept(c)) {
      throw error("'" + c + "' is missing");
    }
  }

  private void expectEnd() {
    skipBlanks();
    if (pos < text.length()) {
      throw error("unexpected text");
    }
  }

  private IllegalArgumentException error(String what) {
    return new IllegalArgumentException(what + " at " + pos + " of: " + text);
  }

  /**
   * The value of a C literal (decimal, 0x, 0 octal, with a sign), or null if {@code word} is a
   * name.
   */
  public static @Nullable Long number(String word) {
    char c = word.charAt(0);
    return c >= '0' && c <= '9' || c == '-' && word.length() > 1 ? parseNumber(word) : null;
  }

  private static long parseNumber(String word) {
    boolean negative = word.charAt(0) == '-';
    String digits = negative ? word.substring(1) : word;
    long value;
    if (digits.startsWith("0x")) {
      value = Long.parseUnsignedLong(digits, 2, digits.length(), 16);
    } else if (digits.length() > 1 && digits.charAt(0) == '0') {
      value = Long.parseUnsignedLong(digits, 1, digits.length(), 8);
    } else {
      value = Long.parseUnsignedLong(digits);
    }
    return negative ? -value : value;
  }
}
