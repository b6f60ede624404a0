// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.stack;

import org.jspecify.annotations.Nullable;

/**
 * One frame: where the thread is, or will return to. Names are exact bytes, from files that the
 * tracee chose.
 *
 * @param address of the instruction, in the tracee
 * @param object the file that is mapped there, or a name such as {@code [vdso]}; null: nothing is
 *     known of the place, and the stack ends here
 * @param symbol the function; null if it has no name
 * @param symbolOffset from the begin of the function
 * @param objectOffset from the begin of the file; for code that no file has, the address
 * @param source the source file; null if it is not known
 * @param line in the source file, from 1 on
 */
@SuppressWarnings("ArrayRecordComponent")
public record StackFrame(
    long address,
    byte @Nullable [] object,
    byte @Nullable [] symbol,
    long symbolOffset,
    long objectOffset,
    byte @Nullable [] source,
    int line) {
  /** Stands behind as many frames as were asked for: there are more. */
  public static final StackFrame MORE = new StackFrame(0, null, null, 0, 0, null, 0);
}
