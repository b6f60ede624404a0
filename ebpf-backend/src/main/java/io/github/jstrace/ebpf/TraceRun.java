// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.decode.CapturePlanner;
import io.github.jstrace.ebpf.codegen.Control;
import io.github.jstrace.ebpf.codegen.EventPrograms;
import io.github.jstrace.ebpf.codegen.ResultFilter;
import io.github.jstrace.ebpf.codegen.Selection;
import io.github.jstrace.ebpf.codegen.TraceLayout;
import io.github.jstrace.ebpf.codegen.TraceProgram;
import io.github.jstrace.ebpf.libbpf.AttachPoint;
import io.github.jstrace.ebpf.libbpf.BpfMap;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.ebpf.libbpf.ProgramRejected;
import io.github.jstrace.ebpf.ring.RingBuffer;
import io.github.jstrace.ebpf.trace.RecordQueue;
import io.github.jstrace.ebpf.trace.TraceReplay;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.RemoteMemory;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/** One trace: puts the programs into the kernel, and passes on what they tell until all is over. */
final class TraceRun implements TraceReplay.LiveMemory {
  private static final int DEFAULT_BUFFER = 32 << 20;

  /** While records come: how long they gather before they are looked at. */
  private static final long GATHER = 1_000_000;

  /** So long after the last record the reader waits for the next instead of looking for it. */
  private static final long BUSY = 5_000_000;

  /** So long after the last record what a handler has buffered is written. */
  private static final long QUIET = 25_000_000;

  /** The longest wait: a record may come unnoticed in the moment before it. */
  private static final long LOOK = 100_000_000;

  private static final long LOST_PERIOD = 100_000_000;
  private static final long SWEEP_PERIOD = 10_000_000_000L;
  private static final int ESRCH = 3;

  /** Since Linux 6.10. */
  private static final String PREPARE_EXEC = "sched_prepare_exec";

  private final EbpfBackend backend;
  private final EbpfOptions options;
  private final CapturePlanner planner;
  private final BpfSession session;
  private final TraceHandler handler;
  private final Libc libc = Libc.get();
  private final Selection selection;
  private final TraceProgram programs;
  private final @Nullable NativeMemory tasks;
  private final NativeMemory sleeper;
  private final TraceReplay replay;
  private final LostRecords lost;
  private final RemoteMemory memory = new RemoteMemory(libc);
  private @Nullable CommandProcess launched;

  TraceRun(
      EbpfBackend backend,
      EbpfOptions options,
      CapturePlanner planner,
      Kernel kernel,
      BpfSession session,
      TraceHandler handler)
      throws TraceException {
    this.backend = backend;
    this.options = options;
    this.planner = planner;
    this.session = session;
    this.handler = handler;
    selection = kernel.selection();
    int size = options.bufferSize() > 0 ? options.bufferSize() : DEFAULT_BUFFER;
    TraceLayout places = new TraceLayout(Arch.current(), kernel.offsets());
    ResultFilter filter = new ResultFilter(options.statuses(), options.minDuration());
    programs = new TraceProgram(kernel.layout(), places, selection, filter, size);
    tasks = selection.usesTasks() ? session.create(selection.tasks()).memory() : null;
    sleeper = session.create(programs.sleeper()).memory();
    lost = new LostRecords(session.create(programs.lost()));
    boolean x86 = Arch.current() == Arch.X86_64;
    replay =
        new TraceReplay(handler, x86 ? Abi.X86_64 : Abi.AARCH64, x86 ? Abi.I386 : Abi.ARM, this);
    replay.setSelective(
        !options.system() && (!options.comms().isEmpty() || options.cgroup() != null));
  }

  @Override
  public TraceeMemory of(int tid) {
    return new Live(tid);
  }

  /** The memory of a process as it is now. */
  private final class Live implements TraceeMemory {
    private final int tid;

    Live(int tid) {
      this.tid = tid;
    }

    @Override
    public int read(long address, byte[] into, int offset, int length) {
      return Math.max(0, memory.read(tid, address, into, offset, length));
    }
  }

  /** Loads the programs; they run from {@link #trace} on. */
  RingBuffer load(Kernel kernel) throws TraceException {
    BpfMap plans = session.create(programs.plans());
    new PlanWriter(plans, planner, options.calls()).writeAll();
    RingBuffer ring = RingBuffer.open(session.create(programs.ring()));
    boolean loaded = false;
    try {
      EventPrograms events = programs.events();
      boolean loopHelper = loadExit(kernel);
      // The order matters: see EventPrograms.
      kernel.load(session, programs.refusedEnd(loopHelper), "sched_process_exit");
      kernel.load(session, events.exit(), "sched_process_exit");
      kernel.load(session, events.exec(), "sched_process_exec");
      kernel.prepare(session, new Control());
      if (options.followForks() && !options.system()) {
        kernel.load(session, events.fork(), "sched_process_fork");
      }
      kernel.load(session, events.deliver(), "signal_deliver");
      kernel.load(session, events.generate(), "signal_generate");
      if (AttachPoint.btfTracepoint(kernel.btf(), PREPARE_EXEC) != null) {
        kernel.load(session, programs.lateExecve(loopHelper), PREPARE_EXEC);
      }
      kernel.load(session, programs.enter(loopHelper), "sys_enter");
      loaded = true;
    } finally {
      if (!loaded) {
        ring.close();
      }
    }
    return ring;
  }

