// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.sink;

import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.decode.Subcalls;
import io.github.jstrace.core.decode.SyscallDecoder;
import io.github.jstrace.core.filter.OperandFilter;
import io.github.jstrace.core.filter.SignalFilter;
import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.core.stack.StackFrame;
import io.github.jstrace.core.stack.StackUnwinder;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/**
 * What stands between a backend and the sinks: drops what the filters do not select, and decodes
 * what a sink wants to show. If there are only sinks that count ({@link Sink#wantsValues} is
 * false), nothing is decoded.
 */
public final class EventPipeline implements TraceHandler {
  /** What is to be selected; everything, unless set. */
  public static final class Filters {
    private SyscallFilter calls = SyscallFilter.ALL;
    private StatusFilter statuses = StatusFilter.ALL;
    private SignalFilter signals = SignalFilter.ALL;
    private long minDuration;
    private @Nullable StackUnwinder stacks;

    private @Nullable OperandFilter operands;

    /** Selects calls by what they work on; null: by their names alone. */
    public Filters setOperands(@Nullable OperandFilter value) {
      operands = value;
      return this;
    }

    /** Has stacks shown, walked by {@code value}; null: none. */
    public Filters setStacks(@Nullable StackUnwinder value) {
      stacks = value;
      return this;
    }

    public Filters setCalls(SyscallFilter value) {
      calls = value;
      return this;
    }

    public Filters setStatuses(StatusFilter value) {
      statuses = value;
      return this;
    }

    /**
     * Selects calls that took at least so many nanoseconds; none that did not return. Sinks that
     * only count get no others either.
     */
    public Filters setMinDuration(long nanos) {
      minDuration = nanos;
      return this;
    }

    public Filters setSignals(SignalFilter value) {
      signals = value;
      return this;
    }
  }

  /** A thread's place in the pipeline. */
  private static final class Thread {
    final SyscallDecoder.@Nullable State decoding;

    /** In a call that the filter selected. */
    boolean selected;

    /** Sinks have seen the entry of that call. */
    boolean announced;

    /** Begins with the launched command's execve, or was attached to by request. */
    boolean root;

    /** The stack at the entry of a call that does not return to it. */
    StackFrame @Nullable [] stack;

    Thread(SyscallDecoder.@Nullable State decoding) {
      this.decoding = decoding;
    }
  }

  private static final DecodedCall NOT_DECODED = new DecodedCall();

  private final SyscallFilter calls;
  private final StatusFilter statuses;
  private final SignalFilter signals;
  private final long minDuration;
  private final @Nullable OperandFilter operands;
  private final @Nullable StackUnwinder stacks;
  private final SyscallDecoder decoder;
  private final Abi nativeAbi;
  private final Sink[] sinks;
  private final Sink[] showing;
  private final Sink[] counting;
  private final boolean entriesWanted;
  private final boolean wantsIdle;

  /**
   * Makes a pipeline.
   *
   * @param nativeAbi that of the tracer, whose layout a {@code siginfo_t} has
   * @param wantsIdle see {@link TraceHandler#wantsIdle}
   */
  public EventPipeline(
      Filters filters, SyscallDecoder decoder, Abi nativeAbi, boolean wantsIdle, Sink... sinks) {
    this.calls = filters.calls;
    this.statuses = filters.statuses;
    this.signals = filters.signals;
    this.minDuration = filters.minDuration;
    this.operands = filters.operands;
    this.stacks = filters.stacks;
    this.decoder = decoder;
    this.nativeAbi = nativeAbi;
    this.wantsIdle = wantsIdle;
    this.sinks = sinks.clone();
    this.showing = select(sinks, true);
    this.counting = select(sinks, false);
    boolean wanted = false;
    for (Sink sink : showing) {
      wanted |= sink.wantsEntries();
    }
    // What the status filter may drop cannot be shown before it is known.
    this.entriesWanted = wanted && statuses.isAll() && minDuration == 0;
  }

