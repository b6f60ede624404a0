// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * An extended regular expression of POSIX (regex(7)) as the GNU C library reads it, found anywhere
 * in a name. It is translated for {@code java.util.regex}, which differs in bracket expressions, in
 * what a brace or parenthesis out of place means, and in letters behind a backslash.
 */
final class ExtendedRegex {
  private static final String[] CLASSES = {
    "alnum", "\\p{Alnum}",
    "alpha", "\\p{Alpha}",
    "blank", "\\p{Blank}",
    "cntrl", "\\p{Cntrl}",
    "digit", "\\p{Digit}",
    "graph", "\\p{Graph}",
    "lower", "\\p{Lower}",
    "print", "\\p{Print}",
    "punct", "\\p{Punct}",
    "space", "\\p{Space}",
    "upper", "\\p{Upper}",
    "xdigit", "\\p{XDigit}",
  };

  private final String source;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private final Matcher matcher;

  /**
   * @throws FilterSyntaxException with the C library's words for the mistake
   */
  ExtendedRegex(String source) throws FilterSyntaxException {
    this.source = source;
    translate();
    try {
      this.matcher = Pattern.compile(out.toString()).matcher("");
    } catch (PatternSyntaxException e) {
      throw error("Invalid regular expression");
    }
  }

  boolean find(String name) {
    return matcher.reset(name).find();
  }

  private FilterSyntaxException error(String what) {
    return new FilterSyntaxException("regcomp: " + source + ": " + what);
  }

  private void translate() throws FilterSyntaxException {
    int open = 0;
    // Whether something stands before that a repetition can apply to.
    boolean repeatable = false;
    while (at < source.length()) {
      char c = source.charAt(at++);
      switch (c) {
        case '\\':
          if (at == source.length()) {
            throw error("Trailing backslash");
          }
          escape(source.charAt(at++));
          repeatable = true;
          break;
        case '[':
          bracket();
          repeatable = true;
          break;
        case '(':
          open++;
          out.append('(');
          repeatable = false;
          break;
        case ')':
          // One that closes nothing stands for itself.
          out.append(open > 0 ? ")" : "\\)");
          open = Math.max(0, open - 1);
          repeatable = true;
          break;
        case '|':
        case '^':
          out.append(c);
          repeatable = false;
          break;
        case '*':
        case '+':
        case '?':
        case '{':
          if (!repeatable) {
            throw error("Invalid preceding regular expression");
          }
          repetition(c);
          break;
        case '}':
          out.append("\\}");
          repeatable = true;
          break;
        default:
          out.append(c);
          repeatable = true;
      }
    }
    if (open > 0) {
      throw error("Unmatched ( or \\(");
    }
  }

  /** A letter behind a backslash: GNU's few, or the character itself. */
  private void escape(char c) {
    if ("wWsSbB".indexOf(c) >= 0) {
      out.append('\\').append(c);
    } else if (c == '<' || c == '>') {
      out.append("\\b");
    } else if (c >= '1' && c <= '9') {
      out.append('\\').append(c);
    } else {
      literal(c);
    }
  }

  private void literal(char c) {
    if (!Character.isLetterOrDigit(c)) {
      out.append('\\');
    }
    out.append(c);
  }

  /** Applied to a group, so that one behind another neither becomes possessive nor lazy. */
  private void repetition(char c) throws FilterSyntaxException {
    String repetition = String.valueOf(c);
    if (c == '{') {
      int close = source.indexOf('}', at);
      if (close < 0) {
        throw error("Unmatched \\{");
      }
      repetition = source.substring(at - 1, close + 1);
      String bounds = source.substring(at, close);
      at = close + 1;
      if (bounds.isEmpty() || !digitsAndComma(bounds)) {
        throw error("Invalid content of \\{\\}");
      }
      if (bounds.charAt(0) == ',') {
        repetition = "{0" + bounds + "}";
      }
    }
    int begin = lastAtom();
    out.insert(begin, "(?:").append(')').append(repetition);
  }

  private static boolean digitsAndComma(String text) {
    boolean comma = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ',' && !comma) {
        comma = true;
      } else if (c < '0' || c > '9') {
        return false;
      }
    }
    return true;
  }

  /** Where in the output the last atom begins: what a repetition applies to. */
  private int lastAtom() {
    // Walk the output from its start: it has only what this class writes, so this is easy and rare.
    int atom = 0;
    int i = 0;
    int depth = 0;
    int[] groups = new int[out.length() + 1];
    while (i < out.length()) {
      char c = out.charAt(i);
      int begin = i;
      if (c == '\\') {
        i += 2;
        if (i < out.length() && out.charAt(i - 1) == 'p' && out.charAt(i) == '{') {
          i = out.indexOf("}", i) + 1;
        }
      } else if (c == '[') {
        i = endOfClass(i);
      } else if (c == '(') {
        groups[depth++] = begin;
        i += out.charAt(i + 1) == '?' ? 3 : 1;
        continue;
      } else if (c == ')') {
        begin = groups[--depth];
        i++;
      } else if (c == '{') {
        i = out.indexOf("}", i) + 1;
        continue;
      } else if (c == '*' || c == '+' || c == '?') {
        i++;
        continue;
      } else {
        i++;
      }
      atom = begin;
    }
    return atom;
  }

  private int endOfClass(int begin) {
    int i = begin + 1;
    while (out.charAt(i) != ']') {
      i += out.charAt(i) == '\\' ? 2 : 1;
    }
    return i + 1;
  }

  private void bracket() throws FilterSyntaxException {
    out.append('[');
    if (at < source.length() && source.charAt(at) == '^') {
      out.append('^');
      at++;
    }
    boolean first = true;
    while (true) {
      if (at >= source.length()) {
        throw error(first ? "Invalid regular expression" : "Unmatched [, [^, [:, [., or [=");
      }
      char c = source.charAt(at);
      if (c == ']' && !first) {
        at++;
        out.append(']');
        return;
      }
      if (c == '[' && at + 1 < source.length() && source.charAt(at + 1) == ':') {
        namedClass();
      } else {
        range(c);
      }
      first = false;
    }
  }

  private void namedClass() throws FilterSyntaxException {
    int end = source.indexOf(":]", at + 2);
    if (end < 0) {
      throw error("Unmatched [, [^, [:, [., or [=");
    }
    String name = source.substring(at + 2, end);
    at = end + 2;
    for (int i = 0; i < CLASSES.length; i += 2) {
      if (CLASSES[i].equals(name)) {
        out.append(CLASSES[i + 1]);
        return;
      }
    }
    throw error("Invalid character class name");
  }

  private void range(char from) throws FilterSyntaxException {
    at++;
    literal(from);
    if (at + 1 < source.length() && source.charAt(at) == '-' && source.charAt(at + 1) != ']') {
      char to = source.charAt(at + 1);
      if (to < from) {
        throw error("Invalid range end");
      }
      at += 2;
      out.append('-');
      literal(to);
    }
  }
}
