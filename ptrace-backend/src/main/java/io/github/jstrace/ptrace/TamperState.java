// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.tamper.Injection;
import io.github.jstrace.tables.Abi;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A thread's place in what is injected into its calls. */
final class TamperState {
  private static final int NUMBER_BITS = 24;

  /** How often each system call that an injection concerns was made, by ABI and number. */
  private final Map<Integer, int[]> counts = new HashMap<>();

  /** What is done to the call that the thread is in; null if nothing. */
  @Nullable Injection current;

  /** To be delivered when the thread goes on, 0 for none. */
  int signal;

  /** How long the thread is to be kept before it goes on, nanoseconds; negative: not at all. */
  long delay = -1;

  /** When it is to go on, while {@link Tampering} keeps it. */
  long due;

  /** Counts a call; returns its number, from 1 on. */
  int count(Abi abi, int number) {
    Integer key = abi.ordinal() << NUMBER_BITS | (number & ((1 << NUMBER_BITS) - 1));
    int[] count = counts.get(key);
    if (count == null) {
      count = new int[1];
      counts.put(key, count);
    }
    if (count[0] < Integer.MAX_VALUE) {
      count[0]++;
    }
    return count[0];
  }
}
