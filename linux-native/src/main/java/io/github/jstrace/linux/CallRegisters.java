// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * The registers of a stopped tracee, as far as is needed to have it make a system call of our
 * choice: the instruction pointer is set to an instruction that enters the kernel, and number and
 * arguments to where that instruction's ABI has them. Layouts are {@code struct user_regs_struct}
 * of x86-64 and {@code struct user_pt_regs} of AArch64.
 */
public final class CallRegisters {
  // words of user_regs_struct, asm/user_64.h
  private static final int RBP = 4;
  private static final int RBX = 5;
  private static final int R10 = 7;
  private static final int R9 = 8;
  private static final int R8 = 9;
  private static final int RAX = 10;
  private static final int RCX = 11;
  private static final int RDX = 12;
  private static final int RSI = 13;
  private static final int RDI = 14;
  private static final int ORIG_RAX = 15;
  private static final int RIP = 16;
  private static final int CS = 17;
  private static final int RSP = 19;

  /** Selector of 32-bit code, __USER32_CS. */
  private static final int CODE32 = 0x23;

  private static final int[] X86_64_ARGS = {RDI, RSI, RDX, R10, R8, R9};
  private static final int[] I386_ARGS = {RBX, RCX, RDX, RSI, RDI, RBP};

  private static final int ARM_NUMBER = 8;
  private static final int ARM_SP = 31;
  private static final int ARM_PC = 32;

  private static final int GETREGS = 12;
  private static final int SETREGS = 13;

  private static final int SIZE = 288;
  private static final int VECTOR = 2 * SIZE;

  private final Libc libc;
  private final boolean arm = Arch.current() == Arch.AARCH64;

  /** Those that were read, then those to be set, then a {@code struct iovec} and a word. */
  private final NativeMemory memory;

  public CallRegisters(Libc libc) {
    this.libc = libc;
    this.memory = libc.allocate(VECTOR + 32);
  }

  /** Reads them. Returns 0, or -errno. */
  public int fetch(int tid) {
    return transfer(tid, GETREGS, Ptrace.GETREGSET, 0);
  }

  /** Sets them to what was read. */
  public int restore(int tid) {
    return transfer(tid, SETREGS, Ptrace.SETREGSET, 0);
  }

  public long instructionPointer() {
    return memory.getLong(8 * (arm ? ARM_PC : RIP));
  }

  public long stackPointer() {
    return memory.getLong(8 * (arm ? ARM_SP : RSP));
  }

  /** Whether the tracee runs 32-bit code. */
  public boolean narrow() {
    return !arm && memory.getLong(8 * CS) == CODE32;
  }

  /** AArch64: the register that has the number of a call. */
  public long numberRegister() {
    return memory.getLong(8 * ARM_NUMBER);
  }

  /**
   * Makes a call the next thing that the tracee does; otherwise its registers are as they were
   * read.
   *
   * @param instruction address of the instruction
   * @param i386 whether it is one of the i386 ABI
   */
  public int call(int tid, long instruction, boolean i386, int number, long... args) {
    for (int i = 0; i < SIZE; i += 8) {
      memory.putLong(SIZE + i, memory.getLong(i));
    }
    if (arm) {
      set(ARM_PC, instruction);
      set(ARM_NUMBER, number);
      for (int i = 0; i < args.length; i++) {
        set(i, args[i]);
      }
      int result = transfer(tid, SETREGS, Ptrace.SETREGSET, SIZE);
      return result < 0 ? result : forgetCall(tid);
    }
    set(RIP, instruction);
    set(RAX, number);
    set(ORIG_RAX, -1); // no call to restart
    int[] places = i386 ? I386_ARGS : X86_64_ARGS;
    for (int i = 0; i < args.length; i++) {
      set(places[i], args[i]);
    }
    return transfer(tid, SETREGS, Ptrace.SETREGSET, SIZE);
  }

  private void set(int register, long value) {
    memory.putLong(SIZE + 8 * register, value);
  }

  /** AArch64: that the tracee was in a call is no register of the general ones. */
  private int forgetCall(int tid) {
    memory.putInt(VECTOR + 16, -1);
    memory.putLong(VECTOR, memory.address() + VECTOR + 16);
    memory.putLong(VECTOR + 8, 4);
    return (int)
        libc.ptrace(Ptrace.SETREGSET, tid, Ptrace.NT_ARM_SYSTEM_CALL, memory.address() + VECTOR);
  }

  private int transfer(int tid, int request, int setRequest, int offset) {
    if (!arm) {
      // always in the layout of this process, whatever the tracee is
      return (int) libc.ptrace(request, tid, 0, memory.address() + offset);
    }
    memory.putLong(VECTOR, memory.address() + offset);
    memory.putLong(VECTOR + 8, 34 * 8);
    return (int) libc.ptrace(setRequest, tid, Ptrace.NT_PRSTATUS, memory.address() + VECTOR);
  }
}
