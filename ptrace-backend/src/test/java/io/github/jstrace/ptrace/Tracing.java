// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceException;
import io.github.jstrace.linux.CallerState;
import io.github.jstrace.linux.LaunchSpec;
import io.github.jstrace.linux.Libc;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs commands under the backend and checks what holds for every run. */
final class Tracing {
  private Tracing() {}

  static LaunchSpec command(String... argv) {
    byte[][] args = new byte[argv.length][];
    for (int i = 0; i < argv.length; i++) {
      args[i] = argv[i].getBytes(StandardCharsets.UTF_8);
    }
    CallerState caller = CallerState.read(Libc.get());
    return new LaunchSpec(args[0], args, caller.environment(), caller);
  }

  static PtraceOptions following(String... argv) {
    return new PtraceOptions().setFollowForks(true).setLaunch(command(argv));
  }

  static @Nullable ExitResult run(Recorder recorder, PtraceOptions options) throws TraceException {
    PtraceBackend backend = new PtraceBackend(options);
    backend.run(recorder);
    check(recorder);
    return backend.exitResult();
  }

  static void check(Recorder recorder) {
    assertEquals(List.of(), recorder.faults);
    assertTrue(recorder.alive.isEmpty(), "not ended: " + recorder.alive);
    assertTrue(recorder.finished);
  }
}
