// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A system call ABI. All are little-endian and pass up to six arguments in registers.
 *
 * <p>Source: {@code AUDIT_ARCH_*} of {@code linux/audit.h}, Linux 6.18.
 */
public enum Abi {
  X86_64("x86_64", "64 bit", 0xc000003e, 8, 8),
  I386("i386", "32 bit", 0x40000003, 4, 4),
  AARCH64("aarch64", "64 bit", 0xc00000b7, 8, 8),

  /** 32-bit Arm on AArch64 (EABI). It is in no table, so its calls are shown by number. */
  ARM("arm", "32 bit Arm", 0x40000028, 4, 8);

  private static final Abi[] ALL = values();

  /** How many there are in the tables: those before {@link #ARM}. */
  static final int TABULATED = ARM.ordinal();

  /** Number of socketcall(2) in i386. */
  public static final int SOCKETCALL = 102;

  /** Number of ipc(2) in i386. */
  public static final int IPC = 117;

  private final String tableName;
  private final String personality;
  private final int auditArch;
  private final int wordSize;
  private final int maxAlign;

  Abi(String tableName, String personality, int auditArch, int wordSize, int maxAlign) {
    this.tableName = tableName;
    this.personality = personality;
    this.auditArch = auditArch;
    this.wordSize = wordSize;
    this.maxAlign = maxAlign;
  }

  /**
   * The ABI of the programs of this machine, as a JVM reports it: the one that a thread is taken to
   * use at first.
   */
  public static Abi host() {
    return "aarch64".equals(System.getProperty("os.arch")) ? AARCH64 : X86_64;
  }

  /** Those whose calls the tables know. */
  public static List<Abi> inTables() {
    return List.of(X86_64, I386, AARCH64);
  }

  /** Whether the tables know its calls. */
  public boolean tabulated() {
    return this != ARM;
  }

  /** The name that the tables and JSON use. */
  public String tableName() {
    return tableName;
  }

  /** What strace calls it: {@code 64 bit}, {@code 32 bit}. */
  public String personality() {
    return personality;
  }

  /**
   * Whether this number is that of socketcall(2) or ipc(2), whose first argument says which call.
   */
  public boolean multiplexes(int number) {
    return this == I386 && (number == SOCKETCALL || number == IPC);
  }

  /** The {@code arch} of {@code struct ptrace_syscall_info} and {@code struct seccomp_data}. */
  public int auditArch() {
    return auditArch;
  }

  /** Bytes of a {@code long} and of a pointer. */
  public int wordSize() {
    return wordSize;
  }

  /** The largest alignment of a scalar: on i386 that of a 64-bit number in a struct is 4. */
  public int maxAlign() {
    return maxAlign;
  }

  /** Bytes of a user or group id in the oldest calls that take one ({@code __kernel_old_uid_t}). */
  public int legacyIdSize() {
    return this == I386 ? 2 : 4;
  }

  /**
   * Where the signal mask lies in the frame of a signal handler, from the stack pointer at
   * rt_sigreturn(2): {@code struct rt_sigframe} of {@code asm/sigframe.h}, Linux 6.18.
   */
  public int frameMask() {
    switch (this) {
      case I386:
        // signal number, two pointers, siginfo; of ucontext: flags, link, stack, sigcontext
        return 4 + 4 + 4 + 128 + 4 + 4 + 12 + 88;
      case AARCH64:
        // siginfo; of ucontext: flags, link, stack
        return 128 + 8 + 8 + 24;
      default:
        // of ucontext: flags, link, stack, sigcontext
        return 8 + 8 + 24 + 256;
    }
  }

  /** The same at sigreturn(2), which only i386 has: the last but one word of its sigcontext. */
  public int oldFrameMask() {
    return 80;
  }

  /** Where the other half of that mask lies: behind the sigcontext and an unused FPU state. */
  public int oldFrameMaskRest() {
    return 88 + 624;
  }

  /** The ABI of an {@code AUDIT_ARCH_*} value, or null if jstrace does not know it. */
  public static @Nullable Abi ofAuditArch(int auditArch) {
    for (Abi abi : ALL) {
      if (abi.auditArch == auditArch) {
        return abi;
      }
    }
    return null;
  }
}
