// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.CallRegisters;
import io.github.jstrace.linux.ChildWait;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;
import io.github.jstrace.linux.Ptrace;
import io.github.jstrace.linux.RemoteMemory;
import io.github.jstrace.linux.Signals;
import io.github.jstrace.linux.SyscallInfo;
import io.github.jstrace.linux.WaitStatus;
import org.jspecify.annotations.Nullable;

/**
 * Has a stopped tracee make system calls that are ours, and leaves it as it was. Between {@link
 * #begin} and {@link #end} its signals are blocked and its stops are waited for here.
 *
 * <p>All that can be undone in a {@code PTRACE_EVENT_STOP} is: a call that was interrupted there
 * and waits to be restarted is restarted afterwards as if nothing had been.
 */
final class InjectedCalls {
  /** Result of {@link #call}: the tracee has ended; {@link #endStatus} tells how. */
  static final long DEAD = Long.MIN_VALUE;

  private static final int AT_SYSINFO_EHDR = 33;
  private static final int MAX_VDSO = 4 * 4096;

  private final Libc libc;
  private final RemoteMemory memory;
  private final ChildWait wait;
  private final CallRegisters registers;
  private final SyscallInfo info;
  private final boolean arm = Arch.current() == Arch.AARCH64;

  /** The tracee's signal mask, and one with all signals. */
  private final NativeMemory masks;

  private int tid;
  private long entry;
  private boolean i386;
  private int stopSignal;
  private int endStatus;

  InjectedCalls(Libc libc) {
    this.libc = libc;
    this.memory = new RemoteMemory(libc);
    this.wait = new ChildWait(libc);
    this.registers = new CallRegisters(libc);
    this.info = new SyscallInfo(libc);
    this.masks = libc.allocate(16);
    masks.putLong(8, -1);
  }

  /**
   * Begins with a tracee that is in a {@code PTRACE_EVENT_STOP}.
   *
   * @return 0, or -errno: then nothing has been changed
   */
  int begin(int tracee) {
    tid = tracee;
    stopSignal = 0;
    endStatus = 0;
    int result = registers.fetch(tid);
    if (result >= 0 && !findEntry()) {
      result = -Errno.EOPNOTSUPP;
    }
    if (result >= 0) {
      result = (int) libc.ptrace(Ptrace.GETSIGMASK, tid, 8, masks.address());
    }
    if (result >= 0) {
      result = (int) libc.ptrace(Ptrace.SETSIGMASK, tid, 8, masks.address() + 8);
    }
    return Math.min(result, 0);
  }

  /** Whether the calls are of the i386 ABI, so that numbers and addresses have to be. */
  boolean i386() {
    return i386;
  }

  long stackPointer() {
    return registers.stackPointer();
  }

  /** The wait status with which the tracee ended, 0 if it did not. */
  int endStatus() {
    return endStatus;
  }

  /**
   * Makes a call.
   *
   * @return its result, or {@link #DEAD}
   */
  long call(int number, long... args) {
    if (endStatus != 0) {
      return DEAD;
    }
    if (registers.call(tid, entry, i386, number, args) < 0) {
      awaitEnd();
      return DEAD;
    }
    while (goOn(Ptrace.SYSCALL)) {
      if (WaitEvent.of(wait.status()) == WaitEvent.SYSCALL_STOP
          && info.fetch(tid) >= 0
          && info.op() == SyscallInfo.EXIT) {
        return info.result();
      }
    }
    return DEAD;
  }

  /**
   * Brings the tracee back to where {@link #begin} found it.
   *
   * @param restarting whether it may have been in a call, which takes another {@code
   *     PTRACE_EVENT_STOP}
   * @return a signal that has stopped it meanwhile, or 0, to be given to PTRACE_DETACH
   */
  int end(boolean restarting) {
    if (endStatus == 0 && restarting) {
      boolean alive;
      do {
        libc.ptrace(Ptrace.INTERRUPT, tid, 0, 0); // any other stop takes the place of one asked for
        alive = goOn(Ptrace.CONT);
      } while (alive && !isEventStop(wait.status()));
    }
    if (endStatus == 0) {
      registers.restore(tid);
      libc.ptrace(Ptrace.SETSIGMASK, tid, 8, masks.address());
    }
    return stopSignal;
  }

