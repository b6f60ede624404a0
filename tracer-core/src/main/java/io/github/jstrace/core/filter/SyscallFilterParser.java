// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallClasses;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.X32;
import java.util.Arrays;
import java.util.List;

/** The grammar of {@code -e trace=}. */
final class SyscallFilterParser {
  /** A number that no call has, and no array must be made for. */
  private static final int NUMBER_LIMIT = 100_000;

  /** In place of a word size: calls of x32. */
  private static final int X32_ONLY = -1;

  private final Abi[] abis;
  private final boolean[][] members = SyscallFilter.NOTHING.clone();

  private SyscallFilterParser(Abi[] abis) {
    this.abis = abis;
  }

  static SyscallFilter parse(String expression, Abi... abis) throws FilterSyntaxException {
    int begin = 0;
    while (begin < expression.length() && expression.charAt(begin) == '!') {
      begin++;
    }
    boolean inverted = (begin & 1) != 0;
    String list = expression.substring(begin);
    if (list.equals("all")) {
      return inverted ? SyscallFilter.NONE : SyscallFilter.ALL;
    }
    if (list.equals("none")) {
      return inverted ? SyscallFilter.ALL : SyscallFilter.NONE;
    }
    SyscallFilterParser parser = new SyscallFilterParser(abis);
    boolean any = false;
    int at = 0;
    while (at <= list.length()) {
      int comma = list.indexOf(',', at);
      int end = comma < 0 ? list.length() : comma;
      if (end > at) {
        any = true;
        parser.item(list.substring(at, end));
      }
      at = end + 1;
    }
    if (!any) {
      throw invalid(expression);
    }
    if (inverted) {
      for (boolean[] numbers : parser.members) {
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = !numbers[i];
        }
      }
    }
    return new SyscallFilter(parser.members, inverted);
  }

  private static FilterSyntaxException invalid(String what) {
    return new FilterSyntaxException("invalid system call '" + what + "'");
  }

  private void item(String written) throws FilterSyntaxException {
    int begin = 0;
    while (begin < written.length() && written.charAt(begin) == '?') {
      begin++;
    }
    String item = written.substring(begin);
    String name = item;
    int wordSize = 0;
    int at = item.lastIndexOf('@');
    if (at >= 0) {
      name = item.substring(0, at);
      wordSize = wordSize(item, item.substring(at + 1));
    }
    boolean mayBeUnknown = begin > 0;
    if (!add(name, wordSize) && !mayBeUnknown) {
      throw invalid(item);
    }
  }

  /** Bytes of a long of the ABI meant, or {@link #X32_ONLY}. */
  private static int wordSize(String item, String designator) throws FilterSyntaxException {
    switch (designator) {
      case "64":
        return 8;
      case "32":
        return 4;
      case "x32":
        return X32_ONLY;
      default:
        throw new FilterSyntaxException(
            "incorrect personality designator '" + designator + "' in qualification '" + item + "'",
            true);
    }
  }

  /** Whether {@code name} means anything in the ABIs selected. */
  private boolean add(String name, int wordSize) throws FilterSyntaxException {
    if (name.isEmpty()) {
      return false;
    }
    char first = name.charAt(0);
    if (first >= '0' && first <= '9') {
      return addNumber(name, wordSize);
    }
    if (first == '/') {
      ExtendedRegex regex = new ExtendedRegex(name.substring(1));
      boolean found = false;
      for (int i = 0; i < SyscallTable.size(); i++) {
        Syscall call = SyscallTable.row(i);
        if (regex.find(call.name())) {
          found |= addCall(call, wordSize);
        }
      }
      return found;
    }
    long classes = name.equals("all") ? -1 : SyscallClasses.mask(name);
    if (classes != 0) {
      for (int i = 0; i < SyscallTable.size(); i++) {
        Syscall call = SyscallTable.row(i);
        if (classes == -1 || (call.classes() & classes) != 0) {
          addCall(call, wordSize);
        }
      }
      return true;
    }
    boolean found = false;
    List<Syscall> calls = SyscallTable.byName(name);
    for (int i = 0; i < calls.size(); i++) {
      found |= addCall(calls.get(i), wordSize);
    }
    return found;
  }

  private boolean addCall(Syscall call, int wordSize) {
    boolean found = false;
    for (Abi abi : abis) {
      int number = call.number(abi);
      if (number >= 0) {
        found |= add(abi, number, wordSize);
      }
    }
    return found;
  }

  private boolean addNumber(String digits, int wordSize) {
    int number = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) - '0';
      if (digit < 0 || digit > 9 || number > NUMBER_LIMIT) {
        return false;
      }
      number = number * 10 + digit;
    }
    boolean found = false;
    for (Abi abi : abis) {
      if (number < SyscallTable.FIRST_SUBCALL && SyscallTable.byNumber(abi, number) != null) {
        found |= add(abi, number, wordSize);
      }
    }
    return found;
  }

  /** Where there is no x32, what it is said to have selects nothing. */
  private boolean add(Abi abi, int number, int wordSize) {
    boolean found = false;
    if (wordSize == 0 || wordSize == X32_ONLY) {
      if (abi == Abi.X86_64 && X32.has(number)) {
        set(SyscallFilter.X32_MEMBERS, number);
        found = true;
      }
      found |= wordSize == X32_ONLY && abi == Abi.AARCH64;
    }
    if (wordSize == 0 || wordSize == abi.wordSize()) {
      set(abi.ordinal(), number);
      found = true;
    }
    return found;
  }

  private void set(int place, int number) {
    boolean[] numbers = members[place];
    if (number >= numbers.length) {
      numbers = Arrays.copyOf(numbers, Math.max(number + 1, 512));
      members[place] = numbers;
    }
    numbers[number] = true;
  }
}
