// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.decode.SyscallDecoder;
import io.github.jstrace.core.sink.EventPipeline;
import io.github.jstrace.core.sink.Messages;
import io.github.jstrace.core.sink.Sink;
import io.github.jstrace.core.stack.StackUnwinder;
import io.github.jstrace.linux.CallerState;
import io.github.jstrace.linux.Daemon;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Launcher;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.LinuxFdResolver;
import io.github.jstrace.linux.PolicyContexts;
import io.github.jstrace.linux.Signals;
import io.github.jstrace.linux.stack.LibraryUnwinder;
import io.github.jstrace.ptrace.PtraceBackend;
import io.github.jstrace.ptrace.PtraceOptions;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/** One run of the tracer, from settings to the status it exits with. */
final class Tracing {
  /** Added to the signal that the process is to die of. */
  static final int BY_SIGNAL = 0x100;

  private final Settings settings;
  private final Libc libc;
  private final CallerState caller;

  Tracing(Settings settings, Libc libc, CallerState caller) {
    this.settings = settings;
    this.libc = libc;
    this.caller = caller;
  }

  /**
   * Traces.
   *
   * @return the status to exit with, or {@link #BY_SIGNAL} and the signal to die of
   * @throws UsageException if something that the command line names cannot be had
   */
  int run() throws UsageException {
    refuseOurselves();
    AllowedCpus.check(libc, settings.cpu);
    BackendChoice backends = new BackendChoice(settings);
    boolean ebpf = backends.isEbpf();
    Command command = new Command(settings, libc, caller);
    Daemon.Waiting waiting = null;
    int[] user = null;
    if (!Daemon.isTracer()) {
      user = command.user();
      if (settings.daemon() > 0) {
        return becomeCommand(command.find(user));
      }
    } else {
      waiting = Daemon.waiting(libc);
      if (waiting == null) {
        return 1; // it has said why
      }
    }
    StackUnwinder stacks = stacks();
    if (settings.contextMismatches && settings.summary != Settings.Summary.ONLY) {
      needPolicy();
    }
    Outputs outputs = Outputs.open(settings, libc, caller);
    LaunchSpec launch = settings.command.length == 0 || waiting != null ? null : command.find(user);
    Phases.end("command and output");
    Diagnostics diagnostics = settings.debug ? new Diagnostics(outputs.stderr()) : null;
    SinkChoice choice = new SinkChoice(settings, outputs);
    FdResolver resolver = new LinuxFdResolver(libc, ebpf);
    SyscallDecoder decoder = new SyscallDecoder(choice.decodeOptions(), resolver);
    TracerBackend backend =
        ebpf
            ? EbpfTracing.backend(settings, launch, choice, decoder)
            : new PtraceBackend(ptraceOptions(launch, waiting, diagnostics));
    EventPipeline pipeline =
        pipeline(outputs, choice, resolver, decoder, backend, ebpf, stacks, diagnostics);
    if (settings.command.length == 0) {
      outputs.stopOnFailure(backend); // a command runs to its end all the same
    }
    Interrupts interrupts =
        Interrupts.install(
            libc,
            caller,
            backend,
            settings.dieOfSignals(),
            settings.ignoresInterrupts(),
            settings.unstoppable());
    Phases.end("sinks and signals");
    int status = 0;
    try {
      backend.run(pipeline);
    } catch (TraceException e) {
      Console.say(
          ebpf ? EbpfTracing.message(e, backends.asking()) : String.valueOf(e.getMessage()));
      status = 1;
    } finally {
      outputs.close();
    }
    Phases.end("tracing");
    if (settings.tips != null) {
      System.err.print(settings.tips.text());
    }
    interrupts.finish();
    if (settings.command.length == 0 && outputs.log().failed()) {
      status = 1;
    }
    int signal = interrupts.signal();
    if (signal != 0) {
      return BY_SIGNAL | signal;
    }
    ExitResult ended = backend.exitResult();
    if (ended == null) {
      return status;
    }
    return ended.signal() != 0 ? BY_SIGNAL | ended.signal() : ended.code();
  }

  private void refuseOurselves() throws UsageException {
    int own = libc.getpid();
    for (int pid : settings.attach) {
      if (pid == own) {
        throw new UsageException(
            "process "
                + pid
                + " is "
                + Console.name()
                + " itself, which cannot be traced by itself",
            false);
      }
    }
  }

  /** Leaves the tracing to another process. */
  private int becomeCommand(LaunchSpec launch) throws UsageException {
    Daemon.Place[] places = Daemon.Place.values();
    int result =
        Daemon.become(
            libc,
            launch,
            places[settings.daemon() - 1],
            settings.jsonToStdout() || settings.outputIsCommand());
    throw new UsageException(Launcher.describe(-result), false);
  }

