// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import io.github.jstrace.core.decode.DecodeOptions;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.SyscallTable;
import java.util.Arrays;

/**
 * A set of system calls, per ABI. Immutable; a look-up is one array access, and the tables are only
 * read for an expression that needs them.
 */
public final class SyscallFilter implements DecodeOptions.SyscallSet {
  private static final Abi[] ABIS = Abi.values();
  private static final boolean[][] NOTHING = new boolean[ABIS.length][0];

  public static final SyscallFilter ALL = new SyscallFilter(NOTHING, true);
  public static final SyscallFilter NONE = new SyscallFilter(NOTHING, false);

  /** By ordinal of the ABI, then by number. */
  private final boolean[][] members;

  /** The answer for numbers beyond those arrays. */
  private final boolean others;

  /** A bit for each ordinal of an ABI of which numbers beyond are in the set all the same. */
  private final int unknown;

  SyscallFilter(boolean[][] members, boolean others) {
    this(members, others, 0);
  }

  private SyscallFilter(boolean[][] members, boolean others, int unknown) {
    this.members = members;
    this.others = others;
    this.unknown = unknown;
  }

  /**
   * Reads an expression such as {@code openat,%process}, {@code !/^mmap}, {@code ?statx@64}; the
   * grammar is that of strace(1), {@code -e trace=}.
   *
   * @param abis those that programs of this machine can use, its native one first
   * @throws FilterSyntaxException if a part names nothing that any of {@code abis} has
   */
  public static SyscallFilter parse(String expression, Abi... abis) throws FilterSyntaxException {
    return SyscallFilterParser.parse(expression, abis);
  }

  /**
   * This set with all numbers that no call has: strace shows such calls whatever is asked for.
   *
   * @param abis those meant; x32 counts as an ABI that is not
   */
  public SyscallFilter andUnknown(Abi... abis) {
    if (others) {
      return this; // has them
    }
    boolean[][] more = members.clone();
    int mask = 0;
    for (Abi abi : abis) {
      int end = more[abi.ordinal()].length;
      for (int i = 0; i < SyscallTable.size(); i++) {
        end = Math.max(end, SyscallTable.row(i).number(abi) + 1);
      }
      boolean[] numbers = new boolean[end];
      Arrays.fill(numbers, true);
      for (int i = 0; i < SyscallTable.size(); i++) {
        int number = SyscallTable.row(i).number(abi);
        if (number >= 0) {
          numbers[number] = contains(abi, number);
        }
      }
      more[abi.ordinal()] = numbers;
      mask |= 1 << abi.ordinal();
    }
    return new SyscallFilter(more, false, mask);
  }

  /** Whether the set has the call. */
  @Override
  public boolean contains(Abi abi, int number) {
    boolean[] numbers = members[abi.ordinal()];
    return number >= 0 && number < numbers.length
        ? numbers[number]
        : others || (!abi.isX32(number) && (unknown >> abi.ordinal() & 1) != 0);
  }

  /** Whether every call is in the set, so that asking is needless. */
  public boolean isAll() {
    return this == ALL;
  }

  /** The answer for numbers that no call of the tables has. */
  public boolean containsUnknown(Abi abi) {
    return others || (unknown >> abi.ordinal() & 1) != 0;
  }

  /** The numbers of {@code abi} that are in the set and in the tables, ascending. */
  public int[] members(Abi abi) {
    int[] result = new int[SyscallTable.size()];
    int count = 0;
    for (int i = 0; i < SyscallTable.size(); i++) {
      int number = SyscallTable.row(i).number(abi);
      if (number >= 0 && contains(abi, number)) {
        result[count++] = number;
      }
    }
    Arrays.sort(result, 0, count);
    return Arrays.copyOf(result, count);
  }
}
