// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;
import java.util.Arrays;

/**
 * Starts one command so that it can be traced from its execve on: {@link #launch} creates the
 * process, a child of this one, which makes itself ready and then waits at a gate; the tracer
 * attaches, and calls {@link #openGate}.
 *
 * <p>What a tracer sees of it. The process runs a {@link LaunchImage}; it is named {@code jstrace}
 * until the execve. After {@code PTRACE_SEIZE} and {@code PTRACE_INTERRUPT} it reports {@code
 * PTRACE_EVENT_STOP}, at any point of its preparation: mostly waiting in {@code read} for the gate,
 * but it may still be inside the execve of the image, whose exec event and exit stop then come
 * first. Resumed with {@code PTRACE_SYSCALL} after {@code openGate}, it has entry and exit stops of
 * what was left of the preparation (signal actions and mask, descriptors, user; ending with {@code
 * read}), none of which is the command's; then, with a seccomp filter, of {@code prctl} and {@code
 * seccomp}; then the entry of {@code execve}, the only one there is: from here on everything
 * belongs to the command. If that fails, its exit stop has the error, and the process goes on to
 * report it with {@code write} and to leave by {@code exit_group(1)}: both to be hidden, while the
 * end with status 1 is what strace shows too.
 *
 * <p>If this process dies before the gate opens, the child ends by itself. One object launches one
 * command; not thread-safe.
 */
public final class Launcher {
  /** {@link #failedStep()}: nothing failed, as far as is known. */
  public static final int STEP_NONE = 0;

  /** The command could not be executed. */
  public static final int STEP_EXEC = 1;

  /** The user or groups could not be changed. */
  public static final int STEP_USER = 2;

  /** The seccomp filter could not be installed. */
  public static final int STEP_SECCOMP = 3;

  /** Something else of the preparation, or the gate was never opened. */
  public static final int STEP_OTHER = 4;

  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int MFD_CLOEXEC = 1;

  /** Since Linux 6.3; without it a memfd may be made not executable. */
  private static final int MFD_EXEC = 0x10;

  private static final int SPAWN_SETSIGDEF = 4;
  private static final int SPAWN_SETSIGMASK = 8;

  /** Generous: 336 and 80 bytes in glibc 2.36. */
  private static final int ATTRIBUTES_SIZE = 1024;

  private static final int PR_SET_NAME = 15;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int SIG_SETMASK = 2;
  private static final byte[] NAME = ProcFs.ascii("jstrace");

  private final Libc libc;
  private final Arch arch;
  private final boolean oldSystem;
  private int gate = -1;
  private int report = -1;
  private long userFrom;
  private long userTo;
  private long seccompFrom;
  private long execStep;
  private int failedStep = STEP_NONE;
  private int failedErrno;

  public Launcher(Libc libc) {
    this(libc, false);
  }

  /**
   * For tests.
   *
   * @param oldSystem do without close_range(2) and an executable memfd
   */
  Launcher(Libc libc, boolean oldSystem) {
    this.libc = libc;
    this.oldSystem = oldSystem;
    this.arch = Arch.current();
  }

  /**
   * Creates the process.
   *
   * @return its pid, or -errno
   */
  public int launch(LaunchSpec spec) {
    new Signals(libc).setDefault(Signals.SIGCHLD); // if it is ignored, children leave no status
    NativeMemory fds = libc.allocate(8);
    int result = libc.pipe2(fds.address(), O_CLOEXEC);
    if (result < 0) {
      return result;
    }
    int gateRead = fds.getInt(0);
    gate = fds.getInt(4);
    result = libc.pipe2(fds.address(), O_CLOEXEC | O_NONBLOCK);
    if (result < 0) {
      libc.close(gateRead);
      close();
      return result;
    }
    report = fds.getInt(0);
    int reportWrite = fds.getInt(4);
    byte[] image = image(spec, gateRead, reportWrite);
    result = start(image, gateRead, reportWrite, oldSystem);
    if (result < 0 && !oldSystem && result != -Errno.EAGAIN && result != -Errno.ENOMEM) {
      result = start(image, gateRead, reportWrite, true);
    }
    libc.close(gateRead);
    libc.close(reportWrite);
    if (result < 0) {
      close();
    }
    return result;
  }

  /** Lets the process go on to its execve. Returns 0, or -errno. */
  public int openGate() {
    NativeMemory one = libc.allocate(8);
    long written = libc.write(gate, one.address(), 1);
    Reference.reachabilityFence(one);
    libc.close(gate);
    gate = -1;
    return written < 0 ? (int) written : 0;
  }

