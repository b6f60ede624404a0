// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;
import io.github.jstrace.linux.Ptrace;
import io.github.jstrace.linux.RemoteMemory;
import io.github.jstrace.linux.SyscallInfo;
import org.jspecify.annotations.Nullable;

/** {@link Requests} to the running kernel, of the thread that traces. */
final class KernelRequests implements Requests {
  private static final byte[] NOTHING = {};
  private static final boolean ARM = Arch.current() == Arch.AARCH64;
  private static final int SIGINFO_SIZE = 128;

  // struct iovec and the registers behind it: 27 words on x86-64 (asm/user_64.h).
  private static final int IOV_SIZE = 16;
  private static final int REGISTERS_SIZE = 512;

  /** orig_rax and orig_eax in NT_PRSTATUS of a 64-bit and of a 32-bit thread. */
  private static final int ORIG_RAX = 15 * 8;

  private static final int ORIG_EAX = 11 * 4;
  private static final int RAX = 10 * 8;
  private static final int EAX = 6 * 4;
  private static final int I386_REGISTERS_SIZE = 17 * 4;

  /** {@code compat_elf_gregset_t} of AArch64: r0 to r15, cpsr, the former r0. */
  private static final int ARM32_REGISTERS_SIZE = 18 * 4;

  private final Libc libc;
  private final ProcFs procFs;
  private final SyscallInfo info;
  private final RemoteMemory memory;
  private final NativeMemory scratch;
  private final int tracerTid;
  private @Nullable Releaser releaser;
  private final byte[] siginfo = new byte[SIGINFO_SIZE];

  KernelRequests(Libc libc, ProcFs procFs) {
    this.libc = libc;
    this.procFs = procFs;
    this.tracerTid = libc.gettid();
    this.info = new SyscallInfo(libc);
    this.memory = new RemoteMemory(libc);
    this.scratch = libc.allocate(IOV_SIZE + REGISTERS_SIZE);
  }

  @Override
  public int seize(int tid, int options) {
    return (int) libc.ptrace(Ptrace.SEIZE, tid, 0, options);
  }

  @Override
  public int interrupt(int tid) {
    return (int) libc.ptrace(Ptrace.INTERRUPT, tid, 0, 0);
  }

  @Override
  public int resume(int tid, int signal) {
    return (int) libc.ptrace(Ptrace.SYSCALL, tid, 0, signal);
  }

  @Override
  public int cont(int tid, int signal) {
    return (int) libc.ptrace(Ptrace.CONT, tid, 0, signal);
  }

  @Override
  public int setOptions(int tid, int options) {
    return (int) libc.ptrace(Ptrace.SETOPTIONS, tid, 0, options);
  }

  @Override
  public int listen(int tid) {
    return (int) libc.ptrace(Ptrace.LISTEN, tid, 0, 0);
  }

  @Override
  public int detach(int tid, int signal) {
    return (int) libc.ptrace(Ptrace.DETACH, tid, 0, signal);
  }

  /** What {@link #release} is done by. */
  void setReleaser(Releaser value) {
    releaser = value;
  }

  @Override
  public int release(int tid, int tgid, boolean newborn, long parentStack) {
    return releaser == null ? -Errno.EOPNOTSUPP : releaser.release(tid, tgid, newborn, parentStack);
  }

  @Override
  public int endStatus() {
    return releaser == null ? 0 : releaser.endStatus();
  }

  @Override
  public long eventMessage(int tid) {
    long result = libc.ptrace(Ptrace.GETEVENTMSG, tid, 0, scratch.address());
    return result < 0 ? -1 : scratch.getLong(0);
  }

  @Override
  public byte[] siginfo(int tid) {
    if (libc.ptrace(Ptrace.GETSIGINFO, tid, 0, scratch.address()) < 0) {
      return NOTHING;
    }
    scratch.get(0, siginfo, 0, SIGINFO_SIZE);
    return siginfo;
  }

  @Override
  public int fetchSyscall(int tid) {
    return info.fetch(tid);
  }

  @Override
  public boolean atEntry() {
    return info.op() == SyscallInfo.ENTRY;
  }