  private static Sink[] select(Sink[] sinks, boolean values) {
    int count = 0;
    for (Sink sink : sinks) {
      count += sink.wantsValues() == values ? 1 : 0;
    }
    Sink[] result = new Sink[count];
    count = 0;
    for (Sink sink : sinks) {
      if (sink.wantsValues() == values) {
        result[count++] = sink;
      }
    }
    return result;
  }

  private Thread threadOf(Tracee tracee) {
    if (tracee.handlerState() instanceof Thread thread) {
      return thread;
    }
    Thread thread = new Thread(showing.length == 0 ? null : decoder.newState(tracee));
    tracee.setHandlerState(thread);
    return thread;
  }

  @Override
  public void attached(Tracee tracee, int parentTid) {
    if (stacks != null) {
      threadOf(tracee).root = parentTid == 0;
    }
    for (Sink sink : sinks) {
      sink.attached(tracee, parentTid);
    }
  }

  @Override
  public void processAttached(int pid, int threads) {
    for (Sink sink : sinks) {
      sink.processAttached(pid, threads);
    }
  }

  @Override
  public void attachFailed(int pid, String message) {
    for (Sink sink : sinks) {
      sink.attachFailed(pid, message);
    }
  }

  @Override
  public void tamperingFailed(Tracee tracee, String message) {
    for (Sink sink : sinks) {
      sink.tamperingFailed(tracee, message);
    }
  }

  @Override
  public boolean traces(Tracee tracee) {
    if (tracee.abi().multiplexes(tracee.number())) {
      Subcalls.resolve(tracee);
    }
    OperandFilter filter = operands;
    return (calls.isAll()
            || (Subcalls.isInvented(tracee)
                ? calls.containsUnknown(tracee.abi())
                : calls.contains(tracee.abi(), tracee.number())))
        && (filter == null || filter.matches(tracee));
  }

  @Override
  public void syscallEntered(Tracee tracee) {
    Thread thread = threadOf(tracee);
    thread.announced = false;
    thread.selected = traces(tracee);
    if (!thread.selected || thread.decoding == null) {
      return;
    }
    DecodedCall call = decoder.enter(thread.decoding);
    if (stacks != null) {
      // the execve of the launched command comes from our launching
      boolean launching = thread.root && tracee.previousNumber() < 0;
      thread.stack =
          !launching && leavesItsStack(call.name())
              ? stacks.unwind(tracee.tid(), tracee.tgid())
              : null;
    }
    if (entriesWanted) {
      announce(tracee, thread, call);
    }
  }

  private static boolean leavesItsStack(String call) {
    switch (call) {
      case "execve":
      case "execveat":
      case "exit":
      case "exit_group":
        return true;
      default:
        return false;
    }
  }

  /** Shows a stack that was kept since an entry, or else that of now. */
  private void stack(Tracee tracee, StackFrame @Nullable [] kept) {
    StackUnwinder unwinder = stacks;
    if (unwinder != null) {
      StackFrame[] frames = kept == null ? unwinder.unwind(tracee.tid(), tracee.tgid()) : kept;
      for (Sink sink : showing) {
        sink.stack(tracee, frames);
      }
    }
  }

  private void announce(Tracee tracee, Thread thread, DecodedCall call) {
    thread.announced = true;
    for (Sink sink : showing) {
      if (sink.wantsEntries()) {
        sink.callEntered(tracee, call);
      }
    }
  }

  @Override
  public void syscallExited(Tracee tracee) {
    Thread thread = threadOf(tracee);
    if (!thread.selected) {
      return;
    }
    thread.selected = false;
    if (minDuration > 0 && tracee.duration() < minDuration) {
      return;
    }
    if (!statuses.containsReturn(tracee)) {
      return;
    }
    for (Sink sink : counting) {
      sink.callExited(tracee, NOT_DECODED);
    }
    if (thread.decoding != null) {
      stack(tracee, thread.stack);
      show(tracee, thread.decoding);
    }
  }

