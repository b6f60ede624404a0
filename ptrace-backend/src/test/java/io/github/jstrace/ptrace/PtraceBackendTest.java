// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceException;
import io.github.jstrace.linux.Launcher;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Launched commands on the running kernel. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PtraceBackendTest {
  private final Recorder recorder = new Recorder();

  private @Nullable ExitResult run(PtraceOptions options) throws TraceException {
    return Tracing.run(recorder, options);
  }

  private @Nullable ExitResult shell(String script) throws TraceException {
    return run(
        new PtraceOptions()
            .setFollowForks(true)
            .setLaunch(Tracing.command("/bin/sh", "-c", script)));
  }

  @Test
  void firstIsTheExecve() throws TraceException {
    assertEquals(new ExitResult(3, 0, false), shell("exit 3"));
    String tid = recorder.lines.get(0).split(" ")[1];
    assertEquals("enter " + tid + " 59", recorder.lines.get(1));
    assertEquals("exit " + tid + " 59 = 0 errno 0", recorder.lines.get(2));
    int last = recorder.lines.size() - 1;
    assertEquals("exited " + tid + " 3", recorder.lines.get(last));
    assertEquals("exiting " + tid + " in 231", recorder.lines.get(last - 1));
    assertEquals("enter " + tid + " 231", recorder.lines.get(last - 2));
  }

  private int threads(String script) throws TraceException {
    shell(script);
    assertEquals(recorder.attached, recorder.ended);
    return recorder.attached;
  }

  @Test
  void followsForks() throws TraceException {
    assertEquals(1 + 5, threads("for i in 1 2 3 4 5; do (exit $i); done"));
  }

  @Test
  void leavesChildrenAloneOtherwise() throws TraceException {
    ExitResult result =
        run(
            new PtraceOptions()
                .setLaunch(Tracing.command("/bin/sh", "-c", "/bin/true; (exit 7); exit $?")));
    assertEquals(new ExitResult(7, 0, false), result);
    assertEquals(1, recorder.attached);
  }

  @Test
  void tellsTheSignalThatKilled() throws TraceException {
    assertEquals(new ExitResult(0, 15, false), shell("kill -TERM $$; sleep 10"));
  }

  @Test
  void signalsReachHandlers() throws TraceException {
    assertEquals(new ExitResult(9, 0, false), shell("trap 'exit 9' USR1; kill -USR1 $$; exit 1"));
  }

  @Test
  void failedExecveIsShown() throws TraceException {
    PtraceBackend backend =
        new PtraceBackend(new PtraceOptions().setLaunch(Tracing.command("/nonexistent/x")));
    backend.run(recorder);
    assertEquals(new ExitResult(1, 0, false), backend.exitResult());
    assertEquals(4, recorder.lines.size(), String.join("\n", recorder.lines));
    assertTrue(recorder.lines.get(2).endsWith(" 59 = -2 errno 2"));
    assertEquals(Launcher.STEP_EXEC, backend.failedLaunchStep());
    assertEquals(2, backend.failedLaunchErrno());
  }

  @Test
  void forkStorm() throws TraceException {
    recorder.keepCalls = false;
    assertEquals(1 + 2000, threads("i=0; while [ $i -lt 2000 ]; do (:) & i=$((i+1)); done; wait"));
  }
}
