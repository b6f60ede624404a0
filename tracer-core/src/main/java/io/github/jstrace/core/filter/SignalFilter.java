// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import io.github.jstrace.tables.Signals;

/** Selects signals by number ({@code -e signal=}). */
public final class SignalFilter {
  /** The largest number that the grammar takes. */
  private static final int MAX = 255;

  public static final SignalFilter ALL = new SignalFilter(new boolean[0], true);
  public static final SignalFilter NONE = new SignalFilter(new boolean[0], false);

  private final boolean[] members;
  private final boolean others;

  private SignalFilter(boolean[] members, boolean others) {
    this.members = members;
    this.others = others;
  }

  /**
   * Reads {@code [!]all}, {@code [!]none} or {@code [!]SIGNAL[,SIGNAL]...}, signals being numbers
   * or names in any case with or without {@code SIG}.
   */
  public static SignalFilter parse(String text) throws FilterSyntaxException {
    int begin = 0;
    while (begin < text.length() && text.charAt(begin) == '!') {
      begin++;
    }
    boolean inverted = (begin & 1) != 0;
    String list = text.substring(begin);
    if (list.equals("all")) {
      return inverted ? NONE : ALL;
    }
    if (list.equals("none")) {
      return inverted ? ALL : NONE;
    }
    boolean[] members = new boolean[MAX + 1];
    boolean any = false;
    int at = 0;
    while (at <= list.length()) {
      int comma = list.indexOf(',', at);
      int end = comma < 0 ? list.length() : comma;
      if (end > at) {
        any = true;
        members[number(list.substring(at, end))] = true;
      }
      at = end + 1;
    }
    if (!any) {
      throw new FilterSyntaxException("invalid signal '" + text + "'");
    }
    if (inverted) {
      for (int i = 0; i < members.length; i++) {
        members[i] = !members[i];
      }
    }
    return new SignalFilter(members, inverted);
  }

  private static int number(String item) throws FilterSyntaxException {
    int number = 0;
    for (int i = 0; i < item.length() && number <= MAX; i++) {
      char c = item.charAt(i);
      if (c < '0' || c > '9') {
        number = -1;
        break;
      }
      number = number * 10 + c - '0';
    }
    if (number < 0) {
      number = Signals.number(item);
    }
    if (number < 0 || number > MAX) {
      throw new FilterSyntaxException("invalid signal '" + item + "'");
    }
    return number;
  }

  public boolean contains(int signal) {
    return signal >= 0 && signal < members.length ? members[signal] : others;
  }
}