  /**
   * Asks why the process ended without having become the command. To be called when it has ended,
   * or later.
   *
   * @return {@link #STEP_NONE} if it did become the command, or was killed
   */
  public int failedStep() {
    if (report >= 0) {
      NativeMemory failure = libc.allocate(16);
      if (libc.read(report, failure.address(), 16) == 16) {
        failedErrno = (int) -failure.getLong(0);
        failedStep = kindOf(failure.getLong(8));
      }
      libc.close(report);
      report = -1;
    }
    return failedStep;
  }

  private int kindOf(long step) {
    if (step == execStep) {
      return STEP_EXEC;
    }
    if (step >= userFrom && step < userTo) {
      return STEP_USER;
    }
    return step >= seccompFrom && step < execStep ? STEP_SECCOMP : STEP_OTHER;
  }

  /**
   * Why {@link #failedStep()} failed; 0 if there is no error, as when the gate was never opened.
   */
  public int failedErrno() {
    return failedErrno;
  }

  /** Closes what is still open; a process waiting at the gate ends. */
  public void close() {
    if (gate >= 0) {
      libc.close(gate);
      gate = -1;
    }
    if (report >= 0) {
      libc.close(report);
      report = -1;
    }
  }

  private byte[] image(LaunchSpec spec, int gateRead, int reportWrite) {
    int[] keep = keptDescriptors(spec.descriptors, gateRead, reportWrite);
    int[] open = closeRangeWorks() ? new int[0] : new ProcFs(libc).fds(0);
    int steps = Signals.COUNT + keep.length + 1 + open.length + 17;
    LaunchImage image = new LaunchImage(arch, steps, 2);

    addSignals(image, spec);
    addDescriptors(image, keep, open);
    if (spec.outputDescriptor != 1) {
      image.step(LaunchImage.ANY_RESULT, arch.sysDup3(), spec.outputDescriptor, 1, 0);
    }
    image.step(0, arch.sysFcntl(), gateRead, F_SETFD, FD_CLOEXEC);
    image.step(0, arch.sysFcntl(), reportWrite, F_SETFD, FD_CLOEXEC);
    image.step(0, arch.sysPrctl(), PR_SET_NAME, image.string(NAME));
    addUser(image, spec);
    image.step(1, arch.sysRead(), gateRead, image.words(0), 1);

    byte[] filter = spec.seccompFilter;
    long mark = 0;
    if (filter != null) {
      if (spec.noNewPrivileges) {
        mark = image.step(0, arch.sysPrctl(), PR_SET_NO_NEW_PRIVS, 1);
      }
      // struct sock_fprog: u16 len, struct sock_filter *
      long program = image.words(filter.length / 8, image.block(filter));
      long install =
          image.step(0, arch.sysSeccomp(), SECCOMP_SET_MODE_FILTER, spec.seccompFlags, program);
      mark = mark == 0 ? install : mark;
    }
    long path = image.string(spec.path);
    long argv = image.strings(spec.argv);
    long envp = image.strings(spec.environment);
    execStep = image.step(0, arch.sysExecve(), path, argv, envp);
    seccompFrom = mark == 0 ? execStep : mark;

    image.failureStep(arch.sysWrite(), reportWrite, image.failureAddress(), 16);
    image.failureStep(arch.sysExitGroup(), 1);
    return image.build();
  }

  /** posix_spawn has set every action to the default and blocked every signal. */
  private void addSignals(LaunchImage image, LaunchSpec spec) {
    long ignore = image.words(1, 0, 0, 0); // the kernel's struct sigaction with SIG_IGN
    for (int signal = 1; signal <= Signals.COUNT; signal++) {
      if ((spec.ignoredSignals & Signals.maskOf(signal)) != 0) {
        image.step(LaunchImage.ANY_RESULT, arch.sysRtSigaction(), signal, ignore, 0, 8);
      }
    }
    image.step(0, arch.sysRtSigprocmask(), SIG_SETMASK, image.words(spec.blockedSignals), 0, 8);
  }

  /**
   * Closes everything but {@code keep}: the ranges between, or where that is unknown, what is open
   * in this process.
   */
  private void addDescriptors(LaunchImage image, int[] keep, int[] open) {
    if (open.length == 0) {
      long from = 0;
      for (int fd : keep) {
        if (fd > from) {
          image.step(LaunchImage.ANY_RESULT, arch.sysCloseRange(), from, fd - 1L, 0);
        }
        from = fd + 1L;
      }
      image.step(LaunchImage.ANY_RESULT, arch.sysCloseRange(), from, 0xffffffffL, 0);
      return;
    }
    int next = 0;
    for (int fd : open) {
      while (next < keep.length && keep[next] < fd) {
        next++;
      }
      if (next == keep.length || keep[next] != fd) {
        image.step(LaunchImage.ANY_RESULT, arch.sysClose(), fd);
      }
    }
  }

