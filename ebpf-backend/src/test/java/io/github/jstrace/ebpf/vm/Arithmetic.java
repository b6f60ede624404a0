// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

/** The arithmetic of RFC 9669, section 4.1. */
final class Arithmetic {
  private Arithmetic() {}

  /**
   * @param operation the upper four bits of the opcode
   * @param offset of the instruction: 1 for signed division
   */
  static long compute(int operation, boolean wide, int offset, long left, long right) {
    if (wide) {
      return compute64(operation, offset, left, right);
    }
    return compute32(operation, offset, (int) left, (int) right) & 0xffffffffL;
  }

  private static long compute64(int operation, int offset, long a, long b) {
    return switch (operation) {
      case 0x0 -> a + b;
      case 0x1 -> a - b;
      case 0x2 -> a * b;
      case 0x3 -> b == 0 ? 0 : offset == 1 ? a / b : Long.divideUnsigned(a, b);
      case 0x4 -> a | b;
      case 0x5 -> a & b;
      case 0x6 -> a << (b & 63);
      case 0x7 -> a >>> (b & 63);
      case 0x8 -> -a;
      case 0x9 -> b == 0 ? a : offset == 1 ? a % b : Long.remainderUnsigned(a, b);
      case 0xa -> a ^ b;
      case 0xb -> extend(b, offset == 0 ? 64 : offset);
      case 0xc -> a >> (b & 63);
      default -> throw new Fault("operation " + operation);
    };
  }

  private static int compute32(int operation, int offset, int a, int b) {
    return switch (operation) {
      case 0x0 -> a + b;
      case 0x1 -> a - b;
      case 0x2 -> a * b;
      case 0x3 -> b == 0 ? 0 : offset == 1 ? a / b : Integer.divideUnsigned(a, b);
      case 0x4 -> a | b;
      case 0x5 -> a & b;
      case 0x6 -> a << (b & 31);
      case 0x7 -> a >>> (b & 31);
      case 0x8 -> -a;
      case 0x9 -> b == 0 ? a : offset == 1 ? a % b : Integer.remainderUnsigned(a, b);
      case 0xa -> a ^ b;
      case 0xb -> (int) extend(b, offset == 0 ? 32 : offset);
      case 0xc -> a >> (b & 31);
      default -> throw new Fault("operation " + operation);
    };
  }

  /** The lowest bits, extended by their sign. */
  static long extend(long value, int bits) {
    return value << 64 - bits >> 64 - bits;
  }

  /** The lowest bits, their bytes reversed if asked for, the rest cleared. */
  static long swap(long value, int bits, boolean reverse) {
    long low = bits == 64 ? value : value & (1L << bits) - 1;
    return reverse ? Long.reverseBytes(low) >>> 64 - bits : low;
  }

  static boolean holds(int condition, boolean wide, long left, long right) {
    long a = wide ? left : (int) left;
    long b = wide ? right : (int) right;
    // extending by the sign keeps the unsigned order of 32-bit numbers, too
    int unsigned = Long.compareUnsigned(a, b);
    return switch (condition) {
      case 0x1 -> a == b;
      case 0x2 -> unsigned > 0;
      case 0x3 -> unsigned >= 0;
      case 0x4 -> (a & b) != 0;
      case 0x5 -> a != b;
      case 0x6 -> a > b;
      case 0x7 -> a >= b;
      case 0xa -> unsigned < 0;
      case 0xb -> unsigned <= 0;
      case 0xc -> a < b;
      case 0xd -> a <= b;
      default -> throw new Fault("condition " + condition);
    };
  }
}
