// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import java.io.File;
import java.io.IOException;

/**
 * Starts a program that has no descriptors but 0, 1 and 2, which are /dev/null, and does not wait
 * for it. The launcher, a shell script, has no other means to close descriptors that it inherited:
 * whoever waits for the end of a pipe would wait for the program.
 */
final class Detached {
  private Detached() {}

  /**
   * Entry point.
   *
   * @param command the program and its arguments
   */
  public static void main(String[] command) throws IOException {
    File nothing = new File("/dev/null");
    new ProcessBuilder(command)
        .redirectInput(nothing)
        .redirectOutput(nothing)
        .redirectError(nothing)
        .start();
  }
}
