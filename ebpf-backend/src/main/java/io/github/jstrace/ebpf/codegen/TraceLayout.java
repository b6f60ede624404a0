// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.linux.Arch;

/** Where the running kernel keeps what only the programs of a trace load: byte offsets. */
public final class TraceLayout {
  /** Six arguments, stack pointer, instruction pointer. */
  static final int REGISTERS = 8;

  private static final String[] X86 = {"di", "si", "dx", "r10", "r8", "r9", "sp", "ip"};
  private static final String[] I386 = {"bx", "cx", "dx", "si", "di", "bp", "sp", "ip"};

  /** The first argument's register has the result at the exit; its value is kept. */
  private static final String[] AARCH64 = {
    "orig_x0", "regs[1]", "regs[2]", "regs[3]", "regs[4]", "regs[5]", "sp", "pc"
  };

  private static final String[] ARM = {
    "orig_x0", "regs[1]", "regs[2]", "regs[3]", "regs[4]", "regs[5]", "regs[13]", "pc"
  };

  private final int[] registers;
  private final int[] compatRegisters;
  private final int exitCode;
  private final int signalHandler;
  private final int signalFlags;
  private final int seccompMode;
  private final int taskFlags;
  private final int result;

  /**
   * @throws TraceException if the kernel is too different from those known
   */
  public TraceLayout(Arch arch, KernelLayout.Offsets offsets) throws TraceException {
    boolean x86 = arch == Arch.X86_64;
    registers = registers(offsets, x86 ? X86 : AARCH64);
    compatRegisters = registers(offsets, x86 ? I386 : ARM);
    exitCode = offsets.of("task_struct", "exit_code");
    signalHandler = offsets.of("k_sigaction", "sa.sa_handler");
    signalFlags = offsets.of("k_sigaction", "sa.sa_flags");
    seccompMode = offsets.of("task_struct", "seccomp.mode");
    taskFlags = offsets.of("task_struct", "flags");
    result = offsets.of("pt_regs", x86 ? "ax" : "regs");
  }

  private static int[] registers(KernelLayout.Offsets offsets, String[] names)
      throws TraceException {
    int[] result = new int[REGISTERS];
    for (int i = 0; i < REGISTERS; i++) {
      result[i] = offsets.of("pt_regs", names[i]);
    }
    return result;
  }

  /** In {@code pt_regs}: arguments, stack pointer, instruction pointer, 8 bytes each. */
  int register(int index, boolean compat) {
    return compat ? compatRegisters[index] : registers[index];
  }

  /** In {@code task_struct}: how a thread ended, 4 bytes as wait(2) has them. */
  int exitCode() {
    return exitCode;
  }

  /** In {@code k_sigaction}: a pointer, or 0 for the default action. */
  int signalHandler() {
    return signalHandler;
  }

  /** In {@code k_sigaction}: flags, 8 bytes. */
  int signalFlags() {
    return signalFlags;
  }

  /** In {@code task_struct}: 4 bytes, 0 unless the thread has filters of seccomp(2). */
  int seccompMode() {
    return seccompMode;
  }

  /** In {@code task_struct}: {@code PF_} flags, 4 bytes. */
  int taskFlags() {
    return taskFlags;
  }

  /** In {@code pt_regs}: the register that has a call's result. */
  int result() {
    return result;
  }
}
