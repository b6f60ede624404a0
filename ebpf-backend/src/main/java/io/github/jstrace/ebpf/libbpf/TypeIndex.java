// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Where each type of a BTF section of types begins, and which ones are structures, unions and
 * typedefs. The section is some 3 MB and is read piece by piece, since a copy of it in the heap
 * would cost a collection; and the walk is to be fast in a process that has just started.
 */
final class TypeIndex {
  static final int KIND_MASK = 0x1f;

  /** Words of a type by its kind: so many always, and so many a member. */
  private static final int[] FIXED = new int[KIND_MASK + 1];

  private static final byte[] PER_MEMBER = new byte[KIND_MASK + 1];
  private static final boolean[] IS_COMPOSITE = new boolean[KIND_MASK + 1];

  static {
    // what an unknown kind has is unknown: so much that the section ends
    Arrays.fill(FIXED, 1 << 30);
    Arrays.fill(FIXED, Btf.PTR, Btf.ENUM64 + 1, 3);
    FIXED[Btf.INT] = 4;
    FIXED[Btf.ARRAY] = 6;
    FIXED[Btf.VAR] = 4;
    FIXED[Btf.DECL_TAG] = 4;
    PER_MEMBER[Btf.STRUCT] = 3;
    PER_MEMBER[Btf.UNION] = 3;
    PER_MEMBER[Btf.ENUM] = 2;
    PER_MEMBER[Btf.FUNC_PROTO] = 2;
    PER_MEMBER[Btf.DATASEC] = 3;
    PER_MEMBER[Btf.ENUM64] = 3;
    IS_COMPOSITE[Btf.STRUCT] = true;
    IS_COMPOSITE[Btf.UNION] = true;
    IS_COMPOSITE[Btf.TYPEDEF] = true;
  }

  /**
   * Types that one call of {@link #walk} passes at most: few, so that it is called often and soon
   * runs compiled; one loop over all would be interpreted for half of its way.
   */
  private static final int WALK = 64;

  /** Words that are copied at a time. */
  private static final int PIECE = 1 << 13;

  private final int[] piece = new int[PIECE];

  /** The index is a type's id, and 0 is void; the value is in words. */
  private int[] starts;

  private int[] composites;
  private int[] names;
  private byte[] kinds;

  private int count = 1;
  private int compositeCount;

  /**
   * @throws IllegalArgumentException if the types do not fill the section exactly
   */
  TypeIndex(IntBuffer words) {
    int size = words.limit();
    // a type has some 6 words, one in 8 of them is a structure or a typedef
    starts = new int[size / 6 + WALK];
    composites = new int[size / 48 + WALK];
    names = new int[composites.length];
    kinds = new byte[composites.length];
    int at = 0;
    while (at < size) {
      int length = Math.min(PIECE, size - at);
      words.get(at, piece, 0, length);
      int next = 0;
      while (next + 3 <= length) {
        grow();
        next = walk(at, next, length);
      }
      if (next == 0 || next > size - at) {
        throw new IllegalArgumentException("its types make no sense up to their end");
      }
      at += next;
    }
  }

  private void grow() {
    if (count + WALK > starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
    }
    if (compositeCount + WALK > composites.length) {
      int size = 2 * composites.length;
      composites = Arrays.copyOf(composites, size);
      names = Arrays.copyOf(names, size);
      kinds = Arrays.copyOf(kinds, size);
    }
  }

  /**
   * Notes the next {@link #WALK} types, as far as their first words are in the piece.
   *
   * @param base where the piece begins in the section
   * @param from where the first type begins in the piece
   * @return where the next type would begin, which may be behind the piece
   */
  private int walk(int base, int from, int length) {
    int[] words = piece;
    int next = from;
    int id = count;
    int last = id + WALK;
    for (; id < last && next + 3 <= length; id++) {
      int info = words[next + 1];
      int kind = info >>> 24 & KIND_MASK;
      if (IS_COMPOSITE[kind]) {
        composites[compositeCount] = id;
        names[compositeCount] = words[next];
        kinds[compositeCount++] = (byte) kind;
      }
      starts[id] = base + next;
      next += FIXED[kind] + PER_MEMBER[kind] * (info & 0xffff);
    }
    count = id;
    return next;
  }

  /** The number of types, void among them. */
  int count() {
    return count;
  }

  /** The word at which a type begins. */
  int start(int id) {
    return starts[id];
  }

  /**
   * The first structure, union or typedef of that kind and name behind the type {@code after}.
   *
   * @return its id, or 0
   */
  int find(byte[] name, int kind, int after, Btf btf) {
    byte[] candidates = kinds;
    for (int i = 0; i < compositeCount; i++) {
      if (candidates[i] == kind && composites[i] > after && btf.isNamed(names[i], name)) {
        return composites[i];
      }
    }
    return 0;
  }
}
