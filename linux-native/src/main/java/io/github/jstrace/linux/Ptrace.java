// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * Numbers of ptrace(2): requests, options, events (linux/ptrace.h; equal on all supported
 * machines).
 */
public final class Ptrace {
  public static final int PEEKDATA = 2;
  public static final int PEEKUSER = 3;
  public static final int POKEDATA = 5;
  public static final int POKEUSER = 6;
  public static final int CONT = 7;
  public static final int KILL = 8;
  public static final int DETACH = 17;
  public static final int SYSCALL = 24;
  public static final int SETOPTIONS = 0x4200;
  public static final int GETEVENTMSG = 0x4201;
  public static final int GETSIGINFO = 0x4202;
  public static final int SETSIGINFO = 0x4203;
  public static final int GETREGSET = 0x4204;
  public static final int SETREGSET = 0x4205;
  public static final int SEIZE = 0x4206;
  public static final int INTERRUPT = 0x4207;
  public static final int LISTEN = 0x4208;
  public static final int GETSIGMASK = 0x420a;
  public static final int SETSIGMASK = 0x420b;
  public static final int SECCOMP_GET_FILTER = 0x420c;

  /** Since Linux 5.3. */
  public static final int GET_SYSCALL_INFO = 0x420e;

  /** Since Linux 6.16. */
  public static final int SET_SYSCALL_INFO = 0x4212;

  public static final int O_TRACESYSGOOD = 1;
  public static final int O_TRACEFORK = 1 << 1;
  public static final int O_TRACEVFORK = 1 << 2;
  public static final int O_TRACECLONE = 1 << 3;
  public static final int O_TRACEEXEC = 1 << 4;
  public static final int O_TRACEVFORKDONE = 1 << 5;
  public static final int O_TRACEEXIT = 1 << 6;
  public static final int O_TRACESECCOMP = 1 << 7;
  public static final int O_EXITKILL = 1 << 20;
  public static final int O_SUSPEND_SECCOMP = 1 << 21;

  public static final int EVENT_FORK = 1;
  public static final int EVENT_VFORK = 2;
  public static final int EVENT_CLONE = 3;
  public static final int EVENT_EXEC = 4;
  public static final int EVENT_VFORK_DONE = 5;
  public static final int EVENT_EXIT = 6;
  public static final int EVENT_SECCOMP = 7;
  public static final int EVENT_STOP = 128;

  /** {@code NT_PRSTATUS}: general registers, for {@link #GETREGSET}. */
  public static final int NT_PRSTATUS = 1;

  /** {@code NT_ARM_SYSTEM_CALL}: the system call number on AArch64. */
  public static final int NT_ARM_SYSTEM_CALL = 0x404;

  private Ptrace() {}
}
