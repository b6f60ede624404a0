// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Lines on stderr that begin with the name jstrace was started by. Text has one char per byte. */
final class Console {
  private static final String NAME = System.getProperty("jstrace.name", "jstrace");
  private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);

  private Console() {}

  /** The name that messages begin with. */
  static String name() {
    return NAME;
  }

  /** Unbuffered stderr. */
  static FileOutputStream stderr() {
    return STDERR;
  }

  /** Writes {@code NAME: MESSAGE}. */
  static void say(String message) {
    write(NAME + ": " + message + "\n");
  }

  /** Writes what is wrong with the command line. */
  static void say(UsageException e) {
    String hint = e.hint() ? "Try '" + NAME + " -h' for more information.\n" : "";
    write(NAME + ": " + e.getMessage() + "\n" + hint);
  }

  private static void write(String text) {
    try {
      STDERR.write(text.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // Nobody reads stderr; there is nowhere else to say it.
    }
  }
}
