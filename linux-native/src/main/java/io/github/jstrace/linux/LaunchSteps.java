// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.util.Arrays;

/**
 * The steps of the program that becomes a command: the system calls that {@link LaunchSpec} amounts
 * to, in order.
 */
final class LaunchSteps {
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int PR_SET_NAME = 15;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_SET_PTRACER = 0x59616d61;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int SIG_SETMASK = 2;

  private final Libc libc;
  private final Arch arch;
  private final boolean oldSystem;
  private final byte[] image;
  private long userFrom;
  private long userTo;
  private long seccompFrom;
  private long execStep;

  /** Where the process says that it is at the gate, or -1. */
  private final int readyWrite;

  /** What keeps the report readable, whoever else reads it, or -1. */
  private final int reportRead;

  /**
   * Lists the steps.
   *
   * @param gateRead descriptor on which the process waits
   * @param reportWrite descriptor to which it writes result and address of a failed step
   * @param oldSystem do without close_range(2)
   */
  LaunchSteps(Libc libc, LaunchSpec spec, int gateRead, int reportWrite, boolean oldSystem) {
    this(libc, spec, gateRead, reportWrite, oldSystem, -1, -1);
  }

  /** Also says when it is at the gate, to a tracer that is not its parent. */
  LaunchSteps(
      Libc libc,
      LaunchSpec spec,
      int gateRead,
      int reportWrite,
      boolean oldSystem,
      int readyWrite,
      int reportRead) {
    this.readyWrite = readyWrite;
    this.reportRead = reportRead;
    this.libc = libc;
    this.arch = Arch.current();
    this.oldSystem = oldSystem;
    this.image = build(spec, gateRead, reportWrite);
  }

  /** The program. */
  byte[] image() {
    return image;
  }

  /** Addresses of steps, by which {@link #kindOf} knows what a step belongs to. */
  long[] bounds() {
    return new long[] {userFrom, userTo, seccompFrom, execStep};
  }

  /** What a step belongs to, {@code Launcher.STEP_*}. */
  static int kindOf(long[] bounds, long step) {
    if (step == bounds[3]) {
      return Launcher.STEP_EXEC;
    }
    if (step >= bounds[0] && step < bounds[1]) {
      return Launcher.STEP_USER;
    }
    return step >= bounds[2] && step < bounds[3] ? Launcher.STEP_SECCOMP : Launcher.STEP_OTHER;
  }

