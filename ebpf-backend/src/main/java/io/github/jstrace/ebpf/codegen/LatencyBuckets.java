// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.LT;
import static io.github.jstrace.ebpf.asm.Reg.R0;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.Reg;

/**
 * Buckets of a log-linear histogram: below 16 each value has its own, then each power of two has 16
 * of equal width, so that a bucket's middle is within 3.2 % of what is in it. The last takes all
 * from 2^40 (18 minutes, if nanoseconds).
 */
public final class LatencyBuckets {
  private static final int SUB_BITS = 4;
  private static final int SUB = 1 << SUB_BITS;

  /** Values from 2 to the power of this on share a bucket. */
  private static final int TOP_POWER = 40;

  public static final int COUNT = (TOP_POWER - SUB_BITS + 1) * SUB + 1;

  private LatencyBuckets() {}

  /** A value in the middle of a bucket; of the last one its lowest. */
  public static long middle(int bucket) {
    if (bucket < SUB) {
      return bucket;
    }
    if (bucket == COUNT - 1) {
      return 1L << TOP_POWER;
    }
    int shift = bucket / SUB - 1;
    long low = (long) (SUB + bucket % SUB) << shift;
    return low + ((1L << shift) >> 1);
  }

  /**
   * {@code value} = its bucket, 0 to {@link #COUNT} - 1, so that the verifier knows. Uses R0 and
   * {@code scratch}.
   */
  static void bucketOf(Assembler a, Reg value, Reg scratch) {
    // R0 = 16 * (power - 3) for a power of two that is found by halving, as there is no instruction
    // for it; value >>= power - 4, which leaves 16 to 31.
    Label small = new Label("small");
    Label top = new Label("top");
    Label found = new Label("found");
    a.jumpIf(value, LT, SUB, small);
    a.constant64(scratch, 1L << TOP_POWER).mov(R0, 0);
    a.jumpIf(value, io.github.jstrace.ebpf.asm.Cond.GE, scratch, top);
    for (int step = 32; step >= 1; step /= 2) {
      Label less = new Label("less");
      // whether a shift by so much still leaves 16
      if (step + SUB_BITS >= 31) {
        a.constant64(scratch, 1L << (step + SUB_BITS)).jumpIf(value, LT, scratch, less);
      } else {
        a.jumpIf(value, LT, 1L << (step + SUB_BITS), less);
      }
      a.rsh(value, step).add(R0, step * SUB).bind(less);
    }
    // 16 <= value < 32: the lower half of what is left is the bucket within the power
    a.and(value, 2 * SUB - 1).add(value, R0).jump(found);
    a.bind(top).mov(value, COUNT - 1).bind(found).bind(small);
    Label fits = new Label("fits");
    a.jumpIf(value, LT, COUNT, fits).mov(value, COUNT - 1).bind(fits);
  }
}