  @Override
  public boolean atExit() {
    return info.op() == SyscallInfo.EXIT;
  }

  @Override
  public boolean atSeccomp() {
    return info.op() == SyscallInfo.SECCOMP;
  }

  @Override
  public int arch() {
    return info.arch();
  }

  @Override
  public long instructionPointer() {
    return info.instructionPointer();
  }

  @Override
  public long stackPointer() {
    return info.stackPointer();
  }

  @Override
  public int number() {
    return (int) info.number();
  }

  @Override
  public long arg(int index) {
    return info.arg(index);
  }

  @Override
  public long result() {
    return info.result();
  }

  @Override
  public boolean isError() {
    return info.isError();
  }

  @Override
  public int interruptedCall(int tid) {
    if (fetchRegisters(tid, ARM ? Ptrace.NT_ARM_SYSTEM_CALL : Ptrace.NT_PRSTATUS) < 0) {
      return -1;
    }
    if (ARM) {
      return scratch.getInt(IOV_SIZE);
    }
    return scratch.getLong(8) == I386_REGISTERS_SIZE
        ? scratch.getInt(IOV_SIZE + ORIG_EAX)
        : (int) scratch.getLong(IOV_SIZE + ORIG_RAX);
  }

  /** Reads a set of registers into {@link #scratch}, behind the iovec that tells how many. */
  private int fetchRegisters(int tid, int set) {
    scratch.putLong(0, scratch.address() + IOV_SIZE);
    scratch.putLong(8, REGISTERS_SIZE);
    return (int) libc.ptrace(Ptrace.GETREGSET, tid, set, scratch.address());
  }

  /** Writes back what {@link #fetchRegisters} read, as changed since. */
  private int storeRegisters(int tid, int set) {
    return (int) libc.ptrace(Ptrace.SETREGSET, tid, set, scratch.address());
  }

  @Override
  public int replaceCall(int tid, int number) {
    if (ARM) {
      scratch.putLong(0, scratch.address() + IOV_SIZE);
      scratch.putLong(8, Integer.BYTES);
      scratch.putInt(IOV_SIZE, number);
      return storeRegisters(tid, Ptrace.NT_ARM_SYSTEM_CALL);
    }
    return replaceRegister(tid, ORIG_RAX, ORIG_EAX, number);
  }

  @Override
  public int replaceResult(int tid, long result) {
    return replaceRegister(tid, ARM ? 0 : RAX, EAX, result); // x0 is the first on AArch64
  }

  private int replaceRegister(int tid, int offset, int offsetOf32Bits, long value) {
    int got = fetchRegisters(tid, Ptrace.NT_PRSTATUS);
    if (got < 0) {
      return got;
    }
    if (ARM && scratch.getLong(8) == ARM32_REGISTERS_SIZE) {
      scratch.putInt(IOV_SIZE, (int) value);
    } else if (!ARM && scratch.getLong(8) == I386_REGISTERS_SIZE) {
      scratch.putInt(IOV_SIZE + offsetOf32Bits, (int) value);
    } else {
      scratch.putLong(IOV_SIZE + offset, value);
    }
    return storeRegisters(tid, Ptrace.NT_PRSTATUS);
  }

  @Override
  public int write(int tid, long address, byte[] data) {
    return memory.write(tid, address, data, 0, data.length);
  }

  @Override
  public int tgid(int tid) {
    return procFs.tgid(tid);
  }

  @Override
  public int ppid(int tid) {
    return procFs.ppid(tid);
  }

  @Override
  public boolean exists(int tid) {
    return libc.kill(tid, 0) != -Errno.ESRCH;
  }

  @Override
  public char state(int tid) {
    return procFs.state(tid);
  }

  @Override
  public boolean isOurs(int tid) {
    return procFs.tracerPid(tid) == tracerTid;
  }

  @Override
  public int kill(int pid, int signal) {
    return libc.kill(pid, signal);
  }

  @Override
  public TraceeMemory memory(int tid) {
    return new LiveMemory(memory, tid);
  }

  @Override
  public long now() {
    return System.nanoTime();
  }
}
