// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.decode.IoData;

/** The lines of {@code -e read=} and {@code -e write=}: offsets, bytes in hex, and as ASCII. */
final class HexDump implements IoData.Receiver {
  /** Ends the line that is in the buffer. */
  interface Lines {
    void end();
  }

  private static final int WIDTH = 16;
  private static final int OFFSET_DIGITS = 5;

  private final TextBuffer out;
  private final Lines lines;

  HexDump(TextBuffer out, Lines lines) {
    this.out = out;
    this.lines = lines;
  }

  @Override
  public void message(int index, int buffers) {
    out.clear();
    out.ascii(" = ").dec(buffers).ascii(" buffers in vector ").dec(index);
    lines.end();
  }

  @Override
  public void buffer(int index, long bytes) {
    out.clear();
    out.ascii(" * ").dec(bytes).ascii(" bytes in buffer ").dec(index);
    lines.end();
  }

  @Override
  public void data(long offset, byte[] bytes, int length, long total) {
    int digits = (67 - Long.numberOfLeadingZeros(total - 1)) / 4;
    for (int at = 0; at < length; at += WIDTH) {
      line(offset + at, Math.max(OFFSET_DIGITS, digits), bytes, at, Math.min(WIDTH, length - at));
    }
  }

  @Override
  public void missing(int bytes, int tid, long address) {
    out.clear();
    out.ascii(" | <Cannot fetch ").dec(bytes).ascii(bytes == 1 ? " byte" : " bytes");
    out.ascii(" from pid ").dec(tid).ascii(" @").hex(address).ascii(">");
    lines.end();
  }

  private void line(long offset, int digits, byte[] bytes, int from, int length) {
    out.clear();
    out.ascii(" | ").hexDigits(offset, digits).raw(' ');
    for (int i = 0; i < WIDTH; i++) {
      out.raw(' ');
      if (i < length) {
        out.hexDigits(bytes[from + i], 2);
      } else {
        out.raw(' ').raw(' ');
      }
      if (i == WIDTH / 2 - 1) {
        out.raw(' ');
      }
    }
    out.raw(' ').raw(' ');
    for (int i = 0; i < WIDTH; i++) {
      int c = i < length ? bytes[from + i] : ' ';
      out.raw(c >= ' ' && c <= '~' ? c : '.');
    }
    out.raw(' ').raw('|');
    lines.end();
  }
}
