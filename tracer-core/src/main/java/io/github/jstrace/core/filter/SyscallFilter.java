// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import io.github.jstrace.core.decode.DecodeOptions;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.X32;
import java.util.Arrays;

/**
 * A set of system calls, per ABI. Immutable; a look-up is one array access, and the tables are only
 * read for an expression that needs them.
 */
public final class SyscallFilter implements DecodeOptions.SyscallSet {
  private static final Abi[] ABIS = Abi.values();

  /** Where members of x32 are, by their numbers in x86-64. */
  static final int X32_MEMBERS = ABIS.length;

  static final boolean[][] NOTHING = new boolean[X32_MEMBERS + 1][0];

  public static final SyscallFilter ALL = new SyscallFilter(NOTHING, true);
  public static final SyscallFilter NONE = new SyscallFilter(NOTHING, false);

  /** By ordinal of the ABI, or {@link #X32_MEMBERS}; then by number. */
  private final boolean[][] members;

  /** The answer for numbers beyond those arrays. */
  private final boolean others;

  /** Numbers that the tables do not know are in the set, too. */
  private final boolean strange;

  SyscallFilter(boolean[][] members, boolean others) {
    this(members, others, false);
  }

  private SyscallFilter(boolean[][] members, boolean others, boolean strange) {
    this.members = members;
    this.others = others;
    this.strange = strange;
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
   * This set and all numbers that mean no call: nobody can name those, so they are shown whatever
   * was asked for, as strace does. Not those of an ABI that the tables do not have at all.
   */
  public SyscallFilter withUnknown() {
    return isAll() ? this : new SyscallFilter(members, others, true);
  }

  /**
   * Whether the set has the call; numbers that no call has are in inverted sets, and in those of
   * {@link #withUnknown}.
   */
  @Override
  public boolean contains(Abi abi, int number) {
    boolean[] numbers = members[abi.ordinal()];
    int place = number;
    if (X32.is(abi, number)) {
      numbers = members[X32_MEMBERS];
      place = X32.plain(number);
    }
    return (place >= 0 && place < numbers.length ? numbers[place] : others)
        || (strange && abi.tabulated() && !SyscallTable.has(abi, number));
  }

  /** Whether every call is in the set, so that asking is needless. */
  public boolean isAll() {
    return this == ALL;
  }

  /** The answer for numbers that no call of the tables has. */
  public boolean containsUnknown(Abi abi) {
    return others || (strange && abi.tabulated());
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
