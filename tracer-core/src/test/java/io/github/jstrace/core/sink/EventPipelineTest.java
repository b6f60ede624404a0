// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.decode.DecodeOptions;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.decode.SyscallDecoder;
import io.github.jstrace.core.filter.SignalFilter;
import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What reaches which sink, in which order. */
class EventPipelineTest {
  private static final int GETPID = 39;
  private static final int CLOSE = 3;
  private static final int PAUSE = 34;
  private static final int SIGTERM = 15;

  /** Writes down what it is told. */
  private static final class Recorder implements Sink {
    final List<String> events = new ArrayList<>();
    private final boolean values;
    private final boolean entries;

    Recorder(boolean values, boolean entries) {
      this.values = values;
      this.entries = entries;
    }

    @Override
    public boolean wantsValues() {
      return values;
    }

    @Override
    public boolean wantsEntries() {
      return entries;
    }

    @Override
    public void callEntered(Tracee tracee, DecodedCall call) {
      events.add("enter " + call.name());
    }

    @Override
    public void callExited(Tracee tracee, DecodedCall call) {
      events.add("exit " + call.name() + (tracee.resultKnown() ? "" : " ?"));
    }

    @Override
    public void signalled(Tracee tracee, int signal, Value siginfo) {
      events.add("signal " + signal);
    }

    @Override
    public void stopped(Tracee tracee, int signal) {
      events.add("stopped " + signal);
    }

    @Override
    public void exited(Tracee tracee, int status) {
      events.add("exited " + status);
    }

    @Override
    public void killed(Tracee tracee, int signal, boolean coreDumped) {
      events.add("killed " + signal);
    }

    @Override
    public void vanished(Tracee tracee) {
      events.add("vanished");
    }

    @Override
    public void superseded(Tracee tracee, int byTid) {
      events.add("superseded by " + byTid);
    }

    @Override
    public void detached(Tracee tracee) {
      events.add("detached");
    }
  }

  private final Recorder text = new Recorder(true, true);
  private final Recorder whole = new Recorder(true, false);
  private final Recorder counter = new Recorder(false, false);
  private final Tracee tracee = new Tracee(100, 100, TraceeMemory.NONE);

  private EventPipeline pipeline(EventPipeline.Filters filters, Sink... sinks) {
    return new EventPipeline(
        filters,
        new SyscallDecoder(new DecodeOptions(), FdResolver.NONE),
        Abi.X86_64,
        false,
        sinks);
  }

  private static void enter(EventPipeline pipeline, Tracee tracee, int number) {
    tracee.enter(Abi.X86_64, number, 0, 0, 1, 0);
    pipeline.syscallEntered(tracee);
  }

  private static void exit(EventPipeline pipeline, Tracee tracee, long result, int errno) {
    tracee.exit(result, errno, 2, 0);
    pipeline.syscallExited(tracee);
  }

  @Test
  void entriesAreShownBeforeExitsToThoseWhoWantThem() {
    EventPipeline pipeline = pipeline(new EventPipeline.Filters(), text, whole, counter);
    enter(pipeline, tracee, GETPID);
    assertEquals(List.of("enter getpid"), text.events);
    exit(pipeline, tracee, 100, 0);
    assertEquals(List.of("enter getpid", "exit getpid"), text.events);
    assertEquals(List.of("exit getpid"), whole.events);
    assertEquals(List.of("exit "), counter.events);
  }

  @Test
  void aCounterAloneHasNothingDecoded() {
    EventPipeline pipeline = pipeline(new EventPipeline.Filters(), counter);
    enter(pipeline, tracee, GETPID);
    exit(pipeline, tracee, 100, 0);
    assertEquals(List.of("exit "), counter.events);
  }

  @Test
  void callsThatAreNotSelectedReachNobody() throws Exception {
    EventPipeline pipeline =
        pipeline(
            new EventPipeline.Filters().setCalls(SyscallFilter.parse("close", Abi.X86_64)),
            text,
            counter);
    enter(pipeline, tracee, GETPID);
    exit(pipeline, tracee, 100, 0);
    enter(pipeline, tracee, CLOSE);
    exit(pipeline, tracee, 0, 0);
    assertEquals(List.of("enter close", "exit close"), text.events);
    assertEquals(List.of("exit "), counter.events);
  }

  @Test
  void aStatusFilterHoldsEntriesBackAndIsThatOfCountersToo() {
    EventPipeline pipeline =
        pipeline(
            new EventPipeline.Filters().setStatuses(StatusFilter.of(StatusFilter.FAILED)),
            text,
            counter);
    enter(pipeline, tracee, CLOSE);
    exit(pipeline, tracee, 0, 0);
    enter(pipeline, tracee, CLOSE);
    assertEquals(List.of(), text.events);
    exit(pipeline, tracee, -9, 9);
    assertEquals(List.of("exit close"), text.events);
    assertEquals(List.of("exit "), counter.events);
  }

  @Test
  void aCallThatEndsWithItsThreadIsUnfinished() {
    EventPipeline pipeline =
        pipeline(
            new EventPipeline.Filters().setStatuses(StatusFilter.of(StatusFilter.UNFINISHED)),
            text);
    enter(pipeline, tracee, CLOSE);
    exit(pipeline, tracee, 0, 0);
    enter(pipeline, tracee, PAUSE);
    pipeline.killed(tracee, SIGTERM, false);
    assertEquals(List.of("exit pause ?", "killed 15"), text.events);
  }

  @Test
  void aCallInWhichTheTracerLetsGoIsShownIfThatIsSelected() {
    EventPipeline pipeline =
        pipeline(
            new EventPipeline.Filters().setStatuses(StatusFilter.of(StatusFilter.DETACHED)),
            text,
            whole);
    enter(pipeline, tracee, PAUSE);
    pipeline.detached(tracee);
    assertEquals(List.of("enter pause", "detached"), text.events);
    assertEquals(List.of("exit pause ?", "detached"), whole.events);
  }

  @Test
  void hiddenSignals() throws Exception {
    EventPipeline pipeline =
        pipeline(new EventPipeline.Filters().setSignals(SignalFilter.parse("!term")), text);
    pipeline.signalled(tracee, SIGTERM, new byte[0]);
    pipeline.signalled(tracee, 2, new byte[0]);
    pipeline.stopped(tracee, SIGTERM);
    pipeline.killed(tracee, SIGTERM, false);
    assertEquals(List.of("signal 2", "vanished"), text.events);
  }

  @Test
  void anExecveOfAnotherThreadGoesOnAsTheLeaders() {
    EventPipeline pipeline = pipeline(new EventPipeline.Filters(), text);
    Tracee thread = new Tracee(101, 100, TraceeMemory.NONE);
    enter(pipeline, tracee, PAUSE);
    enter(pipeline, thread, 59);
    pipeline.superseded(tracee, thread);
    tracee.enter(Abi.X86_64, 59, 0, 0, 1, 0);
    exit(pipeline, tracee, 0, 0);
    assertEquals(
        List.of("enter pause", "enter execve", "exit pause ?", "superseded by 101", "exit execve"),
        text.events);
  }
}
