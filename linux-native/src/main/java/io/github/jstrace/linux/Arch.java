// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * The machine jstrace runs on, and the few numbers of it that Java code needs: system calls made by
 * number, ELF machine, {@code AUDIT_ARCH_*}, flags that differ. Numbers are of {@code asm/unistd.h}
 * and {@code linux/elf-em.h}, Linux 6.1.
 */
public enum Arch {
  X86_64(62, 0xc000003e),
  AARCH64(183, 0xc00000b7);

  /** {@code AUDIT_ARCH_I386}: the other ABI of an x86-64 kernel. */
  public static final int AUDIT_ARCH_I386 = 0x40000003;

  /** {@code AUDIT_ARCH_ARM}: the other ABI of an AArch64 kernel. */
  public static final int AUDIT_ARCH_ARM = 0x40000028;

  private final int elfMachine;
  private final int auditArch;

  Arch(int elfMachine, int auditArch) {
    this.elfMachine = elfMachine;
    this.auditArch = auditArch;
  }

  private static final Arch CURRENT = detect();

  /** The machine this process runs on. */
  public static Arch current() {
    return CURRENT;
  }

  private static Arch detect() {
    String name = System.getProperty("os.arch", "");
    return name.equals("aarch64") ? AARCH64 : X86_64;
  }

  /** {@code e_machine} of a native program. */
  public int elfMachine() {
    return elfMachine;
  }

  /** {@code AUDIT_ARCH_*} of native system calls, as {@link SyscallInfo#arch()} gives it. */
  public int auditArch() {
    return auditArch;
  }

  private int pick(int x86, int arm) {
    return this == X86_64 ? x86 : arm;
  }

  public int sysWrite() {
    return pick(1, 64);
  }

  public int sysRead() {
    return pick(0, 63);
  }

  public int sysClose() {
    return pick(3, 57);
  }

  public int sysFchdir() {
    return pick(81, 50);
  }

  public int sysMprotect() {
    return pick(10, 226);
  }

  public int sysDup3() {
    return pick(292, 24);
  }

  public int sysFcntl() {
    return pick(72, 25);
  }

  public int sysRtSigaction() {
    return pick(13, 134);
  }

  public int sysRtSigprocmask() {
    return pick(14, 135);
  }

  public int sysExecve() {
    return pick(59, 221);
  }

  public int sysExitGroup() {
    return pick(231, 94);
  }

  public int sysPrctl() {
    return pick(157, 167);
  }

  public int sysSeccomp() {
    return pick(317, 277);
  }

  public int sysSetgroups() {
    return pick(116, 159);
  }

  public int sysSetregid() {
    return pick(114, 143);
  }

  public int sysSetreuid() {
    return pick(113, 145);
  }

  public int sysPrlimit64() {
    return pick(302, 261);
  }

  public int sysCloseRange() {
    return 436;
  }

  public int sysGettid() {
    return pick(186, 178);
  }

  public int sysTgkill() {
    return pick(234, 131);
  }

  public int sysGetdents64() {
    return pick(217, 61);
  }

  public int sysMemfdCreate() {
    return pick(319, 279);
  }

  public int sysSchedGetaffinity() {
    return pick(204, 123);
  }

  public int sysSchedSetaffinity() {
    return pick(203, 122);
  }

  public int sysStatx() {
    return pick(332, 291);
  }

  /** {@code O_DIRECTORY}, which differs. */
  public int oDirectory() {
    return pick(0x10000, 0x4000);
  }

  /** {@code O_NOFOLLOW}, which differs. */
  public int oNofollow() {
    return pick(0x20000, 0x8000);
  }

  public int sysIoctl() {
    return pick(16, 29);
  }

  public int sysSocket() {
    return pick(41, 198);
  }

  public int sysPpoll() {
    return pick(271, 73);
  }

  public int sysEventfd2() {
    return pick(290, 19);
  }

  public int sysCapget() {
    return pick(125, 90);
  }

  public int sysGetxattr() {
    return pick(191, 8);
  }

  public int sysLgetxattr() {
    return pick(192, 9);
  }

  public int sysClone() {
    return pick(56, 220);
  }

  public int sysSetpgid() {
    return pick(109, 154);
  }

  public int sysOpenat() {
    return pick(257, 56);
  }

  public int sysSetsid() {
    return pick(112, 157);
  }

  public int sysChdir() {
    return pick(80, 49);
  }

  public int sysEpollCreate1() {
    return pick(291, 20);
  }

  public int sysEpollCtl() {
    return pick(233, 21);
  }

  public int sysEpollPwait() {
    return pick(281, 22);
  }

  public int sysRecvmsg() {
    return pick(47, 212);
  }

  public int sysSendmsg() {
    return pick(46, 211);
  }

  public int sysSocketpair() {
    return pick(53, 199);
  }

  public int sysFutex() {
    return pick(202, 98);
  }

  public int sysMmap() {
    return pick(9, 222);
  }

  public int sysMunmap() {
    return pick(11, 215);
  }

  public int sysWait4() {
    return pick(61, 260);
  }

  public int sysPtrace() {
    return pick(101, 117);
  }

  public int sysSchedSetscheduler() {
    return pick(144, 119);
  }

  public int sysNanosleep() {
    return pick(35, 101);
  }

  public int sysSetRobustList() {
    return pick(273, 99);
  }

  public int sysGetRobustList() {
    return pick(274, 100);
  }

  public int sysFtruncate() {
    return pick(77, 46);
  }

  public int sysPidfdOpen() {
    return 434;
  }

  public int sysPidfdGetfd() {
    return 438;
  }
}
