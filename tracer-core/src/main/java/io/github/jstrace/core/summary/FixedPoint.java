// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Decimal text of a double as printf's {@code %.Nf} has it: the exact binary value, rounded to the
 * nearest, and to even where two are as near. In 128-bit arithmetic, since the first BigDecimal of
 * a run costs up to 14 ms.
 */
final class FixedPoint {
  private static final int FRACTION_BITS = 52;
  private static final long FRACTION = (1L << FRACTION_BITS) - 1;
  private static final int MOST_DIGITS = 9;

  private FixedPoint() {}

  /**
   * Formats.
   *
   * @param value finite, not negative
   * @param digits behind the point, 1 to 9
   */
  static String text(double value, int digits) {
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >>> FRACTION_BITS);
    if (exponent == 0) {
      return pointed(0, digits); // below 1e-300
    }
    // the value is mantissa / 2^shift, and what is wanted is high:low / 2^shift
    long mantissa = (bits & FRACTION) | 1L << FRACTION_BITS;
    int shift = Double.MAX_EXPONENT + FRACTION_BITS - exponent;
    long scale = 1;
    for (int i = 0; i < digits; i++) {
      scale *= 10;
    }
    long high = Math.multiplyHigh(mantissa, scale);
    long low = mantissa * scale;
    if (shift >= 2 * Long.SIZE) {
      return pointed(0, digits);
    }
    if (shift <= 0 || shift < Long.SIZE && high >>> (shift - 1) != 0 || digits > MOST_DIGITS) {
      return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }
    long quotient;
    long rest; // of the division, shifted up so that 1L << 63 is one half
    boolean more; // whether the rest has bits below that
    if (shift < Long.SIZE) {
      quotient = high << (Long.SIZE - shift) | low >>> shift;
      rest = low << (Long.SIZE - shift);
      more = false;
    } else if (shift == Long.SIZE) {
      quotient = high;
      rest = low;
      more = false;
    } else {
      quotient = high >>> (shift - Long.SIZE);
      rest = high << (2 * Long.SIZE - shift) | low >>> (shift - Long.SIZE);
      more = low << (2 * Long.SIZE - shift) != 0;
    }
    boolean half = rest == Long.MIN_VALUE && !more;
    if (half ? (quotient & 1) != 0 : rest < 0) {
      quotient++;
    }
    return pointed(quotient, digits);
  }

  private static String pointed(long number, int digits) {
    StringBuilder text = new StringBuilder(Long.SIZE).append(number);
    while (text.length() <= digits) {
      text.insert(0, '0');
    }
    return text.insert(text.length() - digits, '.').toString();
  }
}
