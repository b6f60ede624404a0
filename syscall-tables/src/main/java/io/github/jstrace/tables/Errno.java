// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Error numbers: their names and messages, the same on all ABIs; {@code errno.tbl}.
 *
 * <p>Source: {@code asm-generic/errno.h} and {@code linux/errno.h}, Linux 6.18.
 */
public final class Errno {
  private static final Errno TABLE = new Errno(TableFile.text("errno.tbl"));

  /** Above the highest number that has a name. */
  private static final int MAX = 531;

  private final @Nullable String[] names = new String[MAX];
  private final @Nullable String[] messages = new String[MAX];

  private Errno(String text) {
    int pos = 0;
    while (pos < text.length()) {
      int end = text.indexOf('\n', pos);
      if (text.charAt(pos) != '#') {
        row(text, pos, end);
      }
      pos = end + 1;
    }
  }

  private void row(String text, int pos, int end) {
    int nameEnd = text.indexOf(' ', pos);
    int number = nameEnd;
    while (text.charAt(number) == ' ') {
      number++;
    }
    int numberEnd = text.indexOf(' ', number);
    int value = Integer.parseInt(text, number, numberEnd, 10);
    names[value] = text.substring(pos, nameEnd);
    messages[value] = text.substring(numberEnd + 1, end);
  }

  /** The name such as {@code ENOENT}, or null if the number has none. */
  public static @Nullable String name(long number) {
    return number <= 0 || number >= MAX ? null : TABLE.names[(int) number];
  }

  /** The message such as {@code No such file or directory}; never null. */
  public static String message(long number) {
    String message = number <= 0 || number >= MAX ? null : TABLE.messages[(int) number];
    return message == null ? "Unknown error " + number : message;
  }

  /** The number of a name in upper or lower case, or -1 if there is no such name. */
  public static int number(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    switch (upper) {
      case "EWOULDBLOCK":
        upper = "EAGAIN";
        break;
      case "EDEADLOCK":
        upper = "EDEADLK";
        break;
      case "ENOTSUP":
        upper = "EOPNOTSUPP";
        break;
      default:
        break;
    }
    for (int i = 0; i < MAX; i++) {
      if (upper.equals(TABLE.names[i])) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Whether a call that returned this will be restarted by the kernel, or would have been but for a
   * signal: strace then prints {@code ?} as its result.
   */
  public static boolean isRestart(long number) {
    return number >= 512 && number <= 516 && number != 515;
  }
}
