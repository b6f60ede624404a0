// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceException;
import io.github.jstrace.linux.ChildWait;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Launcher;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import io.github.jstrace.linux.Signals;
import io.github.jstrace.linux.WaitStatus;
import org.jspecify.annotations.Nullable;

/** The launched command, a child of this process that is not traced by ptrace. */
final class CommandProcess {
  private static final int TRIES = 20;
  private static final long TRY_MILLIS = 5;

  private final Libc libc;
  private final Launcher launcher;
  private final ChildWait wait;
  private final int pid;
  private volatile @Nullable ExitResult result;

  private CommandProcess(Libc libc, Launcher launcher, int pid) {
    this.libc = libc;
    this.launcher = launcher;
    this.wait = new ChildWait(libc);
    this.pid = pid;
  }

  /**
   * Starts the process, which waits for {@link #go} before it becomes the command.
   *
   * @throws TraceException if there can be no process
   */
  static CommandProcess launch(LaunchSpec spec) throws TraceException {
    Libc libc = Libc.get();
    Launcher launcher = new Launcher(libc);
    int pid = launcher.launch(spec);
    if (pid < 0) {
      throw new TraceException(Launcher.describe(-pid));
    }
    return new CommandProcess(libc, launcher, pid);
  }

  int pid() {
    return pid;
  }

  /** Lets it execute the command. */
  void go() {
    launcher.openGate();
  }

  /** Ends it if it never went, so that it is no zombie. */
  void abandon() {
    launcher.close();
    if (result == null) {
      wait.await(pid, ChildWait.WALL, false);
    }
  }

  /** How it ended, if it has: does not wait. */
  @Nullable ExitResult poll() {
    if (result == null && wait.await(pid, ChildWait.WALL | ChildWait.WNOHANG, false) == pid) {
      int status = wait.status();
      boolean exited = WaitStatus.exited(status);
      result =
          exited
              ? new ExitResult(WaitStatus.exitCode(status), 0, false)
              : new ExitResult(0, WaitStatus.termSignal(status), WaitStatus.coreDumped(status));
    }
    return result;
  }

  /** How it ended, as far as {@link #poll} has seen. */
  @Nullable ExitResult result() {
    return result;
  }

  /** The status that wait(2) gave; valid once there is a {@link #result}. */
  int waitStatus() {
    return wait.status();
  }

  /** See {@code TracerBackend.launchFailure}. */
  @Nullable String failure() {
    return launcher.failure();
  }

  void signal(int signal) {
    if (result == null) {
      libc.kill(pid, signal);
    }
  }

  /**
   * Whether a signal that this process got was the terminal's, and so the command's too: it has
   * ended of it, has it pending, or deals with it in a way of its own, while both are in the
   * foreground.
   */
  boolean sentByTerminal(int signal) {
    ProcFs procFs = new ProcFs(libc);
    if (!procFs.inForeground() || libc.getpgid(pid) != libc.getpgid(0)) {
      return false;
    }
    long bit = Signals.maskOf(signal);
    for (int i = 0; i < TRIES; i++) {
      char state = procFs.state(pid);
      if (state == 0 || state == 'Z' || (dealsWith(procFs) & bit) != 0) {
        return true;
      }
      try {
        Thread.sleep(TRY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  private long dealsWith(ProcFs procFs) {
    return procFs.signalMask(pid, "ShdPnd")
        | procFs.signalMask(pid, "SigPnd")
        | procFs.signalMask(pid, "SigIgn")
        | procFs.signalMask(pid, "SigCgt");
  }
}
