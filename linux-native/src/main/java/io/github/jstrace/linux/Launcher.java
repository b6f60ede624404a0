// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * Starts one command so that it can be traced from its execve on: {@link #launch} creates the
 * process, a child of this one, which makes itself ready and then waits at a gate; the tracer
 * attaches, and calls {@link #openGate}.
 *
 * <p>What a tracer sees of it. The process runs a {@link StepProgram}; it is named {@code jstrace}
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

  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;

  /** Name of the process until it executes the command. */
  static final byte[] NAME = ProcFs.ascii("jstrace");

  private final Libc libc;
  private final boolean oldSystem;
  private int gate = -1;
  private int report = -1;
  private long @Nullable [] steps;
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
    LaunchSteps made = new LaunchSteps(libc, spec, gateRead, reportWrite, oldSystem);
    steps = made.bounds();
    byte[] image = made.image();
    result = new ImageStarter(libc, oldSystem).start(image, NAME, gateRead, reportWrite);
    libc.close(gateRead);
    libc.close(reportWrite);
    if (result < 0) {
      close();
    } else if (spec.leavesInput) {
      leaveStreams(spec.leavesOutput);
    }
    return result;
  }

  private void leaveStreams(boolean outputToo) {
    int nothing = libc.open(ProcFs.ascii("/dev/null"), O_RDWR | O_CLOEXEC, 0);
    if (nothing < 0) {
      return;
    }
    libc.dup2(nothing, 0);
    if (outputToo) {
      libc.dup2(nothing, 1);
    }
    libc.close(nothing);
  }

  /**
   * Takes over a process that another one has made ready, see {@link Daemon}.
   *
   * @param gate descriptor that opens the gate
   * @param report descriptor from which a failure is read
   * @param steps as {@link LaunchSteps#bounds} told them
   */
  static Launcher adopt(Libc libc, int gate, int report, long[] steps) {
    Launcher result = new Launcher(libc);
    result.gate = gate;
    result.report = report;
    result.steps = steps;
    return result;
  }

  /**
   * What a failed {@link #launch} is to be told as: one line that names the limit in its way.
   *
   * @param errno positive
   */
  public static String describe(int errno) {
    String error = "cannot start a process: " + io.github.jstrace.tables.Errno.message(errno);
    switch (errno) {
      case Errno.EFBIG:
        return error + " (it begins as a file in memory, of some kilobytes: see ulimit -f)";
      case Errno.EAGAIN:
        return error + " (there are as many as this user may have: see ulimit -u)";
      case Errno.EMFILE:
        return error + " (too few descriptors may be open: see ulimit -n)";
      default:
        return error;
    }
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
    if (report >= 0 && steps != null) {
      NativeMemory failure = libc.allocate(16);
      if (libc.read(report, failure.address(), 16) == 16) {
        failedErrno = (int) -failure.getLong(0);
        failedStep = LaunchSteps.kindOf(steps, failure.getLong(8));
      }
      libc.close(report);
      report = -1;
    }
    return failedStep;
  }

  /**
   * Why {@link #failedStep()} failed; 0 if there is no error, as when the gate was never opened.
   */
  public int failedErrno() {
    return failedErrno;
  }

  /** What failed and why, as one line for a user; null if {@link #failedStep} is none. */
  public @Nullable String failure() {
    int step = failedStep();
    if (step == STEP_NONE) {
      return null;
    }
    String what = step == STEP_EXEC ? "exec" : step == STEP_USER ? "setuid" : "launch";
    return what + ": " + io.github.jstrace.tables.Errno.message(failedErrno);
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
}
