// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.tables.Abi;

/**
 * The system calls that show a thread's CPU mask, change it or pass it on to another thread:
 * sched_getaffinity, sched_setaffinity, clone, clone3, fork, vfork, execve, execveat (which may
 * take away the right to set the mask) and io_uring_setup (which makes threads). Before any of them
 * {@link CoLocation} gives back the thread's own mask.
 */
final class MaskCalls {
  /** Set in the numbers of x32 calls. */
  private static final int X32_BIT = 0x40000000;

  private MaskCalls() {}

  /** Whether a call is one of these; of an unknown ABI, any might be. */
  static boolean contains(int auditArch, int number) {
    if (auditArch == Abi.X86_64.auditArch()) {
      return x86(number & ~X32_BIT);
    }
    if (auditArch == Abi.I386.auditArch()) {
      return i386(number);
    }
    return auditArch != Abi.AARCH64.auditArch() || aarch64(number);
  }

  private static boolean x86(int number) {
    switch (number) {
      case 56: // clone
      case 57: // fork
      case 58: // vfork
      case 59: // execve
      case 203: // sched_setaffinity
      case 204: // sched_getaffinity
      case 322: // execveat
      case 425: // io_uring_setup
      case 435: // clone3
      case 520: // execve of x32
      case 545: // execveat of x32
        return true;
      default:
        return false;
    }
  }

  private static boolean i386(int number) {
    switch (number) {
      case 2: // fork
      case 11: // execve
      case 120: // clone
      case 190: // vfork
      case 241: // sched_setaffinity
      case 242: // sched_getaffinity
      case 358: // execveat
      case 425: // io_uring_setup
      case 435: // clone3
        return true;
      default:
        return false;
    }
  }

  private static boolean aarch64(int number) {
    switch (number) {
      case 122: // sched_setaffinity
      case 123: // sched_getaffinity
      case 220: // clone
      case 221: // execve
      case 281: // execveat
      case 425: // io_uring_setup
      case 435: // clone3
        return true;
      default:
        return false;
    }
  }
}