  private void show(Tracee tracee, SyscallDecoder.State decoding) {
    decoder.exit(decoding);
    for (Sink sink : showing) {
      sink.callExited(tracee, decoding.call());
    }
  }

  /** The thread is gone; if it was in a call, that call has no result. */
  private void endCall(Tracee tracee, int status) {
    Thread thread = threadOf(tracee);
    if (!thread.selected) {
      return;
    }
    thread.selected = false;
    if (minDuration > 0) {
      return;
    }
    if (statuses.contains(status)) {
      for (Sink sink : counting) {
        sink.callExited(tracee, NOT_DECODED);
      }
    }
    if (thread.decoding != null && (thread.announced || statuses.contains(status))) {
      if (thread.stack != null) {
        stack(tracee, thread.stack);
      }
      show(tracee, thread.decoding);
    }
  }

  @Override
  public void signalled(Tracee tracee, int signal, byte[] siginfo) {
    if (!signals.contains(signal)) {
      return;
    }
    SyscallDecoder.State decoding = threadOf(tracee).decoding;
    Value info =
        decoding == null || siginfo.length == 0
            ? Value.OMITTED
            : decoder.siginfo(decoding, siginfo, nativeAbi);
    if (decoding != null) {
      stack(tracee, null);
    }
    for (Sink sink : sinks) {
      sink.signalled(tracee, signal, info);
    }
  }

  @Override
  public void stopped(Tracee tracee, int signal) {
    if (!signals.contains(signal)) {
      return;
    }
    for (Sink sink : sinks) {
      sink.stopped(tracee, signal);
    }
  }

  @Override
  public void exiting(Tracee tracee) {
    for (Sink sink : sinks) {
      sink.exiting(tracee);
    }
    endCall(tracee, StatusFilter.UNFINISHED);
  }

  @Override
  public void exited(Tracee tracee, int status) {
    endCall(tracee, StatusFilter.UNFINISHED);
    for (Sink sink : sinks) {
      sink.exited(tracee, status);
    }
  }

  @Override
  public void killed(Tracee tracee, int signal, boolean coreDumped) {
    endCall(tracee, StatusFilter.UNFINISHED);
    boolean shown = signals.contains(signal);
    for (Sink sink : sinks) {
      if (shown) {
        sink.killed(tracee, signal, coreDumped);
      } else {
        sink.vanished(tracee);
      }
    }
  }

  @Override
  public void superseded(Tracee tracee, Tracee byTid) {
    endCall(tracee, StatusFilter.UNFINISHED);
    for (Sink sink : sinks) {
      sink.superseded(tracee, byTid.tid());
    }
    Thread thread = threadOf(byTid);
    if (thread.decoding != null) {
      thread.decoding.moveTo(tracee);
    }
    tracee.setHandlerState(thread);
    byTid.setHandlerState(null);
  }

  @Override
  public void detached(Tracee tracee) {
    Thread thread = threadOf(tracee);
    boolean inCall =
        thread.selected
            && thread.decoding != null
            && minDuration == 0
            && statuses.contains(StatusFilter.DETACHED);
    thread.selected = false;
    if (inCall && thread.decoding != null && !thread.announced) {
      announce(tracee, thread, thread.decoding.call());
    }
    for (Sink sink : sinks) {
      if (inCall && thread.decoding != null && sink.wantsValues() && !sink.wantsEntries()) {
        sink.callExited(tracee, thread.decoding.call());
      }
      sink.detached(tracee);
    }
  }

  @Override
  public void lost(long count) {
    for (Sink sink : sinks) {
      sink.lost(count);
    }
  }

  @Override
  public boolean wantsIdle() {
    return wantsIdle;
  }

  @Override
  public void idle() {
    for (Sink sink : sinks) {
      sink.idle();
    }
  }

  @Override
  public void finished() {
    for (Sink sink : sinks) {
      sink.finished();
    }
  }
}
