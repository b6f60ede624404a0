// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import org.jspecify.annotations.Nullable;

/** Options of strace that jstrace lacks, so that they are refused by name. */
final class NotAvailable {
  /** Why, the letter (may be empty), and long spellings. */
  private static final String[][] OPTIONS = {
    {"exits of virtual CPUs are not decoded; `perf kvm` shows them", "", "kvm"},
    {
      "contexts of SELinux are not shown; `-y` tells the files to ask `ls -Z` about",
      "",
      "secontext"
    },
    {
      "namespaces that are entered are not listed; `-e trace=setns,unshare,clone3` shows the calls",
      "",
      "namespace"
    },
    {"the text is the same on a terminal and in a file", "", "color"},
    {"prints some tip, nothing about the program", "", "tips"},
  };

  private NotAvailable() {}

  /** All of them, each with the reason, the letter and the long spellings; not to be changed. */
  @SuppressWarnings("MutableExpose")
  static String[][] table() {
    return OPTIONS;
  }

  /** What to say if {@code letter} is one of them; null if not. */
  static @Nullable UsageException letter(char letter) {
    for (String[] option : OPTIONS) {
      if (option[1].indexOf(letter) >= 0) {
        return refusal("-" + letter + "/--" + option[2]);
      }
    }
    return null;
  }

  /** What to say if {@code word} is one of them or begins one; null if not. */
  static @Nullable UsageException word(String word) {
    for (String[] option : OPTIONS) {
      for (int i = 2; i < option.length; i++) {
        if (option[i].startsWith(word)) {
          return refusal((option[1].isEmpty() ? "--" : "-" + option[1] + "/--") + option[i]);
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
