// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.trace;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Signals sent to a process whose delivery was not seen yet. Of the one that ends it no delivery
 * tells.
 */
final class SentSignals {
  /** So many are remembered, the youngest. */
  private static final int MAX = 32;

  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>(2);

  void sent(byte[] siginfo) {
    if (waiting.size() == MAX) {
      waiting.poll();
    }
    waiting.add(siginfo);
  }

  /** The first of that number has reached its process. */
  void delivered(int signal) {
    for (byte[] siginfo : waiting) {
      if (number(siginfo) == signal) {
        waiting.remove(siginfo);
        return;
      }
    }
  }

  /** The last one of that number; null if there is none. */
  byte @Nullable [] last(int signal) {
    byte[] last = null;
    for (byte[] siginfo : waiting) {
      if (number(siginfo) == signal) {
        last = siginfo;
      }
    }
    return last;
  }

  /** Of the signal that a {@code siginfo_t} describes. */
  static int number(byte[] siginfo) {
    return Bytes.intAt(siginfo, 0);
  }
}
