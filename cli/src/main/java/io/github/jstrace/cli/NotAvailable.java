// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import org.jspecify.annotations.Nullable;

/** Options of strace 6.1 that jstrace lacks, so that they are refused by name. */
final class NotAvailable {
  /** Letter (may be empty) and long spellings. */
  private static final String[][] OPTIONS = {
    {"D", "daemonize", "daemonised", "daemonized"},
    {"", "kvm"},
    {"", "pidns-translation"},
    {"", "secontext"},
    {"", "tips"},
  };

  private NotAvailable() {}

  /** What to say if {@code letter} is one of them; null if not. */
  static @Nullable UsageException letter(char letter) {
    for (String[] option : OPTIONS) {
      if (option[0].indexOf(letter) >= 0) {
        return refusal("-" + letter + "/--" + option[1]);
      }
    }
    return null;
  }

  /** What to say if {@code word} is one of them or begins one; null if not. */
  static @Nullable UsageException word(String word) {
    for (String[] option : OPTIONS) {
      for (int i = 1; i < option.length; i++) {
        if (option[i].startsWith(word)) {
          return refusal((option[0].isEmpty() ? "--" : "-" + option[0] + "/--") + option[i]);
        }
      }
    }
    return null;
  }

  /** Says that jstrace lacks something that strace has. */
  static UsageException refusal(String what) {
    return new UsageException("strace's " + what + " is not available in jstrace", false);
  }
}
