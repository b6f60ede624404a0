// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import org.jspecify.annotations.Nullable;

/**
 * Reads a command line as getopt_long(3) of the GNU C library does, up to the first operand:
 * clustered letters, arguments joined or apart, abbreviated long options. All of it runs at every
 * start, so it is plain loops over {@link Opt}; a general library (picocli) costs 90 ms here, as
 * its classes cannot be archived.
 */
final class Getopt {
  /** Takes options in the order given. */
  interface Receiver {
    /**
     * @param argument null if there is none
     * @param word what was spelled with two dashes, in full; null for a letter
     */
    void option(Opt option, @Nullable String argument, @Nullable String word) throws UsageException;
  }

  private final String[] args;
  private final Receiver receiver;
  private int next;

  private Getopt(String[] args, Receiver receiver) {
    this.args = args;
    this.receiver = receiver;
  }

  /**
   * Reads all options.
   *
   * @return index of the first operand, the length of {@code args} if there is none
   * @throws UsageException on a spelling that is no option, with getopt's message
   */
  static int parse(String[] args, Receiver receiver) throws UsageException {
    return new Getopt(args, receiver).run();
  }

  private int run() throws UsageException {
    while (next < args.length) {
      String arg = args[next];
      if (arg.length() < 2 || arg.charAt(0) != '-') {
        return next;
      }
      next++;
      if (arg.charAt(1) != '-') {
        letters(arg);
      } else if (arg.length() == 2) {
        return next;
      } else {
        word(arg);
      }
    }
    return next;
  }

  private void letters(String arg) throws UsageException {
    for (int i = 1; i < arg.length(); i++) {
      char c = arg.charAt(i);
      Opt option = byLetter(c);
      if (option == null) {
        throw new UsageException("invalid option -- '" + c + "'", true);
      }
      if (!option.letterArg) {
        receiver.option(option, null, null);
      } else if (i + 1 < arg.length()) {
        receiver.option(option, arg.substring(i + 1), null);
        return;
      } else if (next < args.length) {
        receiver.option(option, args[next++], null);
        return;
      } else {
        throw new UsageException("option requires an argument -- '" + c + "'", true);
      }
    }
  }

  private void word(String arg) throws UsageException {
    int equals = arg.indexOf('=');
    String word = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
    String argument = equals < 0 ? null : arg.substring(equals + 1);
    Opt option = byName(word);
    if (option == null) {
      option = byAbbreviation(word, true, arg);
    }
    if (option == null) {
      option = byAbbreviation(word, false, arg);
    }
    if (option == null) {
      throw new UsageException("unrecognized option '" + arg + "'", true);
    }
    if (argument != null && option.longArg == Opt.Arg.NONE) {
      throw new UsageException(
          "option '--" + shown(option, word) + "' doesn't allow an argument", true);
    }
    if (argument == null && option.longArg == Opt.Arg.REQUIRED) {
      if (next == args.length) {
        throw new UsageException(
            "option '--" + shown(option, word) + "' requires an argument", true);
      }
      argument = args[next++];
    }
    if (argument == null && option == Opt.COLOR && next < args.length && isWhen(args[next])) {
      argument = args[next++];
    }
    receiver.option(option, argument, shown(option, word));
  }

  /** strace 7.2 takes {@code --color always} in two words, though it writes --color[=WHEN]. */
  private static boolean isWhen(String word) {
    return word.equals("always") || word.equals("never") || word.equals("auto");
  }

  private static @Nullable Opt byLetter(char letter) {
    for (Opt option : Opt.all()) {
      if (option.letter == letter && letter != '\0') {
        return option;
      }
    }
    return null;
  }

  private static @Nullable Opt byName(String word) {
    for (Opt option : Opt.all()) {
      for (String name : option.names) {
        if (name.equals(word)) {
          return option;
        }
      }
    }
    return null;
  }

  /**
   * The option that has a name beginning with {@code word}; several names of one option do not
   * clash.
   */
  private static @Nullable Opt byAbbreviation(String word, boolean inherited, String arg)
      throws UsageException {
    Opt found = null;
    StringBuilder several = null;
    for (Opt option : Opt.all()) {
      if (option.inherited() != inherited) {
        continue;
      }
      for (String name : option.names) {
        if (!name.startsWith(word)) {
          continue;
        }
        if (found == null) {
          found = option;
          continue;
        }
        if (option != found && several == null) {
          several = new StringBuilder(" '--").append(shown(found, word)).append('\'');
        }
        if (option != found && several != null) {
          several.append(" '--").append(name).append('\'');
        }
      }
    }
    if (several != null) {
      throw new UsageException("option '" + arg + "' is ambiguous; possibilities:" + several, true);
    }
    return found;
  }

  /** The name of {@code option} that {@code word} begins. */
  private static String shown(Opt option, String word) {
    for (String name : option.names) {
      if (name.startsWith(word)) {
        return name;
      }
    }
    return word;
  }
}
