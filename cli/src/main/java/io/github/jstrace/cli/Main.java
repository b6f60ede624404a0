// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.tables.Abi;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Entry point of the command. */
public final class Main {
  private Main() {}

  /**
   * Runs the command.
   *
   * @param args the arguments as given to the launcher
   */
  public static void main(String[] args) {
    try {
      Settings settings = new Settings(Abi.X86_64, Abi.I386);
      int operand = Getopt.parse(args, settings);
      settings.command = Arrays.copyOfRange(args, operand, args.length);
      List<String> warnings = new ArrayList<>();
      try {
        Consistency.check(settings, warnings);
      } finally {
        for (String warning : warnings) {
          Console.say(warning);
        }
      }
    } catch (UsageException e) {
      Console.say(e);
      System.exit(1);
    }
  }
}
