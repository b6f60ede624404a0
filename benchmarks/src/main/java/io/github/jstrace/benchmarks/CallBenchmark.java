// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.benchmarks;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.decode.DecodeOptions;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.decode.SyscallDecoder;
import io.github.jstrace.core.json.JsonLines;
import io.github.jstrace.core.json.JsonSink;
import io.github.jstrace.core.sink.EventPipeline;
import io.github.jstrace.core.sink.Messages;
import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.sink.Sink;
import io.github.jstrace.core.summary.SummaryOptions;
import io.github.jstrace.core.summary.SummarySink;
import io.github.jstrace.core.text.TextOptions;
import io.github.jstrace.core.text.TextSink;
import io.github.jstrace.tables.Abi;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One call, its entry and its exit, through the pipeline to a sink whose output goes nowhere. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class CallBenchmark {
  /** The call: one with a buffer, one with a path and flags, one with a struct. */
  @Param({"write", "openat", "newfstatat"})
  public String call = "write";

  /** What every address holds. */
  private static final TraceeMemory MEMORY =
      (address, into, offset, length) -> {
        Arrays.fill(into, offset, offset + length, (byte) 'a');
        if (length > 12) {
          into[offset + 12] = 0;
        }
        return length;
      };

  private final Output nowhere =
      new Output(OutputStream.nullOutputStream(), "nowhere", false, message -> {});
  private final SyscallDecoder decoder = new SyscallDecoder(new DecodeOptions(), FdResolver.NONE);
  private final Messages messages = new Messages("jstrace", nowhere, true);
  private final EventPipeline text =
      pipeline(new TextSink(new TextOptions(), nowhere, messages, FdResolver.NONE));
  private final EventPipeline json = pipeline(new JsonSink(new JsonLines(nowhere)));
  private final EventPipeline summary =
      pipeline(new SummarySink(new SummaryOptions(), ignored -> {}, null));
  private final EventPipeline decoded = pipeline(new Blind());
  private final Tracee tracee = new Tracee(100, 100, MEMORY);

  /** Has values decoded and looks at none. */
  private static final class Blind implements Sink {
    @Override
    public boolean wantsValues() {
      return true;
    }

    @Override
    public boolean wantsEntries() {
      return true;
    }

    @Override
    public void callExited(Tracee tracee, DecodedCall call) {}
  }

  private EventPipeline pipeline(Sink sink) {
    return new EventPipeline(new EventPipeline.Filters(), decoder, Abi.X86_64, false, sink);
  }

  private Tracee through(EventPipeline pipeline) {
    int number =
        switch (call) {
          case "write" -> 1;
          case "openat" -> 257;
          default -> 262;
        };
    tracee.enter(Abi.X86_64, number, 0x1000, 0x2000, 1, 0);
    tracee.setArg(0, 3);
    tracee.setArg(1, 0x3000);
    tracee.setArg(2, number == 1 ? 12 : 0x4000);
    tracee.setArg(3, 0);
    pipeline.syscallEntered(tracee);
    tracee.exit(0, Tracee.SUCCESS, 2, 0);
    pipeline.syscallExited(tracee);
    return tracee;
  }

  @Benchmark
  public Tracee decode() {
    return through(decoded);
  }

  @Benchmark
  public Tracee text() {
    return through(text);
  }

  @Benchmark
  public Tracee json() {
    return through(json);
  }

  @Benchmark
  public Tracee summary() {
    return through(summary);
  }
}