  private byte[] build(LaunchSpec spec, int gateRead, int reportWrite) {
    int[] keep = keptDescriptors(spec.descriptors, gateRead, reportWrite, readyWrite, reportRead);
    int[] open = closeRangeWorks() ? new int[0] : new ProcFs(libc).fds(0);
    int steps = Signals.COUNT + keep.length + 1 + open.length + 23;
    StepProgram program = new StepProgram(arch, steps);

    addSignals(program, spec);
    addDescriptors(program, keep, open);
    if (spec.outputDescriptor != 1) {
      program.step(StepProgram.ANY_RESULT, arch.sysDup3(), spec.outputDescriptor, 1, 0);
    }
    program.step(0, arch.sysFcntl(), gateRead, F_SETFD, FD_CLOEXEC);
    program.step(0, arch.sysFcntl(), reportWrite, F_SETFD, FD_CLOEXEC);
    program.step(0, arch.sysPrctl(), PR_SET_NAME, program.string(Launcher.NAME));
    if (spec.seccompFilter == null) {
      addUser(program, spec);
    }
    if (readyWrite >= 0) {
      program.step(0, arch.sysFcntl(), reportRead, F_SETFD, FD_CLOEXEC);
      // the tracer is no ancestor: prctl(2), for Yama
      program.step(StepProgram.ANY_RESULT, arch.sysPrctl(), PR_SET_PTRACER, -1);
      program.step(1, arch.sysWrite(), readyWrite, program.words(0), 1);
      program.step(0, arch.sysClose(), readyWrite);
    }
    program.step(1, arch.sysRead(), gateRead, program.words(0), 1);

    byte[] filter = spec.seccompFilter;
    long mark = 0;
    if (filter != null) {
      if (spec.noNewPrivileges) {
        mark = program.step(0, arch.sysPrctl(), PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      }
      // struct sock_fprog: u16 len, struct sock_filter *
      long filterProgram = program.words(filter.length / 8, program.block(filter));
      long install =
          program.step(
              spec.seccompOptional ? StepProgram.ANY_RESULT : 0,
              arch.sysSeccomp(),
              SECCOMP_SET_MODE_FILTER,
              spec.seccompFlags,
              filterProgram);
      mark = mark == 0 ? install : mark;
      addUser(program, spec); // only now, as who may change users may install filters
    }
    long path = program.string(spec.path);
    long argv = program.strings(spec.argv);
    long envp = program.strings(spec.environment);
    execStep = program.step(0, arch.sysExecve(), path, argv, envp);
    seccompFrom = mark == 0 ? execStep : mark;

    program.otherwise(
        program.step(
            StepProgram.ANY_RESULT, arch.sysWrite(), reportWrite, program.failureAddress(), 16));
    program.step(0, arch.sysExitGroup(), 1);
    return program.build();
  }

  /** posix_spawn has set every action to the default and blocked every signal. */
  private void addSignals(StepProgram program, LaunchSpec spec) {
    long ignore = program.words(1, 0, 0, 0); // the kernel's struct sigaction with SIG_IGN
    for (int signal = 1; signal <= Signals.COUNT; signal++) {
      if ((spec.ignoredSignals & Signals.maskOf(signal)) != 0) {
        program.step(StepProgram.ANY_RESULT, arch.sysRtSigaction(), signal, ignore, 0, 8);
      }
    }
    program.step(0, arch.sysRtSigprocmask(), SIG_SETMASK, program.words(spec.blockedSignals), 0, 8);
  }

  /**
   * Closes everything but {@code keep}: the ranges between, or where that is unknown, what is open
   * in this process.
   */
  private void addDescriptors(StepProgram program, int[] keep, int[] open) {
    if (open.length == 0) {
      long from = 0;
      for (int fd : keep) {
        if (fd > from) {
          program.step(StepProgram.ANY_RESULT, arch.sysCloseRange(), from, fd - 1L, 0);
        }
        from = fd + 1L;
      }
      program.step(StepProgram.ANY_RESULT, arch.sysCloseRange(), from, 0xffffffffL, 0);
      return;
    }
    int next = 0;
    for (int fd : open) {
      while (next < keep.length && keep[next] < fd) {
        next++;
      }
      if (next == keep.length || keep[next] != fd) {
        program.step(StepProgram.ANY_RESULT, arch.sysClose(), fd);
      }
    }
  }

  private void addUser(StepProgram program, LaunchSpec spec) {
    if (spec.uid == -1) {
      return;
    }
    long[] groups = new long[(spec.groups.length + 1) / 2];
    for (int i = 0; i < spec.groups.length; i++) {
      groups[i / 2] |= (spec.groups[i] & 0xffffffffL) << (32 * (i % 2));
    }
    long list = program.words(groups);
    userFrom = program.step(0, arch.sysSetgroups(), spec.groups.length, list);
    program.step(0, arch.sysSetregid(), spec.gid, spec.effectiveGid);
    userTo = 1 + program.step(0, arch.sysSetreuid(), spec.uid, spec.effectiveUid);
  }

  /** close_range(2) is there since Linux 5.9: an empty range at the end of all numbers succeeds. */
  private boolean closeRangeWorks() {
    return !oldSystem && libc.syscall(arch.sysCloseRange(), 0xffffffffL, 0xffffffffL, 0, 0, 0) == 0;
  }

  /** The caller's descriptors and ours that are not -1, ascending without repetition. */
  private static int[] keptDescriptors(int[] callers, int... ours) {
    int[] all = Arrays.copyOf(callers, callers.length + ours.length);
    System.arraycopy(ours, 0, all, callers.length, ours.length);
    Arrays.sort(all);
    int count = 0;
    for (int fd : all) {
      if (fd < 0) {
        continue;
      }
      if (count == 0 || all[count - 1] != fd) {
        all[count++] = fd;
      }
    }
    return Arrays.copyOf(all, count);
  }
}
