// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

/**
 * A filter expression names something that does not exist. The message is one line, worded as
 * strace's.
 */
public final class FilterSyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean hint;

  public FilterSyntaxException(String message) {
    this(message, false);
  }

  FilterSyntaxException(String message, boolean hint) {
    super(message);
    this.hint = hint;
  }

  /** Whether the mistake is one of grammar, so that a pointer to the help is of use. */
  public boolean hint() {
    return hint;
  }
}
