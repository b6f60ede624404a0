// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The system calls of all ABIs: {@code syscalls.tbl}. The file is scanned once for names' places
 * and numbers; a row becomes an object when it is asked for.
 *
 * <p>Source: {@code syscall_64.tbl}, {@code syscall_32.tbl} and {@code syscall.tbl} of Linux 6.18.
 */
public final class SyscallTable {
  private static final String FILE = "syscalls.tbl";
  private static final Abi[] ABIS = Abi.values();

  /** Above the highest number of any ABI, and above the number of rows. */
  private static final int MAX = 1024;

  private static final byte[] TEXT = TableFile.bytes(FILE);
  private static final int[] STARTS = new int[MAX];
  private static final short[][] ROW_OF_NUMBER = new short[ABIS.length][MAX];
  private static final int SIZE = scan();
  private static final @Nullable Syscall[] ROWS = new Syscall[SIZE];

  private SyscallTable() {}

  /** The number of rows. */
  public static int size() {
    return SIZE;
  }

  /** The call that a number means in an ABI, or null if it means none. */
  public static @Nullable Syscall byNumber(Abi abi, long number) {
    if (number < 0 || number >= MAX) {
      return null;
    }
    int row = ROW_OF_NUMBER[abi.ordinal()][(int) number] - 1;
    return row < 0 ? null : row(row);
  }

  /**
   * The rows of this name; several if the arguments differ between ABIs, none if there is no such
   * call.
   */
  public static List<Syscall> byName(String name) {
    List<Syscall> found = new ArrayList<>(2);
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0) {
      return found;
    }
    for (int i = 0; i < SIZE; i++) {
      int start = STARTS[i];
      if (TEXT[start + bytes.length] <= ' '
          && Arrays.equals(TEXT, start, start + bytes.length, bytes, 0, bytes.length)) {
        found.add(row(i));
      }
    }
    return found;
  }

  /** A row by its {@link Syscall#index()}. */
  public static Syscall row(int index) {
    Syscall row = ROWS[index];
    if (row == null) {
      synchronized (ROWS) {
        row = ROWS[index];
        if (row == null) {
          row = parse(index);
          ROWS[index] = row;
        }
      }
    }
    return row;
  }

  /** Every row, in the order of the file. */
  public static List<Syscall> all() {
    List<Syscall> list = new ArrayList<>(SIZE);
    for (int i = 0; i < SIZE; i++) {
      list.add(row(i));
    }
    return list;
  }

  /** Fills {@link #STARTS} and {@link #ROW_OF_NUMBER}; returns the number of rows. */
  private static int scan() {
    byte[] text = TEXT;
    int rows = 0;
    int pos = 0;
    while (pos < text.length) {
      if (text[pos] > ' ' && text[pos] != '#') {
        STARTS[rows++] = pos;
        while (text[pos] > ' ') {
          pos++;
        }
        for (int abi = 0; abi < ABIS.length; abi++) {
          while (text[pos] == ' ') {
            pos++;
          }
          int number = -1;
          if (text[pos] == '-') {
            pos++;
          } else {
            number = 0;
            for (; text[pos] > ' '; pos++) {
              number = number * 10 + (text[pos] - '0');
            }
            ROW_OF_NUMBER[abi][number] = (short) rows;
          }
        }
      }
      while (text[pos++] != '\n') {}
    }
    return rows;
  }

  private static Syscall parse(int index) {
    int pos = STARTS[index];
    int end = wordEnd(pos);
    String name = string(pos, end);
    int[] numbers = new int[ABIS.length];
    for (int abi = 0; abi < ABIS.length; abi++) {
      pos = skipBlanks(end);
      end = wordEnd(pos);
      numbers[abi] = TEXT[pos] == '-' ? -1 : Integer.parseInt(string(pos, end));
    }
    pos = skipBlanks(end);
    end = wordEnd(pos);
    String classes = string(pos, end);
    long mask = 0;
    if (!classes.equals("-")) {
      mask = SyscallClasses.maskOfColumn(classes);
      if (mask == 0) {
        throw new IllegalStateException(FILE + ": " + name + ": unknown class in " + classes);
      }
    }
    return new Syscall(index, name, numbers, mask, signature(end));
  }

  /** The rest of the row from {@code pos}, with its continuation lines joined by blanks. */
  private static String signature(int pos) {
    StringBuilder text = new StringBuilder();
    do {
      pos = skipBlanks(pos);
      int end = pos;
      while (end < TEXT.length && TEXT[end] != '\n') {
        end++;
      }
      if (text.length() > 0) {
        text.append(' ');
      }
      text.append(string(pos, end));
      pos = end + 1;
    } while (pos < TEXT.length && TEXT[pos] == ' ');
    return text.toString();
  }

  private static int skipBlanks(int pos) {
    while (TEXT[pos] == ' ') {
      pos++;
    }
    return pos;
  }

  private static int wordEnd(int pos) {
    while (TEXT[pos] > ' ') {
      pos++;
    }
    return pos;
  }

  private static String string(int start, int end) {
    return new String(TEXT, start, end - start, StandardCharsets.UTF_8);
  }
}
