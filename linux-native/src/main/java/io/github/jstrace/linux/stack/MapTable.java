// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux.stack;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The named mappings of a process, from the text of {@code /proc/PID/maps} (proc(5)). */
final class MapTable {
  private long[] from = new long[64];
  private long[] to = new long[64];
  private long[] offset = new long[64];
  private byte[][] name = new byte[64][];
  private int count;

  /** Reads the text; lines that are not understood are left out. */
  static MapTable of(byte[] text) {
    MapTable table = new MapTable();
    int line = 0;
    while (line < text.length) {
      int end = line;
      while (end < text.length && text[end] != '\n') {
        end++;
      }
      table.line(text, line, end);
      line = end + 1;
    }
    return table;
  }

  private int at;

  private void line(byte[] text, int begin, int end) {
    at = begin;
    long first = hex(text, end);
    at++; // the dash
    long last = hex(text, end);
    skipWord(text, end); // permissions
    at++;
    long fileOffset = hex(text, end);
    skipWord(text, end); // device
    skipWord(text, end); // inode
    while (at < end && text[at] == ' ') {
      at++;
    }
    if (at >= end || Long.compareUnsigned(first, last) >= 0) {
      return;
    }
    if (count == from.length) {
      from = Arrays.copyOf(from, 2 * count);
      to = Arrays.copyOf(to, 2 * count);
      offset = Arrays.copyOf(offset, 2 * count);
      name = Arrays.copyOf(name, 2 * count);
    }
    from[count] = first;
    to[count] = last;
    offset[count] = fileOffset;
    name[count++] = Arrays.copyOfRange(text, at, end);
  }

  private long hex(byte[] text, int end) {
    long value = 0;
    int digit;
    while (at < end && (digit = Character.digit(text[at], 16)) >= 0) {
      value = value << 4 | digit;
      at++;
    }
    return value;
  }

  /** Goes behind the next word. */
  private void skipWord(byte[] text, int end) {
    while (at < end && text[at] == ' ') {
      at++;
    }
    while (at < end && text[at] != ' ') {
      at++;
    }
  }

  /** Whether the process is one of 32 bits: nothing it has mapped is above 4 GiB. */
  boolean isNarrow() {
    return count > 0 && Long.compareUnsigned(to[count - 1], 1L << 32) <= 0;
  }

  /** The mapping that has an address, or -1. */
  int find(long address) {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(address, from[middle]) < 0) {
        high = middle - 1;
      } else if (Long.compareUnsigned(address, to[middle]) >= 0) {
        low = middle + 1;
      } else {
        return middle;
      }
    }
    return -1;
  }

  byte @Nullable [] name(int index) {
    return name[index];
  }

  /** Where in its file the address lies. */
  long fileOffset(int index, long address) {
    return address - from[index] + offset[index];
  }
}
