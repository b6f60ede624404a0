// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import java.util.Arrays;

/** Contexts of SELinux: {@code user:role:type:level} (selinux(8)). */
public final class SecurityContext {
  private static final int TYPE = 2;

  private SecurityContext() {}

  /**
   * What is shown of a context as the kernel gives it, with a NUL or newline behind it perhaps.
   *
   * @param full all of it; else the type, or all if there is none
   */
  public static byte[] shown(byte[] context, boolean full) {
    int end = context.length;
    while (end > 0 && (context[end - 1] == 0 || context[end - 1] == '\n')) {
      end--;
    }
    int from = 0;
    int part = 0;
    for (int i = 0; i < end && !full; i++) {
      if (context[i] != ':') {
        continue;
      }
      if (part == TYPE) {
        return Arrays.copyOfRange(context, from, i);
      }
      part++;
      from = i + 1;
    }
    return Arrays.copyOfRange(context, part < TYPE ? 0 : from, end);
  }

  /** Two contexts as they are shown: the first, and if it is another, the second behind it. */
  static byte[] compared(byte[] shown, byte[] expected) {
    if (Arrays.equals(shown, expected)) {
      return shown;
    }
    byte[] both = Arrays.copyOf(shown, shown.length + 2 + expected.length);
    both[shown.length] = '!';
    both[shown.length + 1] = '!';
    System.arraycopy(expected, 0, both, shown.length + 2, expected.length);
    return both;
  }
}
