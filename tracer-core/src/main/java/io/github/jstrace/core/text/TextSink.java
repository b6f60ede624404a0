// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.decode.IoData;
import io.github.jstrace.core.sink.Messages;
import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.sink.Sink;
import io.github.jstrace.core.sink.ThreadOutputs;
import io.github.jstrace.core.stack.StackFrame;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Signals;
import io.github.jstrace.tables.X32;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a trace as strace does, line by line. The beginning of a call is written at its entry, so
 * that it can be seen while the call blocks; what other threads print meanwhile cuts the line in
 * two ({@code <unfinished ...>}).
 */
public final class TextSink implements Sink {
  private static final Abi HOST = Abi.host();

  private final TextOptions options;
  private final Messages messages;
  private final @Nullable TextLog shared;
  private final @Nullable ThreadOutputs threadOutputs;
  private @Nullable IoData ioData;
  private final TextBuffer out = new TextBuffer();
  private final TextRenderer renderer;
  private final CallText callText;
  private final LineLeader leader;
  private final Map<Tracee, ThreadState> threads = new IdentityHashMap<>();

  // The thread of the last event is most often that of the next.
  private @Nullable Tracee lastTracee;
  private @Nullable ThreadState lastState;

  /**
   * All threads into one output.
   *
   * @param messages to stderr, which may be {@code log} itself
   */
  public TextSink(TextOptions options, Output log, Messages messages, FdResolver resolver) {
    this(options, new TextLog(log), null, messages, resolver);
  }

  /** Each thread into an output of its own, closed with the thread. */
  public TextSink(
      TextOptions options, ThreadOutputs outputs, Messages messages, FdResolver resolver) {
    this(options, null, outputs, messages, resolver);
  }

  private TextSink(
      TextOptions options,
      @Nullable TextLog shared,
      @Nullable ThreadOutputs threadOutputs,
      Messages messages,
      FdResolver resolver) {
    this.options = options;
    this.shared = shared;
    this.threadOutputs = threadOutputs;
    this.messages = messages;
    this.renderer = new TextRenderer(out, options);
    this.callText = new CallText(out, renderer, options);
    this.leader = new LineLeader(out, options, renderer, resolver);
  }

  /** Has the data shown that calls read and write. */
  public TextSink setIoData(@Nullable IoData value) {
    ioData = value;
    return this;
  }

  /** Ends lines of one thread. */
  private final class LinesOf implements HexDump.Lines {
    private final ThreadState state;
    private final long now;

    LinesOf(ThreadState state, long now) {
      this.state = state;
      this.now = now;
    }

    @Override
    public void end() {
      endLine(state, now);
    }
  }

  @Override
  public boolean wantsValues() {
    return true;
  }

  @Override
  public boolean wantsEntries() {
    return true;
  }

  private ThreadState stateOf(Tracee tracee) {
    ThreadState state = lastState;
    if (state != null && lastTracee == tracee) {
      return state;
    }
    state = threads.get(tracee);
    if (state == null) {
      state = new ThreadState(tracee.tid(), logOf(tracee.tid()), HOST);
      threads.put(tracee, state);
    }
    lastTracee = tracee;
    lastState = state;
    return state;
  }

  private TextLog logOf(int tid) {
    if (shared != null) {
      return shared;
    }
    ThreadOutputs outputs = threadOutputs;
    if (outputs == null) {
      throw new IllegalStateException("neither one output nor one for each thread");
    }
    return new TextLog(outputs.open(tid));
  }

  /** Begins a line of {@code tracee} in {@link #out}. */
  private void startLine(Tracee tracee, ThreadState state, long now, boolean alive) {
    state.log.startLine();
    out.clear();
    leader.append(tracee, state, tracee.kernelNumber(), threads.size(), now, alive);
  }

  private void endLine(ThreadState state, long now) {
    out.newline();
    state.log.appendEnd(out, now);
  }

  @Override
  public void callEntered(Tracee tracee, DecodedCall call) {
    ThreadState state = stateOf(tracee);
    showAbi(tracee, state);
    long now = tracee.enterTime();
    startLine(tracee, state, now, true);
    state.commaShown = callText.entry(call);
    state.entryShown = true;
    state.log.appendPart(out, state, now);
  }

