// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

/**
 * A choice among a few names, as {@code -e status=} and {@code -e quiet=} take it: {@code [!]all},
 * {@code [!]none} or {@code [!]NAME[,NAME]...}. The result is a bit mask, bit i standing for name
 * i.
 */
public final class NamedBits {
  private NamedBits() {}

  /**
   * Reads a choice.
   *
   * @param what what is chosen, for the message: {@code status}
   * @param names all names, at most 31; several for one thing with {@code |} between them
   * @throws FilterSyntaxException for a name that is not among them, or no name at all
   */
  public static int parse(String text, String what, String... names) throws FilterSyntaxException {
    int all = (1 << names.length) - 1;
    int begin = 0;
    while (begin < text.length() && text.charAt(begin) == '!') {
      begin++;
    }
    boolean inverted = (begin & 1) != 0;
    String list = text.substring(begin);
    int bits = 0;
    if (list.equals("all")) {
      bits = all;
    } else if (!list.equals("none")) {
      int at = 0;
      boolean any = false;
      while (at <= list.length()) {
        int comma = list.indexOf(',', at);
        int end = comma < 0 ? list.length() : comma;
        if (end > at) {
          any = true;
          bits |= bit(list.substring(at, end), what, names);
        }
        at = end + 1;
      }
      if (!any) {
        throw new FilterSyntaxException("invalid " + what + " '" + text + "'");
      }
    }
    return inverted ? all & ~bits : bits;
  }

  private static int bit(String name, String what, String[] names) throws FilterSyntaxException {
    for (int i = 0; i < names.length; i++) {
      if (isCalled(names[i], name)) {
        return 1 << i;
      }
    }
    throw new FilterSyntaxException("invalid " + what + " '" + name + "'");
  }

  private static boolean isCalled(String names, String name) {
    int at = 0;
    while (at <= names.length()) {
      int bar = names.indexOf('|', at);
      int end = bar < 0 ? names.length() : bar;
      if (end - at == name.length() && names.regionMatches(true, at, name, 0, end - at)) {
        return true;
      }
      at = end + 1;
    }
    return false;
  }
}