  private void addUser(LaunchImage image, LaunchSpec spec) {
    if (spec.uid == -1) {
      return;
    }
    long[] groups = new long[(spec.groups.length + 1) / 2];
    for (int i = 0; i < spec.groups.length; i++) {
      groups[i / 2] |= (spec.groups[i] & 0xffffffffL) << (32 * (i % 2));
    }
    long list = image.words(groups);
    userFrom = image.step(0, arch.sysSetgroups(), spec.groups.length, list);
    image.step(0, arch.sysSetregid(), spec.gid, spec.effectiveGid);
    userTo = 1 + image.step(0, arch.sysSetreuid(), spec.uid, spec.effectiveUid);
  }

  /** close_range(2) is there since Linux 5.9: an empty range at the end of all numbers succeeds. */
  private boolean closeRangeWorks() {
    return !oldSystem && libc.syscall(arch.sysCloseRange(), 0xffffffffL, 0xffffffffL, 0, 0, 0) == 0;
  }

  /** The caller's descriptors and our two, ascending without repetition. */
  private static int[] keptDescriptors(int[] callers, int gateRead, int reportWrite) {
    int[] all = Arrays.copyOf(callers, callers.length + 2);
    all[callers.length] = gateRead;
    all[callers.length + 1] = reportWrite;
    Arrays.sort(all);
    int count = 0;
    for (int fd : all) {
      if (count == 0 || all[count - 1] != fd) {
        all[count++] = fd;
      }
    }
    return Arrays.copyOf(all, count);
  }

  private int start(byte[] image, int gateRead, int reportWrite, boolean asFile) {
    byte[] path;
    int fd;
    if (asFile) {
      path = ProcFs.ascii("/tmp/.jstrace-" + libc.getpid() + "-" + System.nanoTime());
      fd = libc.open(path, 2 | 0x40 | 0x80 | arch.oNofollow(), 0700); // O_RDWR|O_CREAT|O_EXCL
    } else {
      fd = libc.memfdCreate(NAME, MFD_CLOEXEC | MFD_EXEC);
      if (fd == -Errno.EINVAL) {
        fd = libc.memfdCreate(NAME, MFD_CLOEXEC);
      }
      path = ProcFs.path(0, "/fd/" + fd);
    }
    if (fd < 0) {
      return fd;
    }
    int result = writeAll(fd, image);
    if (asFile) {
      libc.close(fd); // a file open for writing cannot be executed
    }
    if (result == 0) {
      result = spawn(path, gateRead, reportWrite);
    }
    if (asFile) {
      libc.unlink(path);
    } else {
      libc.close(fd);
    }
    return result;
  }

  private int writeAll(int fd, byte[] bytes) {
    NativeMemory memory = libc.allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    int done = 0;
    while (done < bytes.length) {
      long written = libc.write(fd, memory.address() + done, bytes.length - done);
      if (written < 0) {
        return (int) written;
      }
      done += (int) written;
    }
    Reference.reachabilityFence(memory);
    return 0;
  }

  private int spawn(byte[] path, int gateRead, int reportWrite) {
    NativeMemory memory = libc.allocate(2 * ATTRIBUTES_SIZE + 256);
    long attributes = memory.address();
    long actions = attributes + ATTRIBUTES_SIZE;
    int rest = 2 * ATTRIBUTES_SIZE;
    long base = memory.address() + rest;
    // signal set (128 bytes), argv (2 words), empty environment, name, pid
    for (int i = 0; i < 128; i += 8) {
      memory.putLong(rest + i, -1);
    }
    memory.putLong(rest + 128, base + 152);
    memory.put(rest + 152, NAME, 0, NAME.length);

    libc.posixSpawnattrInit(attributes);
    libc.posixSpawnattrSetflags(attributes, SPAWN_SETSIGDEF | SPAWN_SETSIGMASK);
    libc.posixSpawnattrSetsigdefault(attributes, base);
    libc.posixSpawnattrSetsigmask(attributes, base);
    libc.posixSpawnFileActionsInit(actions);
    // onto themselves: takes close-on-exec off in the child only
    libc.posixSpawnFileActionsAdddup2(actions, gateRead, gateRead);
    libc.posixSpawnFileActionsAdddup2(actions, reportWrite, reportWrite);
    int result = libc.posixSpawn(base + 168, path, actions, attributes, base + 128, base + 144);
    libc.posixSpawnFileActionsDestroy(actions);
    libc.posixSpawnattrDestroy(attributes);
    int pid = memory.getInt(rest + 168);
    Reference.reachabilityFence(memory);
    return result < 0 ? result : pid;
  }
}