  /** Says so when the thread makes calls of another ABI than before. */
  private void showAbi(Tracee tracee, ThreadState state) {
    Abi abi = tracee.abi();
    boolean x32 = abi == Abi.X86_64 && X32.marks(tracee.number());
    if (abi == state.abi && x32 == state.x32) {
      return;
    }
    state.abi = abi;
    state.x32 = x32;
    if (options.quietPersonality() && abi.tabulated()) {
      return;
    }
    long now = tracee.enterTime();
    state.log.startLine();
    out.clear();
    leader.append(tracee, state, tracee.previousNumber(), threads.size(), now, true);
    out.ascii("[ Process PID=").dec(tracee.tid()).ascii(" runs in ");
    out.ascii(x32 ? "x32" : abi.personality());
    out.ascii(abi.tabulated() ? " mode. ]" : " mode; its calls are shown by number. ]");
    endLine(state, now);
  }

  @Override
  public void callExited(Tracee tracee, DecodedCall call) {
    ThreadState state = stateOf(tracee);
    if (tracee.resultKnown()) {
      finishCall(tracee, state, call);
    } else {
      endWithoutResult(tracee, state, call);
    }
  }

  private void finishCall(Tracee tracee, ThreadState state, DecodedCall call) {
    int from = continueCall(tracee, state, call, tracee.exitTime());
    callText.rest(call, from, state.commaShown);
    callText.closeAndAlign(state.log.column());
    callText.result(tracee, call);
    endCall(state, tracee.exitTime());
    IoData data = ioData;
    if (data != null) {
      data.tell(tracee, call.name(), new HexDump(out, new LinesOf(state, tracee.exitTime())));
    }
    showStack(state, tracee.exitTime());
  }

  /**
   * Brings the line to where the exit of a call is to be written.
   *
   * @param now the time of a line that goes on with an unfinished one
   * @return the first argument that is not yet shown
   */
  private int continueCall(Tracee tracee, ThreadState state, DecodedCall call, long now) {
    if (!state.entryShown) {
      showAbi(tracee, state);
      startLine(tracee, state, tracee.enterTime(), true);
      state.commaShown = callText.entry(call);
    } else if (state.log.endsWithCallOf(state)) {
      out.clear();
    } else {
      startLine(tracee, state, now, true);
      out.ascii("<... ").ascii(call.name()).ascii(" resumed>");
    }
    return call.entryCount();
  }

  private void endCall(ThreadState state, long now) {
    state.entryShown = false;
    endLine(state, now);
  }

  /** Shows a call that ended with its thread. */
  private void endWithoutResult(Tracee tracee, ThreadState state, DecodedCall call) {
    long now = tracee.eventTime();
    continueCall(tracee, state, call, now);
    if (call.entryPending()) {
      out.ascii(" <unfinished ...>");
    }
    callText.closeAndAlign(state.log.column());
    out.raw('?');
    endCall(state, now);
  }

  @Override
  public void stack(Tracee tracee, StackFrame[] frames) {
    stateOf(tracee).stack = frames;
  }

  private void showStack(ThreadState state, long now) {
    StackFrame[] frames = state.stack;
    if (frames == null) {
      return;
    }
    state.stack = null;
    for (StackFrame frame : frames) {
      out.clear();
      StackText.append(out, frame);
      endLine(state, now);
    }
  }

  @Override
  public void signalled(Tracee tracee, int signal, Value siginfo) {
    ThreadState state = stateOf(tracee);
    long now = tracee.eventTime();
    startLine(tracee, state, now, true);
    out.ascii("--- ");
    signalName(signal);
    if (!(siginfo instanceof Value.Omitted)) {
      out.raw(' ');
      renderer.render(siginfo, true);
    }
    out.ascii(" ---");
    endLine(state, now);
    showStack(state, now);
  }

  @Override
  public void stopped(Tracee tracee, int signal) {
    ThreadState state = stateOf(tracee);
    long now = tracee.eventTime();
    startLine(tracee, state, now, true);
    out.ascii("--- stopped by ");
    signalName(signal);
    out.ascii(" ---");
    endLine(state, now);
  }

