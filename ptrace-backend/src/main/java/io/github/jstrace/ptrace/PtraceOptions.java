// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.core.tamper.Injection;
import io.github.jstrace.linux.Daemon;
import io.github.jstrace.linux.LaunchSpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What to trace: a command to launch, or processes to attach to, or both. Not changed after {@code
 * run}.
 */
public final class PtraceOptions {
  private @Nullable LaunchSpec launch;
  private Daemon.@Nullable Waiting waiting;
  private @Nullable StopObserver observer;
  private int[] pids = {};
  private boolean followForks;
  private boolean detachOnExec;
  private boolean killOnExit;
  private boolean systemTimes;
  private boolean idleReports = true;
  private boolean reapsOrphans;
  private boolean coLocation;
  private int cpu = -1;
  private SyscallFilter calls = SyscallFilter.ALL;
  private Injection[] injections = {};

  /** The command to launch, null if there is none. */
  public @Nullable LaunchSpec launch() {
    return launch;
  }

  public PtraceOptions setLaunch(LaunchSpec value) {
    launch = value;
    return this;
  }

  /** Who is told of every stop; null if nobody is. */
  public @Nullable StopObserver observer() {
    return observer;
  }

  public PtraceOptions setObserver(StopObserver value) {
    observer = value;
    return this;
  }

  /** A command that another process has made ready, null if there is none. */
  public Daemon.@Nullable Waiting waiting() {
    return waiting;
  }

  /** Traces a command that waits already, instead of launching one. */
  public PtraceOptions setWaiting(Daemon.Waiting value) {
    waiting = value;
    return this;
  }

  /** Processes or threads to attach to. */
  public int[] pids() {
    return pids;
  }

  /** Adds a process or thread to attach to, a number above 0. */
  public PtraceOptions addPid(int pid) {
    pids = Arrays.copyOf(pids, pids.length + 1);
    pids[pids.length - 1] = pid;
    return this;
  }

  /** Whether children and threads that tracees make are traced, too ({@code -f}). */
  public boolean followForks() {
    return followForks;
  }

  public PtraceOptions setFollowForks(boolean value) {
    followForks = value;
    return this;
  }

  /** Whether to let go of a tracee when its execve succeeds ({@code -b execve}). */
  public boolean detachOnExec() {
    return detachOnExec;
  }

  public PtraceOptions setDetachOnExec(boolean value) {
    detachOnExec = value;
    return this;
  }

  /** Whether tracees are killed when tracing ends before they do, or the tracer is killed. */
  public boolean killOnExit() {
    return killOnExit;
  }

  public PtraceOptions setKillOnExit(boolean value) {
    killOnExit = value;
    return this;
  }

  /** Whether {@code Tracee.systemTime} is wanted; it makes each wait a little dearer. */
  public boolean systemTimes() {
    return systemTimes;
  }

  public PtraceOptions setSystemTimes(boolean value) {
    systemTimes = value;
    return this;
  }

  /** The calls that have to be reported. */
  public SyscallFilter calls() {
    return calls;
  }

  /**
   * Allows the backend not to report other calls than these, so that they cost little. It may
   * report them all the same, so the handler has to look, too. What {@code Tracee} says outside of
   * a call of its last one is that of the last one reported.
   */
  public PtraceOptions setCalls(SyscallFilter value) {
    calls = value;
    return this;
  }

  /** What to do to calls; of several that concern one call the last counts. */
  @SuppressWarnings("MutableExpose")
  public Injection[] injections() {
    return injections;
  }

  public PtraceOptions addInjection(Injection value) {
    injections = Arrays.copyOf(injections, injections.length + 1);
    injections[injections.length - 1] = value;
    return this;
  }

  /** Whether the handler wants {@code idle()} when the tracees have been quiet for a while. */
  public boolean idleReports() {
    return idleReports;
  }

  public PtraceOptions setIdleReports(boolean value) {
    idleReports = value;
    return this;
  }

  /**
   * Whether orphans that this process gets as the init of a pid namespace are waited for by the
   * tracer. Only where no other thread starts processes: it would not see them end.
   */
  public boolean reapsOrphans() {
    return reapsOrphans;
  }

  public PtraceOptions setReapsOrphans(boolean value) {
    reapsOrphans = value;
    return this;
  }

  /** Whether the tracer and a tracee that stops much may be put on one CPU. */
  public boolean coLocation() {
    return coLocation;
  }

  /** That CPU, or -1 if any will do. */
  public int cpu() {
    return cpu;
  }

  public PtraceOptions setCoLocation(boolean value, int cpuOrAny) {
    coLocation = value;
    cpu = cpuOrAny;
    return this;
  }
}
