// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.filter.FilterSyntaxException;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.core.tamper.Injection;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.Signals;
import java.util.ArrayList;
import java.util.List;

/**
 * The value of {@code -e inject=} and {@code -e fault=}: {@code SET:KEY=VALUE[:KEY=VALUE]...}.
 * Messages are strace's.
 */
final class InjectionSyntax {
  private static final int MAX_ERRNO = 4095;
  private static final int MAX_SIGNAL = 64;
  private static final int MAX_FIRST = 65535;
  private static final int MAX_LAST = 65534;

  /** strace counts up to 7, which no supported machine has; nothing is written there. */
  private static final int MAX_ARGUMENT = 7;

  private static final int ARGUMENTS = 6;

  /** Of what one poke writes, in bytes. */
  private static final int MAX_POKE = 1024;

  private final String text;
  private final boolean fault;
  private final List<String> warnings;
  private final Injection injection;

  // which keys were given
  private boolean result;
  private boolean signal;
  private boolean substitute;
  private boolean delayAtEnter;
  private boolean delayAtExit;
  private boolean pokesAtEnter;
  private boolean pokesAtExit;

  private InjectionSyntax(String text, boolean fault, SyscallFilter calls, List<String> warnings) {
    this.text = text;
    this.fault = fault;
    this.warnings = warnings;
    this.injection = new Injection(calls);
  }

  /**
   * Reads a value.
   *
   * @param fault whether it is that of {@code fault=}, which takes less and means ENOSYS if nothing
   *     else is said
   * @param warnings what a user may not have meant is added
   * @throws UsageException for anything but the set
   * @throws FilterSyntaxException for the set
   */
  static Injection parse(String text, boolean fault, Abi[] abis, List<String> warnings)
      throws UsageException, FilterSyntaxException {
    int colon = text.indexOf(':');
    String set = colon < 0 ? text : text.substring(0, colon);
    if (set.isEmpty() || colon < 0) {
      SyscallFilter.parse(set, abis);
    }
    // what is wrong behind the set is told first
    new InjectionSyntax(text, fault, SyscallFilter.NONE, new ArrayList<>()).read(colon);
    SyscallFilter calls = SyscallFilter.parse(set, abis);
    return new InjectionSyntax(text, fault, calls, warnings).read(colon);
  }

  private UsageException invalid() {
    return new UsageException(
        "invalid " + (fault ? "fault" : "inject") + " argument '" + text + "'", false);
  }

  private Injection read(int colon) throws UsageException {
    int at = colon < 0 ? text.length() : colon + 1;
    while (at < text.length()) {
      int end = text.indexOf(':', at);
      end = end < 0 ? text.length() : end;
      if (end > at) {
        item(text.substring(at, end));
      }
      at = end + 1;
    }
    if (fault && !result) {
      injection.setError(Errno.number("ENOSYS"));
    } else if (!fault
        && !(result || signal || delayAtEnter || delayAtExit || pokesAtEnter || pokesAtExit)) {
      throw invalid();
    }
    return injection;
  }

  private void item(String item) throws UsageException {
    int equals = item.indexOf('=');
    if (equals < 0) {
      throw invalid();
    }
    String value = item.substring(equals + 1);
    switch (item.substring(0, equals)) {
      case "when":
        invocations(value);
        return;
      case "syscall":
        once(substitute);
        substitute = true;
        require(injection.setSubstitute(value));
        return;
      case "error":
        once(result);
        result = true;
        injection.setError(errno(value));
        return;
      default:
        break;
    }
    if (fault) {
      throw invalid();
    }
    switch (item.substring(0, equals)) {
      case "retval":
        once(result);
        result = true;
        returnValue(value);
        return;
      case "signal":
        once(signal);
        signal = true;
        injection.setSignal(signal(value));
        return;
      case "delay_enter":
        once(delayAtEnter);
        delayAtEnter = true;
        injection.setDelayAtEnter(delay(value));
        return;
      case "delay_exit":
        once(delayAtExit);
        delayAtExit = true;
        injection.setDelayAtExit(delay(value));
        return;
      case "poke_enter":
        once(pokesAtEnter);
        pokesAtEnter = true;
        injection.setPokesAtEnter(pokes(value));
        return;
      case "poke_exit":
        once(pokesAtExit);
        pokesAtExit = true;
        injection.setPokesAtExit(pokes(value));
        return;
      default:
        throw invalid();
    }
  }

  private void require(boolean condition) throws UsageException {
    if (!condition) {
      throw invalid();
    }
  }

