// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import org.jspecify.annotations.Nullable;

/**
 * The numbers of the x32 ABI: those of x86-64 with a bit set, and some of its own for calls that
 * read pointers from memory. Most kernels refuse them all.
 *
 * <p>Source: {@code syscall_64.tbl}, Linux 6.18.
 */
public final class X32 {
  /** {@code __X32_SYSCALL_BIT}. */
  private static final int BIT = 0x40000000;

  /** Above the highest number without the bit. */
  private static final int NUMBERS = 1024;

  private static final int FIRST_OWN = 512;

  /** What the numbers from {@link #FIRST_OWN} on are in x86-64. */
  private static final short[] OWN = {
    13, 15, 16, 19, 20, 45, 46, 47, 59, 101, 127, 128, 129, 131, 222, 244, 246, 247, 273, 274, 278,
    279, 295, 296, 297, 299, 307, 310, 311, 54, 55, 206, 209, 322, 327, 328
  };

  /**
   * Others that only x86-64 has: uselib, _sysctl, create_module, get_kernel_syms, query_module,
   * nfsservctl, set_thread_area, get_thread_area, epoll_ctl_old, epoll_wait_old, vserver, uretprobe
   * and uprobe.
   */
  private static final short[] NATIVE_ONLY = {
    134, 156, 174, 177, 178, 180, 205, 211, 214, 215, 236, 335, 336
  };

  private X32() {}

  /** Whether the kernel takes a number, in a 64-bit call of x86, for one of x32. */
  public static boolean marks(int number) {
    return (number & BIT) != 0 && number != -1;
  }

  /** Whether it is one that a call could have. */
  public static boolean is(Abi abi, int number) {
    return abi == Abi.X86_64 && number >= BIT && number < BIT + NUMBERS;
  }

  /**
   * The number in x86-64 of the call that an x32 number means; -1 if it means none.
   *
   * @param number one that {@link #is}
   */
  public static int plain(int number) {
    int index = number - BIT;
    if (index < FIRST_OWN) {
      return has(index) && !contains(OWN, index) ? index : -1;
    }
    return index < FIRST_OWN + OWN.length ? OWN[index - FIRST_OWN] : -1;
  }

  /** Whether x32 has the call that has this number in x86-64. */
  public static boolean has(int plain) {
    return plain < FIRST_OWN && !contains(NATIVE_ONLY, plain);
  }

  /**
   * The call that would have an x32 number if x32 had taken it over from x86-64; null if it has, or
   * if there is none.
   *
   * @param number one that {@link #is}
   */
  public static @Nullable Syscall refused(int number) {
    return plain(number) >= 0 ? null : SyscallTable.byNumber(Abi.X86_64, number - BIT);
  }

  private static boolean contains(short[] numbers, int number) {
    for (short each : numbers) {
      if (each == number) {
        return true;
      }
    }
    return false;
  }
}
