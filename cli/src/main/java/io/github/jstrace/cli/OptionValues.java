// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.cli.Settings.ConstStyle;
import io.github.jstrace.cli.Settings.HexStyle;
import io.github.jstrace.cli.Settings.TimeFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What arguments of options mean where they are a number or one of a few words. Words that strace
 * takes in any case are taken so.
 */
final class OptionValues {
  private static final String[] UNITS = {"s", "ms", "us", "ns"};

  private OptionValues() {}

  /** Words are known in capitals, too: those that an option takes, not those of its expressions. */
  static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }

  static boolean begins(String prefix, String text) {
    return text.regionMatches(true, 0, prefix, 0, prefix.length());
  }

  static String without(String prefix, String text) {
    return begins(prefix, text) ? text.substring(prefix.length()) : text;
  }

  static @Nullable TimeFormat timeFormat(String name) {
    switch (lower(name)) {
      case "none":
        return TimeFormat.NONE;
      case "time":
        return TimeFormat.TIME_OF_DAY;
      case "unix":
        return TimeFormat.UNIX;
      default:
        return null;
    }
  }

  /** Digits behind the point for a unit of time, or -1 if {@code name} is none. */
  static int unit(String name) {
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equalsIgnoreCase(name)) {
        return 3 * i;
      }
    }
    return -1;
  }

  static int digits(String name, String arg) throws UsageException {
    int digits = unit(arg);
    if (digits < 0) {
      throw invalid(name, arg);
    }
    return digits;
  }

  static HexStyle hexStyle(String name, String arg) throws UsageException {
    switch (lower(arg)) {
      case "none":
        return HexStyle.NONE;
      case "non-ascii-chars":
        return HexStyle.NON_ASCII_CHARS;
      case "non-ascii":
        return HexStyle.NON_ASCII;
      case "all":
        return HexStyle.ALL;
      default:
        throw invalid(name, arg);
    }
  }

  /** {@code -I}: 1 to 4. */
  static int interruptible(String name, String arg) throws UsageException {
    switch (lower(arg)) {
      case "anywhere":
      case "always":
        return 1;
      case "waiting":
        return 2;
      case "never":
        return 3;
      case "never_tstp":
        return 4;
      default:
        long number = Numbers.unsigned(arg, 4);
        if (number < 1) {
          throw invalid(name, arg);
        }
        return (int) number;
    }
  }

  /** 1 for functions, 2 for source lines, too. */
  static int stackTrace(String name, String arg) throws UsageException {
    switch (arg) {
      case "symbol":
        return 1;
      case "source":
        return 2;
      default:
        throw invalid(name, arg);
    }
  }

  static ConstStyle constStyle(String name, String arg) throws UsageException {
    switch (arg) {
      case "raw":
        return ConstStyle.RAW;
      case "abbrev":
        return ConstStyle.ABBREV;
      case "verbose":
        return ConstStyle.VERBOSE;
      default:
        throw invalid(name, arg);
    }
  }

  static long number(String name, String arg, long max) throws UsageException {
    long value = Numbers.unsigned(arg, max);
    if (value < 0) {
      throw invalid(name, arg);
    }
    return value;
  }

  /** {@code name}: of the option, as it was spelled. */
  static UsageException invalid(String name, String arg) {
    return new UsageException("invalid " + name + " argument: '" + arg + "'", true);
  }

  static Settings.Color color(String name, String arg) throws UsageException {
    switch (lower(arg)) {
      case "auto":
        return Settings.Color.AUTO;
      case "always":
        return Settings.Color.ALWAYS;
      case "never":
        return Settings.Color.NEVER;
      default:
        throw invalid(name, arg);
    }
  }

  /** 1 to 3, as many as letters {@code D} mean the same. */
  static int daemon(String name, String arg) throws UsageException {
    switch (lower(arg)) {
      case "grandchild":
        return 1;
      case "pgroup":
      case "pgrp":
        return 2;
      case "session":
        return 3;
      default:
        throw invalid(name, arg);
    }
  }

  static Settings.Backend backend(String name, String arg) throws UsageException {
    switch (lower(arg)) {
      case "auto":
        return Settings.Backend.AUTO;
      case "ptrace":
        return Settings.Backend.PTRACE;
      case "ebpf":
        return Settings.Backend.EBPF;
      default:
        throw invalid(name, arg);
    }
  }

  static Settings.SummaryBy summaryBy(String name, String arg) throws UsageException {
    switch (lower(arg)) {
      case "process":
        return Settings.SummaryBy.PROCESS;
      case "thread":
        return Settings.SummaryBy.THREAD;
      default:
        throw invalid(name, arg);
    }
  }
}
