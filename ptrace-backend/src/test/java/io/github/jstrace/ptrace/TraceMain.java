// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import java.util.Arrays;

/** Traces a command or, with {@code -p}, a process, following forks, in a JVM of its own. */
final class TraceMain {
  private TraceMain() {}

  public static void main(String[] args) throws Exception {
    Recorder recorder = new Recorder();
    recorder.keepCalls = false;
    PtraceOptions options =
        args[0].equals("-p")
            ? new PtraceOptions().setFollowForks(true).addPid(Integer.parseInt(args[1]))
            : Tracing.following(args);
    PtraceBackend backend = new PtraceBackend(options);
    System.out.println("tracing " + Arrays.toString(args));
    long before = System.nanoTime();
    backend.run(recorder);
    long calls = 0;
    for (int count : recorder.calls.values()) {
      calls += count;
    }
    System.out.println(
        calls
            + " calls, "
            + (System.nanoTime() - before) / 1_000_000
            + " ms, "
            + backend.exitResult()
            + " "
            + recorder.faults);
  }
}
