// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

/** The command line asks for something impossible. The message is one line. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean hint;

  /**
   * @param hint whether a pointer to {@code -h} is to follow
   */
  UsageException(String message, boolean hint) {
    super(message);
    this.hint = hint;
  }

  boolean hint() {
    return hint;
  }
}