  private void once(boolean seen) throws UsageException {
    require(!seen);
  }

  private int errno(String value) throws UsageException {
    int number = (int) Numbers.unsigned(value, MAX_ERRNO);
    if (number < 0) {
      number = Errno.number(value);
    }
    require(number > 0);
    return number;
  }

  private int signal(String value) throws UsageException {
    int number = (int) Numbers.unsigned(value, MAX_SIGNAL);
    if (number < 0) {
      number = Signals.number(value);
    }
    require(number > 0 && number <= MAX_SIGNAL);
    return number;
  }

  private long delay(String value) throws UsageException {
    long nanos = value.isEmpty() ? -1 : Numbers.nanoseconds(value);
    require(nanos >= 0);
    return nanos;
  }

  /** A 64-bit number as C writes it, with a sign or without. */
  private void returnValue(String value) throws UsageException {
    String digits = value.stripLeading();
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    int radix = 10;
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      radix = 16;
      digits = digits.substring(2);
    } else if (digits.length() > 1 && digits.startsWith("0")) {
      radix = 8;
    }
    require(!digits.startsWith("+") && !digits.startsWith("-"));
    long number;
    try {
      number = Long.parseUnsignedLong(digits, radix);
    } catch (NumberFormatException e) {
      throw invalid();
    }
    number = negative ? -number : number;
    warn(number);
    injection.setResult(number);
  }

  private void warn(long number) {
    String shown = Long.toUnsignedString(number);
    if (number < 0 && number >= -MAX_ERRNO) {
      warnings.add(
          "Inadvertent injection of error " + -number + " is possible for retval=" + shown);
    } else if ((int) number < 0 && (int) number >= -MAX_ERRNO) {
      warnings.add(
          "Inadvertent injection of error "
              + -(int) number
              + " is possible in compat personality for retval="
              + shown);
    } else if (number != (number & 0xffffffffL)) {
      warnings.add(
          "Injected return value "
              + shown
              + " will be clipped to "
              + (number & 0xffffffffL)
              + " in compat personality");
    }
  }

  /** {@code FIRST[..LAST][+[STEP]]}. */
  private void invocations(String value) throws UsageException {
    int dots = value.indexOf("..");
    // a plus sign may be part of a number, too
    int plus = value.indexOf('+', dots < 0 ? 1 : dots + 3);
    int firstEnd = dots >= 0 ? dots : plus >= 0 ? plus : value.length();
    long first = Numbers.unsigned(value.substring(0, firstEnd), MAX_FIRST);
    require(first > 0);
    long last = plus >= 0 ? Integer.MAX_VALUE : first;
    if (dots >= 0) {
      last =
          Numbers.unsigned(value.substring(dots + 2, plus < 0 ? value.length() : plus), MAX_LAST);
      require(last >= first);
    }
    long step = 1;
    if (plus >= 0 && plus + 1 < value.length()) {
      step = Numbers.unsigned(value.substring(plus + 1), MAX_FIRST);
      require(step > 0);
    }
    injection.setInvocations((int) first, (int) last, (int) step);
  }

  /** {@code @argN=HEX[,@argM=HEX]...}, each argument once. */
  private Injection.Poke[] pokes(String value) throws UsageException {
    require(!value.isEmpty());
    List<Injection.Poke> pokes = new ArrayList<>();
    int seen = 0;
    int at = 0;
    while (at < value.length()) {
      int end = value.indexOf(',', at);
      end = end < 0 ? value.length() : end;
      if (end > at) {
        String item = value.substring(at, end);
        require(item.startsWith("@arg") && item.length() > 6 && item.charAt(5) == '=');
        int number = item.charAt(4) - '0';
        require(number >= 1 && number <= MAX_ARGUMENT && (seen & 1 << number) == 0);
        seen |= 1 << number;
        byte[] data = bytes(item.substring(6));
        if (number <= ARGUMENTS) {
          pokes.add(new Injection.Poke(number - 1, data));
        }
      }
      at = end + 1;
    }
    return pokes.toArray(new Injection.Poke[0]);
  }

  private byte[] bytes(String hex) throws UsageException {
    require((hex.length() & 1) == 0 && hex.length() <= 2 * MAX_POKE);
    byte[] data = new byte[hex.length() / 2];
    for (int i = 0; i < data.length; i++) {
      int high = Character.digit(hex.charAt(2 * i), 16);
      int low = Character.digit(hex.charAt(2 * i + 1), 16);
      require(high >= 0 && low >= 0);
      data[i] = (byte) (high << 4 | low);
    }
    return data;
  }
}
