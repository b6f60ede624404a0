// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.stack;

/** Walks the stacks of threads that are stopped by the tracer thread, which alone may call it. */
public interface StackUnwinder {
  /**
   * The frames of a thread, the innermost first; empty if there is no telling.
   *
   * @param tid the thread
   * @param tgid its process
   */
  StackFrame[] unwind(int tid, int tgid);
}
