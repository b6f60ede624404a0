// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Size.U64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.asm.Reg;
import io.github.jstrace.ebpf.vm.Machine;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyBucketsTest {
  private static final Program BUCKET = program();

  private final Machine machine = new Machine();

  private static Program program() {
    Assembler a = new Assembler("bucket").load(U64, Reg.R3, Reg.R1, 0);
    LatencyBuckets.bucketOf(a, Reg.R3, Reg.R4);
    return a.mov(Reg.R0, Reg.R3).exit().assemble();
  }

  /** The bucket that a program finds. */
  static int of(long nanos) {
    return new LatencyBucketsTest().bucket(nanos);
  }

  private int bucket(long nanos) {
    return (int) machine.run(BUCKET, nanos);
  }

  /** Every bucket begins where the one before ends, and its middle is near to all that is in it. */
  @Test
  void bucketsAreGoodToFivePercent() {
    long low = 0;
    for (int bucket = 0; bucket < LatencyBuckets.COUNT - 1; bucket++) {
      long high = lastIn(bucket, low);
      assertEquals(bucket, bucket(low));
      assertEquals(bucket, bucket(high));
      assertEquals(bucket + 1, bucket(high + 1));
      double middle = LatencyBuckets.middle(bucket);
      assertTrue(middle >= low && middle <= high, bucket + ": " + middle);
      assertTrue(middle - low <= 0.032 * low, bucket + ": " + low + " is shown as " + middle);
      assertTrue(high - middle <= 0.032 * high, bucket + ": " + high + " is shown as " + middle);
      low = high + 1;
    }
    assertEquals(1L << 40, low);
    assertEquals(low, LatencyBuckets.middle(LatencyBuckets.COUNT - 1));
  }

  private long lastIn(int bucket, long low) {
    long in = low;
    long out = 2 * low + 2;
    while (out - in > 1) {
      long between = (in + out) >>> 1;
      if (bucket(between) > bucket) {
        out = between;
      } else {
        in = between;
      }
    }
    return in;
  }

  @Test
  void allBeyondIsInTheLast() {
    for (long nanos : new long[] {1L << 40, (1L << 40) + 1, 1L << 50, Long.MAX_VALUE, -1}) {
      assertEquals(LatencyBuckets.COUNT - 1, bucket(nanos));
    }
  }

  @Test
  void largerIsNeverBefore() {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      long a = random.nextLong() >>> (1 + random.nextInt(63));
      long b = random.nextLong() >>> (1 + random.nextInt(63));
      assertTrue(Long.compare(a, b) * Integer.compare(bucket(a), bucket(b)) >= 0, a + ", " + b);
    }
  }
}
