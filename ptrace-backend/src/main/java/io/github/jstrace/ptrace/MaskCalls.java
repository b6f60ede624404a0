// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceeMemory;
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

  /** Longer paths of /proc do not matter: only their beginning is looked at. */
  private static final int PATH_SIZE = 64;

  private static final byte[] PROC = {'/', 'p', 'r', 'o', 'c'};
  private static final byte[] STATUS = {'s', 't', 'a', 't', 'u', 's'};

  private final byte[] path = new byte[PATH_SIZE];

  /**
   * Whether the call that a thread is about to make is one of these, or opens a file that tells the
   * mask, or may do so: one in /proc, or any that is called status.
   */
  boolean reveals(Requests call, TraceeMemory memory) {
    int arch = call.arch();
    int number = call.number();
    if (contains(arch, number)) {
      return true;
    }
    int index = pathArgument(arch, number);
    return index >= 0 && mayTell(memory.read(call.arg(index), path, 0, PATH_SIZE));
  }

  private boolean mayTell(int size) {
    int length = 0;
    while (length < size && path[length] != 0) {
      length++;
    }
    return matches(PROC, 0, length)
        || (length < size && matches(STATUS, length - STATUS.length, length));
  }

  private boolean matches(byte[] word, int at, int length) {
    if (at < 0 || at + word.length > length) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if (path[at + i] != word[i]) {
        return false;
      }
    }
    return true;
  }

  /** Which argument of a call is the path of a file to open, -1 if none is. */
  static int pathArgument(int auditArch, int number) {
    if (auditArch == Abi.X86_64.auditArch()) {
      int call = number & ~X32_BIT;
      return call == 2 ? 0 : call == 257 || call == 437 ? 1 : -1; // open, openat, openat2
    }
    if (auditArch == Abi.I386.auditArch()) {
      return number == 5 ? 0 : number == 295 || number == 437 ? 1 : -1;
    }
    return number == 56 || number == 437 ? 1 : -1; // of aarch64
  }

  /** Whether {@link #reveals} may be true of a call, depending on its arguments. */
  static boolean maySee(int auditArch, int number) {
    return contains(auditArch, number) || pathArgument(auditArch, number) >= 0;
  }

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