  private static boolean isEventStop(int status) {
    WaitEvent event = WaitEvent.of(status);
    return event == WaitEvent.TRAP_STOP || event == WaitEvent.GROUP_STOP;
  }

  /** Resumes the tracee and waits for its next stop; false if it has ended. */
  private boolean goOn(int request) {
    libc.ptrace(request, tid, 0, 0);
    return awaitStop();
  }

  private void awaitEnd() {
    while (awaitStop()) {
      libc.ptrace(Ptrace.CONT, tid, 0, 0);
    }
  }

  private boolean awaitStop() {
    int result;
    do {
      result = wait.await(tid, ChildWait.WALL | ChildWait.WNOTHREAD, false);
    } while (result == -Errno.EINTR);
    int status = wait.status();
    if (result < 0 || !WaitEvent.of(status).isStop()) {
      endStatus = result < 0 ? Signals.SIGKILL : status;
      return false;
    }
    if (WaitEvent.of(status) == WaitEvent.SIGNAL_STOP) {
      stopSignal = WaitStatus.stopSignal(status); // SIGSTOP, which cannot be blocked
    }
    return true;
  }

  /**
   * Finds an instruction that enters the kernel: the one behind which the tracee is, if it is in a
   * call, else one of the vDSO.
   */
  private boolean findEntry() {
    long pointer = registers.instructionPointer();
    int size = arm ? 4 : 2;
    byte[] code = new byte[2 * size];
    int got = memory.read(tid, pointer - size, code, 0, code.length);
    if (got >= size && isEntry(code, 0)) {
      entry = pointer - size;
      return true;
    }
    if (arm && got == code.length && isEntry(code, size) && !isTimed(registers.numberRegister())) {
      entry = pointer; // the kernel has set the pointer back already
      return true;
    }
    return !(arm && got == code.length && isEntry(code, size)) && findEntryInVdso();
  }

  /**
   * Whether a call may go on with the time that is left of it when it is restarted. On AArch64 that
   * would be lost: futex, nanosleep, clock_nanosleep.
   */
  private static boolean isTimed(long number) {
    return number == 98 || number == 101 || number == 115;
  }

  private boolean isEntry(byte[] code, int at) {
    if (arm) { // svc #0
      return code[at] == 1 && code[at + 1] == 0 && code[at + 2] == 0 && code[at + 3] == (byte) 0xd4;
    }
    i386 = code[at] == (byte) 0xcd && code[at + 1] == (byte) 0x80; // int $0x80
    return i386 || isSyscall(code, at);
  }

  private boolean isSyscall(byte[] code, int at) {
    return !registers.narrow() && code[at] == 0x0f && code[at + 1] == 0x05;
  }

  private boolean findEntryInVdso() {
    byte @Nullable [] vector = new ProcFs(libc).read(ProcFs.path(tid, "/auxv"));
    long start = vector == null ? 0 : vdso(vector);
    if (start == 0) {
      return false;
    }
    byte[] code = new byte[MAX_VDSO];
    int got = memory.read(tid, start, code, 0, code.length);
    int step = arm ? 4 : 1;
    for (int at = 0; at + 4 <= got; at += step) {
      if (arm || registers.narrow() ? isEntry(code, at) : isSyscall(code, at)) {
        entry = start + at;
        return true;
      }
    }
    return false;
  }

  /** Where the vDSO begins, by the auxiliary vector of a process; 0 if that does not tell. */
  private static long vdso(byte[] vector) {
    // the first pair has a small number and an address: 4 bytes each in a 32-bit process
    int size = word(vector, 4, 4) == 0 ? 8 : 4;
    for (int at = 0; at + 2 * size <= vector.length; at += 2 * size) {
      if (word(vector, at, size) == AT_SYSINFO_EHDR) {
        return word(vector, at + size, size);
      }
    }
    return 0;
  }

  private static long word(byte[] bytes, int at, int size) {
    long result = 0;
    for (int i = 0; i < size && at + i < bytes.length; i++) {
      result |= (bytes[at + i] & 0xffL) << (8 * i);
    }
    return result;
  }
}