  private PtraceOptions ptraceOptions(
      @Nullable LaunchSpec launch,
      Daemon.@Nullable Waiting waiting,
      @Nullable Diagnostics diagnostics) {
    PtraceOptions options =
        new PtraceOptions()
            .setFollowForks(settings.followForks())
            .setDetachOnExec(settings.detachOnExecve)
            .setKillOnExit(settings.killOnExit)
            .setReapsOrphans(true)
            .setCoLocation(settings.coLocation(), Math.max(settings.cpu, -1))
            .setSystemTimes(settings.summary != Settings.Summary.NONE && !settings.wallClock)
            .setIdleReports(settings.output != null && settings.summary != Settings.Summary.ONLY);
    if (launch != null) {
      options.setLaunch(launch);
    }
    if (waiting != null) {
      options.setWaiting(waiting);
    }
    if (diagnostics != null) {
      options.setObserver(diagnostics);
    }
    if (settings.seccompFilter
        && !settings.syscallNumber
        && !settings.instructionPointer
        && settings.syscallLimit == 0) {
      // else signals and ends are shown with what the last call was, be it traced or not
      options.setCalls(settings.trace);
    }
    for (int i = 0; i < settings.injections.size(); i++) {
      options.addInjection(settings.injections.get(i));
    }
    for (int pid : settings.attach) {
      options.addPid(pid);
    }
    return options;
  }

  private void needPolicy() throws UsageException {
    PolicyContexts policy = PolicyContexts.load(libc);
    if (policy == null) {
      throw new UsageException(
          "--secontext=mismatch needs libselinux (package libselinux1, or libselinux), which is"
              + " not installed",
          false);
    }
    if (!policy.known()) {
      Console.say("there is no SELinux policy here to compare contexts with");
    }
  }

  private @Nullable StackUnwinder stacks() throws UsageException {
    if (settings.stackTrace == 0 || settings.summary == Settings.Summary.ONLY) {
      return null;
    }
    StackUnwinder stacks = LibraryUnwinder.load(libc, settings.stackTrace > 1, settings.stackLimit);
    if (stacks == null) {
      throw new UsageException(
          "-k/--stack-trace needs " + LibraryUnwinder.missing(libc) + ", which is not installed",
          false);
    }
    return stacks;
  }

  private EventPipeline pipeline(
      Outputs outputs,
      SinkChoice choice,
      FdResolver resolver,
      SyscallDecoder decoder,
      TracerBackend backend,
      boolean ebpf,
      @Nullable StackUnwinder stacks,
      @Nullable Diagnostics diagnostics) {
    Messages messages =
        new Messages(
            Console.name(),
            outputs.stderr(),
            settings.tracesStrangers() || (settings.quiet() & Settings.QUIET_ATTACH) != 0);
    boolean countedInKernel = ebpf && settings.summary == Settings.Summary.ONLY;
    Sink[] chosen =
        countedInKernel
            ? new Sink[] {new SummaryMessages(messages)}
            : choice.sinks(resolver, messages);
    boolean limited = settings.syscallLimit > 0;
    int count = 1 + (diagnostics == null ? 0 : 1);
    Sink[] sinks = new Sink[count + chosen.length + (limited ? 1 : 0)];
    boolean tellsDetached = settings.json && !countedInKernel;
    sinks[0] = new ProcessMessages(settings, outputs.stderr(), backend, tellsDetached);
    if (diagnostics != null) {
      sinks[1] = diagnostics;
    }
    System.arraycopy(chosen, 0, sinks, count, chosen.length);
    if (limited) {
      boolean shown = settings.summary != Settings.Summary.ONLY;
      sinks[sinks.length - 1] =
          new CallLimit(
              backend,
              settings.syscallLimit,
              shown,
              (settings.quiet() & Settings.QUIET_ATTACH) != 0 ? null : outputs.stderr());
    }
    EventPipeline.Filters filters =
        new EventPipeline.Filters()
            .setCalls(settings.trace)
            .setStatuses(settings.status)
            .setMinDuration(settings.minDuration)
            .setSignals(settings.signals)
            .setOperands(TracedPaths.filter(settings, libc, resolver))
            .setStacks(stacks);
    return new EventPipeline(filters, decoder, Abi.host(), false, sinks);
  }

  /** Ends the process as {@link #run} says. */
  static void exit(int status, Libc libc) {
    if ((status & BY_SIGNAL) != 0) {
      int signal = status & ~BY_SIGNAL;
      new Signals(libc).dieBySignal(signal);
      Runtime.getRuntime().halt(128 + signal);
    }
    Runtime.getRuntime().halt(status);
  }
}
