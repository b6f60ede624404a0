// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import java.util.Arrays;

/**
 * Bytes of text under construction, in an array that grows and is used again. Only printable ASCII
 * and what {@link #raw} is given get in, so that no string of a tracee's making can send control
 * characters to a terminal.
 */
public final class TextBuffer {
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };
  private static final int DECIMAL_DIGITS = 20;
  private static final int OCTAL_DIGITS = 22;

  private byte[] bytes = new byte[1024];
  private int length;
  private int hidden;

  public byte[] array() {
    return bytes;
  }

  public int length() {
    return length;
  }

  public void clear() {
    length = 0;
    hidden = 0;
  }

  /** How wide the text is on a terminal. */
  public int width() {
    return length - hidden;
  }

  /** A control sequence, which takes no room. */
  TextBuffer control(byte[] sequence) {
    for (byte b : sequence) {
      raw(b);
    }
    hidden += sequence.length;
    return this;
  }

  /** Cuts off everything from {@code newLength} on. */
  public void truncate(int newLength) {
    length = newLength;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  /** One byte, as it is. */
  public TextBuffer raw(int b) {
    if (length == bytes.length) {
      reserve(1);
    }
    bytes[length++] = (byte) b;
    return this;
  }

  /**
   * ASCII text; anything that is not printable comes out as octal escapes of its UTF-16 units' low
   * bytes.
   */
  public TextBuffer ascii(String s) {
    int n = s.length();
    reserve(n);
    for (int i = 0; i < n; i++) {
      char c = s.charAt(i);
      if (c >= ' ' && c <= '~') {
        // octal escapes of earlier characters may have used up what was reserved
        if (length == bytes.length) {
          reserve(n - i);
        }
        bytes[length++] = (byte) c;
      } else {
        raw('\\').octalDigits(c & 0xff, 3);
      }
    }
    return this;
  }

  public TextBuffer newline() {
    return raw('\n');
  }

  public TextBuffer spaces(int count) {
    if (count > 0) {
      reserve(count);
      Arrays.fill(bytes, length, length + count, (byte) ' ');
      length += count;
    }
    return this;
  }

  /** Signed decimal. */
  public TextBuffer dec(long v) {
    if (v >= 0) {
      return udec(v);
    }
    raw('-');
    return v == Long.MIN_VALUE ? ascii("9223372036854775808") : udec(-v);
  }

  /** Unsigned decimal. */
  public TextBuffer udec(long v) {
    reserve(DECIMAL_DIGITS);
    int end = length + DECIMAL_DIGITS;
    int at = end;
    long rest = v;
    if (rest < 0) {
      long quotient = Long.divideUnsigned(rest, 10);
      bytes[--at] = (byte) ('0' + (int) (rest - quotient * 10));
      rest = quotient;
    }
    do {
      long quotient = rest / 10;
      bytes[--at] = (byte) ('0' + (int) (rest - quotient * 10));
      rest = quotient;
    } while (rest != 0);
    System.arraycopy(bytes, at, bytes, length, end - at);
    length += end - at;
    return this;
  }

  /** Decimal, not negative, with zeros before it up to {@code width} digits. */
  public TextBuffer zeroPadded(long v, int width) {
    long limit = 10;
    for (int digits = 1; digits < width; digits++) {
      if (v < limit) {
        raw('0');
      }
      limit *= 10;
    }
    return udec(v);
  }

  /** Decimal with blanks before it up to {@code width}. */
  public TextBuffer rightAligned(long v, int width) {
    int start = length;
    dec(v);
    int digits = length - start;
    if (digits < width) {
      int shift = width - digits;
      reserve(shift);
      System.arraycopy(bytes, start, bytes, start + shift, digits);
      Arrays.fill(bytes, start, start + shift, (byte) ' ');
      length += shift;
    }
    return this;
  }

  /** {@code 0x1f}; zero is {@code 0}. */
  public TextBuffer hex(long v) {
    if (v == 0) {
      return raw('0');
    }
    raw('0').raw('x');
    int digits = (67 - Long.numberOfLeadingZeros(v)) / 4;
    return hexDigits(v, digits);
  }

  /** The low {@code digits} hex digits of {@code v}. */
  public TextBuffer hexDigits(long v, int digits) {
    reserve(digits);
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      bytes[length++] = HEX[(int) (v >>> shift) & 15];
    }
    return this;
  }

  /** {@code 0644}; zero is {@code 0}. */
  public TextBuffer octal(long v) {
    raw('0');
    return v == 0 ? this : octalDigits(v, 1);
  }

  /** Octal with at least {@code atLeast} digits. */
  public TextBuffer octalDigits(long v, int atLeast) {
    int digits = Math.max(atLeast, (66 - Long.numberOfLeadingZeros(v)) / 3);
    digits = Math.min(digits, OCTAL_DIGITS);
    reserve(digits);
    for (int i = digits - 1; i >= 0; i--) {
      bytes[length++] = (byte) ('0' + ((v >>> (3 * i)) & 7));
    }
    return this;
  }
}
