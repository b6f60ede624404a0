// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

/**
 * The classes of system calls that {@code -e trace=%CLASS} selects, each a bit.
 *
 * <p>Source: strace(1), option {@code -e trace}.
 */
public final class SyscallClasses {
  /** The words of the class column; the place of a word is its bit. */
  private static final String[] COLUMN = {
    "desc",
    "file",
    "memory",
    "process",
    "signal",
    "ipc",
    "network",
    "creds",
    "clock",
    "pure",
    "stat",
    "lstat",
    "fstat",
    "stat_like",
    "statfs",
    "fstatfs",
    "statfs_like",
  };

  /** These are understood without {@code %}, too. */
  private static final int OLD_SPELLINGS = 7;

  private SyscallClasses() {}

  /**
   * The class that a word of {@code -e trace} names: {@code %file}, {@code %%stat}, {@code %net},
   * or the old spelling {@code file}; 0 if it is no class.
   */
  public static long mask(String word) {
    if (word.startsWith("%")) {
      String name = word.substring(1);
      if (name.equals("net")) {
        return mask("%network");
      }
      if (name.startsWith("%")) {
        return name.equals("%stat") || name.equals("%statfs")
            ? bit(name.substring(1) + "_like")
            : 0;
      }
      return name.endsWith("_like") ? 0 : bit(name);
    }
    long bit = bit(word);
    return bit < 1 << OLD_SPELLINGS ? bit : 0;
  }

  /** The spellings with {@code %}, for help and completion. */
  public static String[] names() {
    String[] names = new String[COLUMN.length];
    for (int i = 0; i < COLUMN.length; i++) {
      String word = COLUMN[i];
      int suffix = word.indexOf("_like");
      names[i] = suffix < 0 ? "%" + word : "%%" + word.substring(0, suffix);
    }
    return names;
  }

  /** The bits of the class column of a row; 0 if a word of it is unknown. */
  static long maskOfColumn(String column) {
    long mask = 0;
    int start = 0;
    while (start <= column.length()) {
      int comma = column.indexOf(',', start);
      int end = comma < 0 ? column.length() : comma;
      long bit = bit(column.substring(start, end));
      if (bit == 0) {
        return 0;
      }
      mask |= bit;
      start = end + 1;
    }
    return mask;
  }

  private static long bit(String word) {
    for (int i = 0; i < COLUMN.length; i++) {
      if (COLUMN[i].equals(word)) {
        return 1L << i;
      }
    }
    return 0;
  }
}
