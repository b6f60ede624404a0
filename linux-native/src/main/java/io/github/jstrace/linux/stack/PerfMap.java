// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux.stack;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Functions that a just-in-time compiler made, as {@code /tmp/perf-PID.map} lists them: lines of
 * begin and size in hex, and the name. The file is the tracee's to write, so it is read only if it
 * is a plain file, up to a limit.
 */
final class PerfMap {
  private static final int MAX_SIZE = 64 << 20;
  private static final int BLOCK = 1 << 20;

  /** O_NONBLOCK: a FIFO must not hold us up; reading it at a position fails. */
  private static final int FLAGS = 0x800;

  private final byte[] text;

  /** Begins of the functions, ascending, with the place of their line in the low half. */
  private final long[] begins;

  private final int[] lines;
  private final int count;

  private PerfMap(byte[] text) {
    this.text = text;
    int capacity = 1;
    for (byte b : text) {
      capacity += b == '\n' ? 1 : 0;
    }
    long[] keys = new long[capacity];
    Integer[] order = new Integer[capacity];
    int[] starts = new int[capacity];
    int found = 0;
    int line = 0;
    while (line < text.length) {
      int end = end(line);
      long begin = number(line);
      if (begin > 0) {
        keys[found] = begin;
        starts[found] = line;
        order[found] = found;
        found++;
      }
      line = end + 1;
    }
    Arrays.sort(order, 0, found, (a, b) -> Long.compareUnsigned(keys[a], keys[b]));
    begins = new long[found];
    lines = new int[found];
    for (int i = 0; i < found; i++) {
      begins[i] = keys[order[i]];
      lines[i] = starts[order[i]];
    }
    count = found;
  }

  /** Reads the file; null if there is none. */
  static @Nullable PerfMap read(Libc libc, byte[] path) {
    int fd = libc.open(path, FLAGS, 0);
    if (fd < 0) {
      return null;
    }
    NativeMemory block = libc.allocate(BLOCK);
    byte[] text = new byte[0];
    long got;
    while (text.length < MAX_SIZE
        && (got = libc.pread(fd, block.address(), BLOCK, text.length)) > 0) {
      int old = text.length;
      text = Arrays.copyOf(text, old + (int) got);
      block.get(0, text, old, (int) got);
    }
    libc.close(fd);
    return text.length == 0 ? null : new PerfMap(text);
  }

  private int end(int line) {
    int end = line;
    while (end < text.length && text[end] != '\n') {
      end++;
    }
    return end;
  }

  private long number(int from) {
    int at = from;
    if (at + 1 < text.length && text[at] == '0' && text[at + 1] == 'x') {
      at += 2;
    }
    long value = 0;
    int digit;
    while (at < text.length && (digit = Character.digit(text[at], 16)) >= 0) {
      value = value << 4 | digit;
      at++;
    }
    return value;
  }

  private int behindWord(int from) {
    int at = from;
    while (at < text.length && text[at] != ' ' && text[at] != '\n') {
      at++;
    }
    while (at < text.length && text[at] == ' ') {
      at++;
    }
    return at;
  }

  /** The function that has an address, or -1. Of several that had it the last that was listed. */
  int find(long address) {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(begins[middle], address) <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    if (high < 0) {
      return -1;
    }
    long size = number(behindWord(lines[high]));
    return Long.compareUnsigned(address - begins[high], size) < 0 ? high : -1;
  }

  long begin(int index) {
    return begins[index];
  }

  byte[] name(int index) {
    int from = behindWord(behindWord(lines[index]));
    return Arrays.copyOfRange(text, from, end(from));
  }
}
