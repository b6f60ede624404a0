// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core;

/**
 * Tracing cannot begin or go on. The message is one line for a user: what was wrong, and what would
 * help.
 */
public class TraceException extends Exception {
  private static final long serialVersionUID = 1L;

  public TraceException(String message) {
    super(message);
  }
}
