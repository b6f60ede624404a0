// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * A reusable {@code struct ptrace_syscall_info} (ptrace(2), {@code PTRACE_GET_SYSCALL_INFO}, Linux
 * 5.3): which system call a stopped tracee is in, by whose ABI, with which arguments or result.
 * Values are those of the last {@link #fetch}.
 */
public final class SyscallInfo {
  /** {@link #op()}: the tracee is not in a system call stop. */
  public static final int NONE = 0;

  public static final int ENTRY = 1;
  public static final int EXIT = 2;
  public static final int SECCOMP = 3;

  private static final int SIZE = 88;

  private final Libc libc;
  private final NativeMemory memory;
  private final long address;

  public SyscallInfo(Libc libc) {
    this.libc = libc;
    this.memory = libc.allocate(SIZE);
    this.address = memory.address();
  }

  /**
   * Asks the kernel. Returns how many bytes it knows (at least 24), or -errno; -EIO before Linux
   * 5.3.
   */
  public int fetch(int tid) {
    return (int) libc.ptrace(Ptrace.GET_SYSCALL_INFO, tid, SIZE, address);
  }

  /** {@link #NONE}, {@link #ENTRY}, {@link #EXIT} or {@link #SECCOMP}. */
  public int op() {
    return memory.getByte(0);
  }

  /** {@code AUDIT_ARCH_*} of the call, see {@link Arch}. */
  public int arch() {
    return memory.getInt(4);
  }

  public long instructionPointer() {
    return memory.getLong(8);
  }

  public long stackPointer() {
    return memory.getLong(16);
  }

  /** Number of the call, at {@link #ENTRY} and {@link #SECCOMP}; of an x32 call bit 30 is set. */
  public long number() {
    return memory.getLong(24);
  }

  /** Argument 0 to 5, at {@link #ENTRY} and {@link #SECCOMP}. */
  public long arg(int index) {
    return memory.getLong(32 + 8 * index);
  }

  /** {@code SECCOMP_RET_DATA}, at {@link #SECCOMP}. */
  public int seccompData() {
    return memory.getInt(80);
  }

  /**
   * Result at {@link #EXIT}: -errno if {@link #isError()}, which may be one of the kernel-internal
   * 512 to 516.
   */
  public long result() {
    return memory.getLong(24);
  }

  public boolean isError() {
    return memory.getByte(32) != 0;
  }
}
