// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

/**
 * A field of a structure of the kernel.
 *
 * @param bitOffset from the beginning of the structure, in bits
 * @param bitSize of a bit-field in bits; 0 of any other field
 * @param size of the field's type in bytes; 0 if it has none
 * @param type the id of its type
 */
public record BtfField(int bitOffset, int bitSize, int size, int type) {
  /** Whether it is so many bits of a word, not a number of bytes. */
  public boolean isBitfield() {
    return bitSize != 0;
  }

  /**
   * Where it begins, in bytes; of a bit-field where the naturally aligned word of its type begins
   * that has it: load {@link #size} bytes there, then see {@link #shift}.
   */
  public int offset() {
    int bits = 8 * Math.max(1, size);
    return isBitfield() ? bitOffset / bits * size : bitOffset / 8;
  }

  /** Of a bit-field, the number of the lowest bit in the word at {@link #offset}. */
  public int shift() {
    return isBitfield() ? bitOffset - 8 * offset() : 0;
  }
}
