// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.linux.CallerState;
import io.github.jstrace.linux.Daemon;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.OwnName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Entry point of the command. */
public final class Main {
  /** A limit of open files that is so low is what ails us, if anything does. */
  private static final int FILES = 64;

  private Main() {}

  /**
   * Runs the command and ends the process.
   *
   * @param args the arguments as given to the launcher
   */
  public static void main(String[] args) {
    Phases.end("JVM");
    Libc libc = Libc.get();
    Settings settings = new Settings();
    int status = 1;
    try {
      status = run(args, settings, libc);
    } catch (UsageException e) {
      Console.say(e);
    } catch (RuntimeException | Error e) {
      status = internalError(e, settings, libc);
    }
    Phases.report();
    Tracing.exit(status, libc);
  }

  private static int run(String[] args, Settings settings, Libc libc) throws UsageException {
    CallerState caller = CallerState.read(libc);
    Phases.end("native library");
    return run(words(caller.arguments(args)), settings, libc, caller);
  }

  /**
   * Does what the words of a command line say.
   *
   * @return the status to exit with, as {@link Tracing#run} has it
   */
  static int run(String[] words, Settings settings, Libc libc, CallerState caller)
      throws UsageException {
    int operand;
    try {
      operand = Getopt.parse(words, new OptionReader(settings));
    } catch (UsageException e) {
      say(settings.warnings);
      throw e;
    }
    if (settings.wantsInformation()) {
      if (settings.help) {
        Help.print(System.out);
      } else {
        Help.printVersion(System.out);
      }
      return 0;
    }
    Tips tips = settings.tips;
    if (tips != null && operand == words.length && settings.attach.isEmpty()) {
      // as strace 7.2 does: nothing else is asked for
      System.err.print(tips.text());
      return 0;
    }
    settings.command = Arrays.copyOfRange(words, operand, words.length);
    try {
      Consistency.check(settings, settings.warnings);
    } finally {
      say(settings.warnings);
    }
    OwnName.set(libc, Console.name());
    Phases.end("options");
    return new Tracing(settings, libc, caller).run();
  }

  private static void say(List<String> warnings) {
    if (Daemon.isTracer()) {
      return; // the process that it was started by has said it
    }
    for (int i = 0; i < warnings.size(); i++) {
      Console.say(warnings.get(i));
    }
  }

  /** One char per byte: see {@link Settings}. */
  private static String[] words(byte[][] arguments) {
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = new String(arguments[i], StandardCharsets.ISO_8859_1);
    }
    return words;
  }

  /** A fault of ours: one line, for nothing that a user did should lead here. */
  private static int internalError(Throwable e, Settings settings, Libc libc) {
    if (settings.debug) {
      e.printStackTrace();
    } else if (BackendChoice.limitOfOpenFiles(libc) < FILES) {
      // even a class or a table takes one
      Console.say("too few files may be open: raise the limit (ulimit -n 1024)");
    } else {
      Console.say("internal error: " + e + " (--debug shows where)");
    }
    return 1;
  }
}
