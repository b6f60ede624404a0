// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

/** Entry point of the command. */
public final class Main {
  private Main() {}

  /**
   * Runs the command.
   *
   * @param args the arguments as given to the launcher
   */
  public static void main(String[] args) {
    System.out.println(System.getProperty("jstrace.name", "jstrace") + ": " + args.length);
  }
}
