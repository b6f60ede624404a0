// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import java.util.Arrays;

/** A set of descriptors by number, as {@code -e read=} takes it. */
public final class FdSet {
  public static final FdSet NONE = new FdSet(new int[0], false);

  /** Ascending; sets are small, and a number may be any. */
  private final int[] members;

  private final boolean inverted;

  private FdSet(int[] members, boolean inverted) {
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
      return new FdSet(new int[0], !inverted);
    }
    if (list.equals("none")) {
      return new FdSet(new int[0], inverted);
    }
    int[] members = new int[list.length()];
    int count = 0;
    int at = 0;
    while (at <= list.length()) {
      int comma = list.indexOf(',', at);
      int end = comma < 0 ? list.length() : comma;
      if (end > at) {
        members[count++] = number(list.substring(at, end));
      }
      at = end + 1;
    }
    if (count == 0) {
      throw new FilterSyntaxException("invalid descriptor '" + text + "'");
    }
    members = Arrays.copyOf(members, count);
    Arrays.sort(members);
    return new FdSet(members, inverted);
  }

  private static int number(String item) throws FilterSyntaxException {
    long value = 0;
    for (int i = 0; i < item.length(); i++) {
      int digit = item.charAt(i) - '0';
      value = value * 10 + digit;
      if (digit < 0 || digit > 9 || value > Integer.MAX_VALUE) {
        throw new FilterSyntaxException("invalid descriptor '" + item + "'");
      }
    }
    return (int) value;
  }

  public boolean contains(int fd) {
    return fd >= 0 && Arrays.binarySearch(members, fd) >= 0 != inverted;
  }
}
