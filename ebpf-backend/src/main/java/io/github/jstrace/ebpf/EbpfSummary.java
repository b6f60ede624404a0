// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.summary.SummaryWriter;
import io.github.jstrace.ebpf.codegen.Control;
import io.github.jstrace.ebpf.codegen.Selection;
import io.github.jstrace.ebpf.codegen.Slots;
import io.github.jstrace.ebpf.codegen.SummaryMaps;
import io.github.jstrace.ebpf.codegen.SummaryProgram;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import org.jspecify.annotations.Nullable;

/**
 * Counts calls in the kernel ({@code -c}): no event is told, no process is stopped. What was
 * counted goes to a {@link SummaryWriter}, at the end or at intervals; the handler is told of
 * processes attached to and let go of, and of what could not be counted. An object is for one run.
 */
public final class EbpfSummary extends EbpfTracer {
  /** How often to look whether tracees that no descriptor stands for are there yet. */
  private static final long LOOK_NANOS = 20_000_000;

  private final EbpfOptions options;
  private final SummarySettings settings;
  private final SummaryWriter writer;
  private final Libc libc = Libc.get();
  private final Waiter waiter;

  public EbpfSummary(EbpfOptions options, SummarySettings settings, SummaryWriter writer) {
    this.options = options;
    this.settings = settings;
    this.writer = writer;
    this.waiter = new Waiter(libc, options.pids().length + 1);
  }

  @Override
  void wake() {
    waiter.wake();
  }

  @Override
  public void run(TraceHandler handler) throws TraceException {
    try (BpfSession session = new BpfSession()) {
      Run run;
      try (Kernel kernel = Kernel.open(options)) {
        run = new Run(session, kernel, handler);
      }
      run.run();
    } finally {
      waiter.close();
    }
  }

  /** One run, once the kernel is known to be able. */
  private final class Run {
    private final BpfSession session;
    private final TraceHandler handler;
    private final Selection selection;
    private final Control control = new Control();
    private final SummaryMaps maps;
    private final NativeMemory numbers;
    private final @Nullable NativeMemory tasks;
    private final SummaryReader reader;
    private int attached;

    Run(BpfSession session, Kernel kernel, TraceHandler handler) throws TraceException {
      this.session = session;
      this.handler = handler;
      this.selection = kernel.selection();
      this.maps =
          new SummaryMaps(
              kernel.cpus(), settings.by(), settings.latency(), settings.interval() > 0);
      this.numbers = session.create(control.map()).memory();
      this.tasks = selection.usesTasks() ? session.create(selection.tasks()).memory() : null;
      this.reader = new SummaryReader(session, maps, numbers, settings);
      load(kernel);
    }

    private void load(Kernel kernel) throws TraceException {
      SummaryProgram programs =
          new SummaryProgram(
              selection,
              maps,
              control,
              options,
              settings.overhead(),
              settings.cpuTimes(),
              settings.errnos());
      Kernel.put(session.create(maps.plan()), Slots.plan(options.calls()));
      kernel.prepare(session, control);
      if (settings.cpuTimes()) {
        kernel.load(session, programs.onSwitch(), "sched_switch");
      }
      kernel.load(session, programs.onEntry(), "sys_enter");
      kernel.load(session, programs.onExit(), "sys_exit");
    }

    void run() throws TraceException {
      try {
        start();
        await();
      } finally {
        session.detach();
        letGo();
        tellEnd();
      }
      show();
      tellLost();
      handler.finished();
    }

    private void start() throws TraceException {
      LaunchSpec spec = options.launch();
      CommandProcess launched = null;
      if (spec != null) {
        launched = CommandProcess.launch(spec);
        setCommand(launched);
      }
      boolean begun = false;
      try {
        if (launched != null && tasks != null) {
          tasks.putByte(launched.pid(), (byte) Selection.AWAITING_EXEC);
          attached++;
          waiter.watch(launched.pid());
        }
        numbers.putLong(Control.BEGAN, System.nanoTime());
        session.attach();
        if (tasks != null && options.pids().length > 0) {
          Targets targets = new Targets(libc, tasks, options);
          targets.attachAll(handler);
          attached += targets.attached();
          for (int pid : options.pids()) {
            waiter.watch(pid);
          }
        }
        begun = true;
      } finally {
        if (launched != null && !begun) {
          launched.abandon();
        }
      }
      if (launched != null) {
        launched.go();
      }
    }

    private void await() throws TraceException {
      long tick = System.nanoTime() + settings.interval();
      while (!stopping() && !ended()) {
        long wait = waiter.alive() > 0 || options.system() ? -1 : LOOK_NANOS;
        if (settings.interval() > 0) {
          long now = System.nanoTime();
          if (now - tick >= 0) {
            show();
            tick += settings.interval() * (1 + (now - tick) / settings.interval());
          }
          wait = wait < 0 ? tick - now : Math.min(wait, tick - now);
          wait = Math.max(wait, 0);
        }
        waiter.await(wait);
      }
    }

    private boolean ended() {
      CommandProcess launched = command();
      if (launched != null && launched.poll() == null) {
        return false;
      }
      if (options.system() || (launched != null && launched.failure() != null)) {
        return launched != null;
      }
      return attached + numbers.getLong(Control.FORKED) <= numbers.getLong(Control.ENDED);
    }

    private void tellEnd() {
      CommandProcess launched = command();
      ExitResult end = launched == null ? null : launched.result();
      if (launched != null && end != null) {
        Tracee tracee = new Tracee(launched.pid(), launched.pid(), TraceeMemory.NONE);
        if (end.signal() != 0) {
          handler.killed(tracee, end.signal(), end.coreDumped());
        } else {
          handler.exited(tracee, end.code());
        }
      }
    }

    /** The command is told of the signal that ends this; who is still traced is told of. */
    private void letGo() {
      CommandProcess launched = command();
      if (launched != null && stopSignal() != 0) {
        launched.signal(stopSignal());
      }
      NativeMemory bytes = tasks;
      for (int tid = 0; bytes != null && stopping() && tid < bytes.size(); tid += 8) {
        if (bytes.getLong(tid) != 0) {
          for (int i = tid; i < tid + 8; i++) {
            if (bytes.getByte(i) != 0) {
              handler.detached(new Tracee(i, i, TraceeMemory.NONE));
            }
          }
        }
      }
    }

    private void show() throws TraceException {
      reader.read(writer);
    }

    private void tellLost() {
      long lost = reader.lost();
      if (lost > 0) {
        handler.lost(lost);
      }
    }
  }
}
