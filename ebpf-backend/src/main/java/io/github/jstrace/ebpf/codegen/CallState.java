// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

/** What is kept of the call that a thread is in: offsets in its task-local storage. */
final class CallState {
  /** When it was entered, in nanoseconds. */
  static final int ENTERED = 0;

  /** 4 bytes: slot of the call and 1; 0 if the thread is in none that counts. */
  static final int SLOT = 8;

  /**
   * When the thread was last taken off its CPU within the call; 0 if it was not, or is on again.
   */
  static final int OFF_SINCE = 16;

  /** Nanoseconds that it has been off its CPU within the call. */
  static final int OFF_TOTAL = 24;

  static final int SIZE = 32;

  private CallState() {}
}
