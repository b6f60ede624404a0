// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-java")
class FixedPointTest {
  private static final long SEED = 20;

  private static void check(double value, int digits) {
    String expected =
        new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    assertEquals(expected, FixedPoint.text(value, digits), () -> value + " to " + digits);
  }

  @Test
  void halvesGoToEven() {
    assertEquals("0.12", FixedPoint.text(0.125, 2));
    assertEquals("0.38", FixedPoint.text(0.375, 2));
    assertEquals("100.00", FixedPoint.text(100, 2));
    assertEquals("0.000000", FixedPoint.text(0, 6));
    assertEquals("1.000000", FixedPoint.text(999_999_999 / 1e9 + 5e-7, 6));
  }

  @Test
  void isTheExactValueRounded() {
    Random random = new Random(SEED);
    for (int i = 0; i < 200_000; i++) {
      int digits = 1 + random.nextInt(9);
      check((random.nextLong() >>> (1 + random.nextInt(63))) / 1e9, digits);
      check(Math.scalb(random.nextDouble(), random.nextInt(200) - 100), digits);
      // as many halves as there can be
      check(random.nextInt(100_000) / 128.0, digits);
    }
  }

  @Test
  void extremes() {
    for (int digits = 1; digits <= 9; digits++) {
      check(Double.MIN_VALUE, digits);
      check(Double.MIN_NORMAL, digits);
      check(Double.MAX_VALUE, digits);
      check(Long.MAX_VALUE, digits);
      check(1L << 53, digits);
      for (int power = -130; power < 130; power++) {
        check(Math.scalb(1.0, power), digits);
        check(Math.nextDown(Math.scalb(1.0, power)), digits);
      }
    }
  }
}
