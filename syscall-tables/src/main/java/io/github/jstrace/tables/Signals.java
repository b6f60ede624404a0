// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Signal names and numbers, the same on all ABIs; {@code signals.tbl}.
 *
 * <p>Source: signal(7); {@code asm-generic/signal.h}, Linux 6.18.
 */
public final class Signals {
  /** The highest signal number. */
  public static final int MAX = 64;

  private static final int RTMIN = 32;
  private static final String[] NAMES = read();

  private Signals() {}

  private static String[] read() {
    String[] names = new String[MAX + 1];
    names[0] = "0";
    String text = TableFile.text("signals.tbl");
    int pos = 0;
    while (pos < text.length()) {
      int end = text.indexOf('\n', pos);
      if (text.charAt(pos) != '#') {
        int number = text.lastIndexOf(' ', end) + 1;
        names[Integer.parseInt(text, number, end, 10)] =
            text.substring(pos, text.indexOf(' ', pos));
      }
      pos = end + 1;
    }
    for (int i = RTMIN + 1; i <= MAX; i++) {
      names[i] = "SIGRT_" + (i - RTMIN);
    }
    return names;
  }

  /** {@code SIGINT}, {@code SIGRTMIN}, {@code SIGRT_1}…; null if there is no such signal. */
  public static @Nullable String name(long number) {
    return number < 1 || number > MAX ? null : NAMES[(int) number];
  }

  /**
   * What stands in a signal set for a signal: {@code INT}, {@code RTMIN}, {@code RT_1}.
   *
   * @param number 1 to {@link #MAX}
   */
  public static String shortName(int number) {
    return NAMES[number].substring("SIG".length());
  }

  /**
   * The number of a signal by its name with or without {@code SIG}, in upper or lower case; -1 if
   * there is no such signal.
   */
  public static int number(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    String full = upper.startsWith("SIG") ? upper : "SIG" + upper;
    for (int i = 1; i <= MAX; i++) {
      if (NAMES[i].equals(full)) {
        return i;
      }
    }
    return -1;
  }
}