  private void signalName(int signal) {
    String name = Signals.name(signal);
    if (name == null) {
      out.dec(signal);
    } else {
      out.ascii(name);
    }
  }

  @Override
  public void attached(Tracee tracee, int parentTid) {
    stateOf(tracee);
    if (parentTid != 0) {
      messages.attached(tracee.tid());
    }
  }

  @Override
  public void processAttached(int pid, int count) {
    leader.attached(count);
  }

  @Override
  public void exiting(Tracee tracee) {
    leader.remember(stateOf(tracee));
  }

  @Override
  public void exited(Tracee tracee, int status) {
    ThreadState state = stateOf(tracee);
    if (!options.quietExit()) {
      long now = tracee.eventTime();
      startLine(tracee, state, now, false);
      out.ascii("+++ exited with ").dec(status).ascii(" +++");
      endLine(state, now);
    }
    showStack(state, tracee.exitTime());
    forget(tracee, state);
  }

  @Override
  public void killed(Tracee tracee, int signal, boolean coreDumped) {
    ThreadState state = stateOf(tracee);
    long now = tracee.eventTime();
    startLine(tracee, state, now, false);
    out.ascii("+++ killed by ");
    signalName(signal);
    out.ascii(coreDumped ? " (core dumped) +++" : " +++");
    endLine(state, now);
    showStack(state, now);
    forget(tracee, state);
  }

  @Override
  public void vanished(Tracee tracee) {
    ThreadState state = stateOf(tracee);
    forget(tracee, state);
  }

  @Override
  public void superseded(Tracee tracee, int byTid) {
    ThreadState state = stateOf(tracee);
    ThreadState by = removeThread(byTid);
    long now = tracee.eventTime();
    if (by != null) {
      changePid(by, tracee.tid(), now);
      if (by.log != state.log) {
        by.log.output().close();
      }
      state.entryShown = by.entryShown;
      state.commaShown = by.commaShown;
      state.abi = by.abi;
    }
    if (!options.quietThreadExecve()) {
      startLine(tracee, state, now, true);
      out.ascii("+++ superseded by execve in pid ").dec(byTid).ascii(" +++");
      endLine(state, now);
    }
  }

  /** Ends the open line of an execve, which is to be continued under another thread's id. */
  private void changePid(ThreadState by, int newTid, long now) {
    if (by.log.endsWithCallOf(by)) {
      out.clear();
      out.ascii(" <pid changed to ").dec(newTid).ascii(" ...>");
      endLine(by, now);
    }
  }

  private @Nullable ThreadState removeThread(int tid) {
    Tracee found = null;
    for (Tracee tracee : threads.keySet()) {
      if (tracee.tid() == tid) {
        found = tracee;
        break;
      }
    }
    if (found == null) {
      return null;
    }
    lastTracee = null;
    return threads.remove(found);
  }

  @Override
  public void detached(Tracee tracee) {
    ThreadState state = stateOf(tracee);
    messages.detached(tracee.tid());
    if (state.log.endsWithCallOf(state)) {
      out.clear();
      out.ascii(" <detached ...>");
      endCall(state, tracee.eventTime());
    }
    forget(tracee, state);
  }

  private void forget(Tracee tracee, ThreadState state) {
    threads.remove(tracee);
    lastTracee = null;
    lastState = null;
    if (state.log != shared) {
      state.log.output().close();
    }
  }

  @Override
  public void lost(long count) {
    if (shared == null) {
      messages.lost(count);
      return;
    }
    shared.startLine();
    out.clear();
    out.ascii("+++ ").dec(count).ascii(count == 1 ? " event lost +++" : " events lost +++");
    out.newline();
    shared.appendEnd(out, System.nanoTime());
  }

  @Override
  public void idle() {
    if (shared != null) {
      shared.output().flush();
    } else {
      for (ThreadState state : threads.values()) {
        state.log.output().flush();
      }
    }
  }

  @Override
  public void finished() {
    if (shared != null) {
      shared.startLine();
    } else {
      for (ThreadState state : threads.values()) {
        state.log.startLine();
      }
    }
    idle();
    messages.flush();
  }
}
