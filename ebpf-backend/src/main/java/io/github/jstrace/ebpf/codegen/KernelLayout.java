// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.Size;
import io.github.jstrace.linux.Arch;

/** Where the running kernel keeps what programs load: byte offsets, from its BTF. */
public final class KernelLayout {
  /** {@code TS_COMPAT} of asm/thread_info.h: the current call came by the i386 entry. */
  static final int TS_COMPAT = 2;

  /** Of asm/thread_info.h of AArch64: the thread runs a 32-bit program. */
  private static final int TIF_32BIT = 1 << 22;

  private static final String TASK = "task_struct";
  private static final String REGISTERS = "pt_regs";

  /** Answers for the kernel's types. */
  public interface Offsets {
    /**
     * Offset of a field, which may be a path such as {@code thread_info.status}.
     *
     * @throws TraceException if the kernel has no such field
     */
    int of(String struct, String field) throws TraceException;
  }

  private final Arch arch;
  private final int pid;
  private final int tgid;
  private final int comm;
  private final int groupLeader;
  private final int pendingSignals;
  private final int signal;
  private final int groupExitCode;
  private final int sharedSignals;
  private final int threadStatus;
  private final int callNumber;
  private final int firstArgument;
  private final int secondArgument;

  /**
   * @throws TraceException if the kernel is too different from those known
   */
  public KernelLayout(Arch arch, Offsets offsets) throws TraceException {
    this.arch = arch;
    boolean x86 = arch == Arch.X86_64;
    pid = offsets.of(TASK, "pid");
    tgid = offsets.of(TASK, "tgid");
    comm = offsets.of(TASK, "comm");
    groupLeader = offsets.of(TASK, "group_leader");
    pendingSignals = offsets.of(TASK, "pending.signal");
    signal = offsets.of(TASK, "signal");
    groupExitCode = offsets.of("signal_struct", "group_exit_code");
    sharedSignals = offsets.of("signal_struct", "shared_pending.signal");
    threadStatus = offsets.of(TASK, x86 ? "thread_info.status" : "thread_info.flags");
    callNumber = offsets.of(REGISTERS, x86 ? "orig_ax" : "syscallno");
    firstArgument = x86 ? offsets.of(REGISTERS, "bx") : 0;
    secondArgument = x86 ? offsets.of(REGISTERS, "cx") : 0;
  }

  /** The machine that programs are for. */
  public Arch arch() {
    return arch;
  }

  /** Whether the second ABI is i386, in which a call may be made through another. */
  public boolean hasI386() {
    return arch == Arch.X86_64;
  }

  /** Which bit of {@link #threadStatus} tells that a call is of the second ABI. */
  int compatBit() {
    return Integer.numberOfTrailingZeros(arch == Arch.X86_64 ? TS_COMPAT : TIF_32BIT);
  }

  /** In {@code task_struct}: the thread's id, 4 bytes. */
  public int pid() {
    return pid;
  }

  /** The process's id, 4 bytes. */
  public int tgid() {
    return tgid;
  }

  /** The thread's name, 16 bytes. */
  public int comm() {
    return comm;
  }

  /** Pointer to the process's first thread. */
  public int groupLeader() {
    return groupLeader;
  }

  /** Signals sent to this thread, 8 bytes, bit 0 for signal 1. */
  public int pendingSignals() {
    return pendingSignals;
  }

  /** Pointer to the process's {@code signal_struct}. */
  public int signal() {
    return signal;
  }

  /** In {@code signal_struct}: how the process ends, 4 bytes as wait(2) has it. */
  public int groupExitCode() {
    return groupExitCode;
  }

  /** In {@code signal_struct}: signals sent to the process, as {@link #pendingSignals}. */
  public int sharedSignals() {
    return sharedSignals;
  }

  /** In {@code task_struct}: 4 bytes that tell the ABI of a call, see {@link #compatBit}. */
  public int threadStatus() {
    return threadStatus;
  }

  /** In {@code pt_regs}: number of the call, which stays there until the exit. */
  public int callNumber() {
    return callNumber;
  }

  /** How much of memory that is: verifiers let nobody load more than the field. */
  public Size callNumberSize() {
    return arch == Arch.X86_64 ? Size.U64 : Size.U32;
  }

  /** The first argument of an i386 call (x86 only). */
  public int firstArgument() {
    return firstArgument;
  }

  /** The second one. */
  public int secondArgument() {
    return secondArgument;
  }
}