  /** Loads the program for exits; tells whether the kernel has the helper for its loops. */
  private boolean loadExit(Kernel kernel) throws TraceException {
    try {
      kernel.load(session, programs.exit(true), "sys_exit");
      return true;
    } catch (ProgramRejected e) {
      kernel.load(session, programs.exit(false), "sys_exit");
      return false;
    }
  }

  /** Traces until all tracees have ended or the backend is to stop. */
  void trace(RingBuffer ring) throws TraceException {
    RecordQueue queue = new RecordQueue(ring.reader(), replay);
    try {
      start();
      if (options.pids().length > 0) {
        ring.pause(GATHER);
        queue.drain();
        replay.reportFound();
      }
      loop(ring, queue);
    } finally {
      session.detach();
      queue.drainAll();
      letGo();
    }
    handler.finished();
  }

  private void start() throws TraceException {
    LaunchSpec spec = options.launch();
    CommandProcess command = spec == null ? null : CommandProcess.launch(spec);
    boolean begun = false;
    try {
      if (command != null) {
        launched = command;
        backend.setCommand(command);
        replay.attach(command.pid(), command.pid());
        if (tasks != null) {
          tasks.putByte(command.pid(), (byte) Selection.AWAITING_EXEC);
        }
      }
      session.attach();
      if (tasks != null && options.pids().length > 0) {
        Targets targets = new Targets(libc, tasks, options);
        targets.attachAll(handler);
        targets.tell(replay, this);
      }
      begun = true;
    } finally {
      if (command != null && !begun) {
        command.abandon();
      }
    }
    if (command != null) {
      command.go();
    }
  }

  private void loop(RingBuffer ring, RecordQueue queue) {
    long now = System.nanoTime();
    long lastRecord = now;
    long nextLost = now + LOST_PERIOD;
    long nextSweep = now + SWEEP_PERIOD;
    boolean told = false;
    boolean endsLost = false;
    while (!backend.stopping()) {
      boolean any = queue.drain();
      now = System.nanoTime();
      if (any) {
        lastRecord = now;
        told = false;
      }
      if (now - nextLost >= 0) {
        nextLost = now + LOST_PERIOD;
        boolean more = lost.report(handler);
        endsLost |= more;
        if (more || now - nextSweep >= 0) {
          nextSweep = now + SWEEP_PERIOD;
          sweep();
        }
      }
      if (systemIsOver() || !any && over()) {
        return;
      }
      long silence = now - lastRecord;
      if (any && !handler.wantsIdle() || silence < BUSY && !handler.wantsIdle()) {
        ring.pause(GATHER);
        continue;
      }
      if (any) {
        continue;
      }
      sleeper.putLongRelease(0, 1);
      if (ring.reader().pending() == 0) {
        if (!told && (handler.wantsIdle() || silence >= QUIET)) {
          if (endsLost) {
            endsLost = lost.report(handler);
            sweep();
          }
          replay.idle();
          handler.idle();
          told = true;
        }
        ring.await(told ? LOOK : QUIET);
      }
      sleeper.putLongRelease(0, 0);
    }
  }

  /** Whether the command that bounds a trace of the system has ended; records never do. */
  private boolean systemIsOver() {
    CommandProcess command = launched;
    return options.system() && command != null && command.poll() != null;
  }

  /** Whether nothing will come any more. */
  private boolean over() {
    CommandProcess command = launched;
    if (command != null) {
      command.poll();
    }
    if (command != null && command.result() != null && replay.knows(command.pid())) {
      if (command.failure() != null || lost.total() > 0) {
        replay.ended(command.pid(), command.waitStatus());
      }
    }
    return !options.system() && replay.size() == 0 && (command == null || command.result() != null);
  }

  /** Forgets threads whose end was not told, because it was lost. */
  private void sweep() {
    for (int tid : replay.tids()) {
      boolean gone =
          tasks != null && !options.system()
              ? tasks.getByte(tid) == 0
              : libc.kill(tid, 0) == -ESRCH;
      if (gone && (launched == null || launched.pid() != tid)) {
        replay.forget(tid);
      }
    }
  }

  private void letGo() {
    lost.report(handler);
    CommandProcess command = launched;
    if (command != null && backend.stopSignal() != 0) {
      command.signal(backend.stopSignal());
    }
    replay.detachAll();
  }
}
