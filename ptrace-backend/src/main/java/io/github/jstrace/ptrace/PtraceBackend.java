// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.ChildWait;
import io.github.jstrace.linux.Daemon;
import io.github.jstrace.linux.Guardian;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Launcher;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import io.github.jstrace.linux.Ptrace;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Traces by ptrace(2). The thread that calls {@link #run} becomes the tracer: it makes all
 * requests, and waits for its tracees and its own children only. All tracees are seized, so if the
 * process is killed they run on.
 *
 * <p>When {@link #run} returns because of {@link #stop}, a tracee in uninterruptible sleep may
 * still be attached. The end of the thread frees it.
 *
 * <p>An object is for one run.
 */
public final class PtraceBackend implements TracerBackend {
  private static final int INIT = 1;

  /** How long other threads may have to wait while one is delayed. */
  private static final long DELAY_CHECK_NANOS = 200_000;

  private static final int EPERM = io.github.jstrace.linux.Errno.EPERM;
  private static final int EINTR = io.github.jstrace.linux.Errno.EINTR;

  private final PtraceOptions options;
  private final Libc libc = Libc.get();
  private final int waitFlags;
  private final TraceeTable table = new TraceeTable();
  private final ChildWait wait = new ChildWait(libc);

  private volatile @Nullable StopHandler stops;
  private @Nullable Launcher launcher;
  private volatile @Nullable TracerWaker waker;

  /** How often {@link #stop} was called. */
  private volatile int stopRequests;

  private volatile int stopSignal;

  /** The thread in {@link #run} until it begins to let go of the tracees. */
  private volatile @Nullable Thread tracer;

  private volatile int launchedPid;

  private @Nullable CoLocation coLocation;
  private @Nullable Releaser releaser;
  private @Nullable Guardian guardian;
  private @Nullable Tampering tampering;

  private final StopBatch batch = new StopBatch();

  public PtraceBackend(PtraceOptions options) {
    this.options = options;
    // The kernel gives orphans to the first thread, which waits for none; a namespace of which one
    // is the init does not end before it is waited for.
    waitFlags =
        options.reapsOrphans() && libc.getpid() == INIT
            ? ChildWait.WALL
            : ChildWait.WALL | ChildWait.WNOTHREAD;
  }

  @Override
  public @Nullable ExitResult exitResult() {
    StopHandler machine = stops;
    return machine == null ? null : machine.exitResult();
  }

  /**
   * What of the launch failed, {@code Launcher.STEP_*}; {@code STEP_NONE} if the command ran. To be
   * asked when {@link #exitResult} is not null.
   */
  public int failedLaunchStep() {
    return launcher == null ? Launcher.STEP_NONE : launcher.failedStep();
  }

  /** The error number of a failed launch; valid after {@link #failedLaunchStep}. */
  public int failedLaunchErrno() {
    return launcher == null ? 0 : launcher.failedErrno();
  }

  @Override
  public @Nullable String launchFailure() {
    return launcher == null ? null : launcher.failure();
  }

  @Override
  public void run(TraceHandler handler) throws TraceException {
    ProcFs procFs = new ProcFs(libc);
    KernelRequests requests = new KernelRequests(libc, procFs);
    Arch arch = Arch.current();
    StopHandler machine =
        new StopHandler(
            table,
            requests,
            handler,
            arch == Arch.X86_64 ? Abi.X86_64 : Abi.AARCH64,
            arch == Arch.X86_64 ? Abi.I386 : Abi.ARM,
            arch.sysExecve());
    machine.setDetachOnExec(options.detachOnExec());
    machine.setObserver(options.observer());
    if (options.coLocation()) {
      coLocation = new CoLocation(new CpuPins(libc, options.cpu()));
      machine.setCoLocation(coLocation);
    }
    if (options.injections().length > 0) {
      tampering = new Tampering(options.injections(), requests, handler);
      machine.setTampering(tampering);
    }
    stops = machine;
    Detacher detacher = new Detacher(table, requests, machine, wait, new SecondRequest());
    tracer = Thread.currentThread();
    try {
      start(machine, requests, procFs, handler);
      do {
        loop(machine, handler);
      } while (stopRequests == 0 && hasLateNewborns(machine));
    } finally {
      letGo(machine, detacher);
    }
    handler.finished();
  }

  /** Whoever asks twice does not want to wait. No lambda: it would cost 3 ms of every start. */
  private final class SecondRequest implements Detacher.Hurry {
    @Override
    public boolean now() {
      return stopRequests > 1;
    }
  }

  private void start(
      StopHandler machine, KernelRequests requests, ProcFs procFs, TraceHandler handler)
      throws TraceException {
    if (stopRequests != 0) {
      return;
    }
    int ptraceOptions = ptraceOptions();
    StopObserver observer = options.observer();
    LaunchSpec spec = options.launch();
    if (spec != null) {
      byte[] filter = addFilter(spec);
      if (observer != null) {
        observer.options(ptraceOptions | (filter == null ? 0 : PushDown.PTRACE_OPTIONS));
      }
      if (filter == null) {
        launch(spec, machine, requests, ptraceOptions);
      } else {
        machine.pushDown().plan(ptraceOptions);
        machine.setSilentChildren(!options.followForks());
        releaser = new Releaser(libc, FilterProgram.forListener(filter));
        requests.setReleaser(releaser);
        guardian = new Guardian(libc);
        guardian.start();
        table.setGuardian(guardian);
        launch(spec, machine, requests, ptraceOptions | PushDown.PTRACE_OPTIONS);
      }
    }
    if (observer != null && spec == null) {
      observer.options(ptraceOptions);
    }
    Daemon.Waiting waiting = options.waiting();
    if (waiting != null) {
      launcher = waiting.launcher();
      seize(waiting.pid(), waiting.launcher(), machine, requests, ptraceOptions);
      handler.processAttached(waiting.pid(), 1);
      openGate(waiting.pid(), waiting.launcher(), requests);
    }
    if (options.pids().length > 0) {
      new Attacher(libc, procFs, table, requests, machine, handler, options, ptraceOptions)
          .attachAll();
    }
  }

  /** Has the command install a filter. Returns its program; null if there is to be none. */
  private byte @Nullable [] addFilter(LaunchSpec spec) {
    FilterPolicy policy = FilterPolicy.of(options, libc);
    if (!policy.allowed()) {
      return null;
    }
    byte[] program =
        Arch.current() == Arch.X86_64
            ? FilterProgram.of(options.calls(), options.coLocation(), Abi.X86_64, Abi.I386)
            : FilterProgram.of(options.calls(), options.coLocation(), Abi.AARCH64);
    if (program != null) {
      spec.optionalSeccomp(program, PushDown.INSTALL_FLAGS, policy.noNewPrivileges());
    }
    return program;
  }

  private void launch(LaunchSpec spec, StopHandler machine, Requests requests, int ptraceOptions)
      throws TraceException {
    Launcher l = new Launcher(libc);
    launcher = l;
    int pid = l.launch(spec);
    if (pid < 0) {
      throw new TraceException(Launcher.describe(-pid));
    }
    seize(pid, l, machine, requests, ptraceOptions);
    openGate(pid, l, requests);
  }

  private void seize(int pid, Launcher l, StopHandler machine, Requests requests, int ptraceOptions)
      throws TraceException {
    // Without a guardian, they are better killed than left alone with calls that fail.
    int killed = guardian == null || guardian.await() >= 0 ? 0 : Ptrace.O_EXITKILL;
    int result = requests.seize(pid, ptraceOptions | killed);
    if (result < 0) {
      l.close();
      wait.await(pid, ChildWait.WALL, false); // if it is a child
      throw new TraceException(
          "ptrace(PTRACE_SEIZE, "
              + pid
              + "): "
              + errorText(-result)
              + (result == -EPERM
                  ? " (a container or sandbox forbids ptrace, or this process is traced itself by"
                      + " a tracer that follows forks)"
                  : ""));
    }
    machine.addLaunched(pid);
    launchedPid = pid;
  }

  private static void openGate(int pid, Launcher l, Requests requests) {
    // The trap is pending before the gate opens, so the execve cannot be reached without it.
    requests.interrupt(pid);
    l.openGate();
  }

  private static String errorText(int errno) {
    return Errno.message(errno);
  }

  private int ptraceOptions() {
    int result = Ptrace.O_TRACESYSGOOD | Ptrace.O_TRACEEXEC | Ptrace.O_TRACEEXIT;
    if (options.killOnExit()) {
      result |= Ptrace.O_EXITKILL;
    }
    if (options.followForks()) {
      result |= Ptrace.O_TRACEFORK | Ptrace.O_TRACEVFORK | Ptrace.O_TRACECLONE;
    }
    return result;
  }

  private void loop(StopHandler machine, TraceHandler handler) throws TraceException {
    TracerWaker w = new TracerWaker(libc);
    waker = w;
    boolean idleReports = options.idleReports();
    if (idleReports) {
      w.startTicking();
    }
    CoLocation sharing = coLocation;
    boolean times = options.systemTimes();
    int number = 1;
    while (!machine.isDone()) {
      int tid = 0;
      if (tampering != null && tampering.keepsAny()) {
        tid = awaitWhileDelaying(machine, tampering, times);
        if (tid == 0) {
          continue;
        }
      } else if (handler.wantsIdle()) {
        tid = wait.await(-1, waitFlags | ChildWait.WNOHANG, times);
        if (tid == 0) {
          handler.idle();
        }
      }
      if (tid == 0) {
        w.beforeWait(number);
        tid = stopRequests == 0 ? wait.await(-1, waitFlags, times) : -EINTR;
        w.afterWait();
      }
      if (tid > 0) {
        handle(tid, machine, times);
        if (sharing != null && sharing.pinned() != 0) {
          w.startTicking();
        }
        number = number == Integer.MAX_VALUE ? 1 : number + 1;
        if (machine.kernelTooOld()) {
          throw new TraceException("Linux 5.3 or newer is needed (PTRACE_GET_SYSCALL_INFO)");
        }
      } else if (tid == -EINTR) {
        if (stopRequests != 0) {
          return;
        }
        w.notice(number);
        if (sharing != null) {
          sharing.release();
        }
        if (idleReports) {
          handler.idle();
        }
      } else {
        return; // ECHILD: all are gone, some of them silently
      }
    }
  }

  /**
   * Waits for a stop, but not beyond the time at which a delayed thread is to go on. Looks every
   * now and then, as no wait has a time limit.
   *
   * @return as wait4(2); 0 if the wait has to begin anew
   */
  private int awaitWhileDelaying(StopHandler machine, Tampering delays, boolean times) {
    machine.releaseDelayed(false);
    int tid = wait.await(-1, waitFlags | ChildWait.WNOHANG, times);
    if (tid != 0 || !delays.keepsAny()) {
      return tid;
    }
    if (stopRequests != 0) {
      return -EINTR;
    }
    LockSupport.parkNanos(Math.min(delays.remaining(), DELAY_CHECK_NANOS));
    return 0;
  }

  /** Handles a stop, after all others there are have been collected if it is time for that. */
  private void handle(int tid, StopHandler machine, boolean times) {
    int status = wait.status();
    long systemTime = times ? wait.systemTime() : 0;
    if (!batch.begin(tid, status, systemTime, table.size())) {
      machine.handle(tid, status, systemTime);
      return;
    }
    int next;
    while ((next = wait.await(-1, waitFlags | ChildWait.WNOHANG, times)) > 0) {
      batch.add(next, wait.status(), times ? wait.systemTime() : 0);
    }
    batch.handle(machine);
  }

  /**
   * Whether there is a thread that was made in the last moment, by one that was killed before it
   * could tell. It must not be left alone with a filter.
   */
  private boolean hasLateNewborns(StopHandler machine) {
    if (!machine.pushDown().planned()) {
      return false;
    }
    for (int i = 0; i < 50; i++) {
      int tid = wait.await(-1, waitFlags | ChildWait.WNOHANG, false);
      if (tid > 0) {
        machine.handle(tid, wait.status(), 0);
        machine.releaseNewborns();
        if (!machine.isDone()) {
          return true;
        }
      }
      if (tid < 0 && tid != -EINTR) {
        return false; // ECHILD
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false; // a child that is no tracee
  }

  private void letGo(StopHandler machine, Detacher detacher) {
    TracerWaker w = waker;
    if (w != null) {
      w.close();
    }
    tracer = null;
    if (coLocation != null) {
      coLocation.release();
    }
    boolean needed = false;
    if (!options.killOnExit()) { // else the kernel does it when this thread ends
      machine.releaseDelayed(true);
      needed = !detacher.run(stopSignal);
    }
    if (releaser != null) {
      releaser.close();
    }
    if (guardian != null && !needed) {
      guardian.dismiss();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Returns when the tracer thread has noticed, before all tracees are let go of; a second call
   * makes it wait no longer for tracees that do not stop. On the tracer thread itself, that is in a
   * handler's method, it returns at once.
   */
  @Override
  public void stop(int signal) {
    synchronized (this) {
      if (stopRequests == 0) {
        stopSignal = signal;
      }
      stopRequests = stopRequests + 1;
    }
    while (tracer != null && tracer != Thread.currentThread()) {
      TracerWaker w = waker;
      if (w != null) {
        w.wake();
      }
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  @Override
  public boolean sentByTerminal(int signal) {
    StopHandler machine = stops;
    return machine != null && new TerminalSignals(machine).sentByTerminal(signal, launchedPid);
  }
}
