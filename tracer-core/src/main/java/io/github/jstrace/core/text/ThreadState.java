// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.stack.StackFrame;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/** What the lines of a thread depend on. */
final class ThreadState {
  final int tid;
  final TextLog log;

  /** The entry of the current call was shown. */
  boolean entryShown;

  /** The entry ended in a comma, for arguments still to come. */
  boolean commaShown;

  /** The name it had when last asked for. */
  byte @Nullable [] comm;

  Abi abi;

  /** That call was one of x32. */
  boolean x32;

  /** To be shown below the next line that tells how something ended. */
  StackFrame @Nullable [] stack;

  ThreadState(int tid, TextLog log, Abi abi) {
    this.tid = tid;
    this.log = log;
    this.abi = abi;
  }
}
