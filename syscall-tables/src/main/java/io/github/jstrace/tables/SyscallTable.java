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
  private static final SyscallTable TABLE = new SyscallTable(TableFile.bytes("syscalls.tbl"));

  /** Above the highest number of any ABI, and above the number of rows. */
  private static final int MAX = 1024;

  /**
   * From here on a number is one that the kernel does not have, of a call that is made through
   * another (socketcall(2), ipc(2)); the tables write it with a {@code +}.
   */
  public static final int FIRST_SUBCALL = 600;

  private final byte[] text;
  private final Abi[] abis = Abi.values();
  private final int[] starts = new int[MAX];
  private final short[][] rowOfNumber = new short[abis.length][MAX];
  private final int size;
  private final @Nullable Syscall[] rows;

  /**
   * Finds the rows. In small methods of an object, called often: those the interpreter soon hands
   * to the compiler, while code in a static initializer stays slow to its end.
   */
  private SyscallTable(byte[] text) {
    this.text = text;
    int count = 0;
    for (int pos = 0; pos < text.length; pos = lineEnd(pos) + 1) {
      if (text[pos] > ' ' && text[pos] != '#') {
        starts[count++] = pos;
        int end = wordEnd(pos);
        for (int abi = 0; abi < Abi.TABULATED; abi++) {
          int word = skipBlanks(end);
          end = wordEnd(word);
          if (text[word] != '-') {
            rowOfNumber[abi][number(word, end)] = (short) count;
          }
        }
        pos = end;
      }
    }
    size = count;
    rows = new Syscall[count];
  }

  /** The number of rows. */
  public static int size() {
    return TABLE.size;
  }

  /**
   * The call that a number means in an ABI, or null if it means none. Of x86-64 also those of x32.
   */
  public static @Nullable Syscall byNumber(Abi abi, long number) {
    if (number >= MAX && number <= Integer.MAX_VALUE && X32.is(abi, (int) number)) {
      number = X32.plain((int) number);
    }
    if (number < 0 || number >= MAX) {
      return null;
    }
    int row = TABLE.rowOfNumber[abi.ordinal()][(int) number] - 1;
    return row < 0 ? null : row(row);
  }

  /** Whether a number means a call in an ABI; of x86-64 also those of x32. */
  public static boolean has(Abi abi, int number) {
    if (X32.is(abi, number)) {
      return X32.plain(number) >= 0 ? has(abi, X32.plain(number)) : X32.refused(number) != null;
    }
    return number >= 0 && number < MAX && TABLE.rowOfNumber[abi.ordinal()][number] != 0;
  }

  /**
   * The rows of this name; several if the arguments differ between ABIs, none if there is no such
   * call.
   */
  public static List<Syscall> byName(String name) {
    return name.indexOf(' ') >= 0
        ? List.of() // nor is it found in the next column
        : TABLE.find(name.getBytes(StandardCharsets.UTF_8));
  }

  /** The row of a call that is made through another one; null if there is none of that name. */
  public static @Nullable Syscall subcall(Abi abi, String name) {
    Syscall found = null;
    List<Syscall> rows = byName(name);
    for (int i = 0; i < rows.size(); i++) {
      Syscall row = rows.get(i);
      if (row.number(abi) >= FIRST_SUBCALL || found == null && row.number(abi) >= 0) {
        found = row;
      }
    }
    return found;
  }

  /** A row by its {@link Syscall#index()}. */
  public static Syscall row(int index) {
    @Nullable Syscall[] rows = TABLE.rows;
    Syscall row = rows[index];
    if (row == null) {
      synchronized (rows) {
        row = rows[index];
        if (row == null) {
          row = TABLE.parse(index);
          rows[index] = row;
        }
      }
    }
    return row;
  }

  /** Every row, in the order of the file. */
  public static List<Syscall> all() {
    List<Syscall> list = new ArrayList<>(TABLE.size);
    for (int i = 0; i < TABLE.size; i++) {
      list.add(row(i));
    }
    return list;
  }

  private List<Syscall> find(byte[] name) {
    List<Syscall> found = new ArrayList<>(2);
    for (int i = 0; i < size && name.length > 0; i++) {
      int start = starts[i];
      int end = start + name.length;
      if (end < text.length
          && text[end] == ' '
          && Arrays.equals(text, start, end, name, 0, name.length)) {
        found.add(row(i));
      }
    }
    return found;
  }

  private Syscall parse(int index) {
    int pos = starts[index];
    int end = wordEnd(pos);
    String name = string(pos, end);
    int[] numbers = new int[abis.length];
    numbers[Abi.ARM.ordinal()] = -1;
    for (int abi = 0; abi < Abi.TABULATED; abi++) {
      pos = skipBlanks(end);
      end = wordEnd(pos);
      numbers[abi] = text[pos] == '-' ? -1 : number(pos, end);
    }
    pos = skipBlanks(end);
    end = wordEnd(pos);
    String classes = string(pos, end);
    long mask = 0;
    if (!classes.equals("-")) {
      mask = SyscallClasses.maskOfColumn(classes);
      if (mask == 0) {
        throw new IllegalStateException("syscalls.tbl: " + name + ": unknown class: " + classes);
      }
    }
    return new Syscall(index, name, numbers, mask, signature(end));
  }

  /** The rest of the row from {@code pos}, with its continuation lines joined by blanks. */
  private String signature(int pos) {
    StringBuilder signature = new StringBuilder();
    do {
      pos = skipBlanks(pos);
      int end = lineEnd(pos);
      if (signature.length() > 0) {
        signature.append(' ');
      }
      signature.append(string(pos, end));
      pos = end + 1;
    } while (pos < text.length && text[pos] == ' ');
    return signature.toString();
  }

  private int number(int start, int end) {
    int number = 0;
    for (int i = text[start] == '+' ? start + 1 : start; i < end; i++) {
      number = number * 10 + (text[i] - '0');
    }
    return number;
  }

  private int lineEnd(int pos) {
    byte[] bytes = text;
    int end = pos;
    while (end < bytes.length && bytes[end] != '\n') {
      end++;
    }
    return end;
  }

  private int skipBlanks(int pos) {
    while (text[pos] == ' ') {
      pos++;
    }
    return pos;
  }

  private int wordEnd(int pos) {
    while (text[pos] > ' ') {
      pos++;
    }
    return pos;
  }

  private String string(int start, int end) {
    return new String(text, start, end - start, StandardCharsets.UTF_8);
  }
}
