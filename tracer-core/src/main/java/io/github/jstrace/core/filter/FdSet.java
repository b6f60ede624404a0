// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import java.util.BitSet;

/** A set of descriptors by number, as {@code -e read=} takes it. */
public final class FdSet {
  public static final FdSet NONE = new FdSet(new BitSet(), false);

  private static final int MAX = 1 << 20;

  private final BitSet members;
  private final boolean inverted;

  private FdSet(BitSet members, boolean inverted) {
    this.members = members;
    this.inverted = inverted;
  }

  /**
   * Reads {@code [!]all}, {@code [!]none} or {@code [!]NUMBER[,NUMBER]...}.
   *
   * @throws FilterSyntaxException for anything else
   */
  public static FdSet parse(String text) throws FilterSyntaxException {
    int begin = 0;
    while (begin < text.length() && text.charAt(begin) == '!') {
      begin++;
    }
    boolean inverted = (begin & 1) != 0;
    String list = text.substring(begin);
    if (list.equals("all")) {
      return new FdSet(new BitSet(), !inverted);
    }
    if (list.equals("none")) {
      return new FdSet(new BitSet(), inverted);
    }
    BitSet members = new BitSet();
    boolean any = false;
    int at = 0;
    while (at <= list.length()) {
      int comma = list.indexOf(',', at);
      int end = comma < 0 ? list.length() : comma;
      if (end > at) {
        any = true;
        members.set(number(list.substring(at, end)));
      }
      at = end + 1;
    }
    if (!any) {
      throw new FilterSyntaxException("invalid descriptor '" + text + "'");
    }
    return new FdSet(members, inverted);
  }

  private static int number(String item) throws FilterSyntaxException {
    int value = 0;
    for (int i = 0; i < item.length(); i++) {
      int digit = item.charAt(i) - '0';
      if (digit < 0 || digit > 9 || value > MAX) {
        throw new FilterSyntaxException("invalid descriptor '" + item + "'");
      }
      value = value * 10 + digit;
    }
    return value;
  }

  public boolean contains(int fd) {
    return fd >= 0 && members.get(fd) != inverted;
  }
}
