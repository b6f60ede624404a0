// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Attaching to running processes, and letting go of them as they were. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AttachTest {
  private static final int SIGUSR1 = 10;
  private static final int SIGTERM = 15;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;

  private final Recorder recorder = new Recorder();

  @TempDir private Path directory;

  /** Traces until {@code millis} have passed since the first tracee was there. */
  private void traceFor(long millis, PtraceOptions options, int signal) throws Exception {
    recorder.finished = false;
    recorder.begun = false;
    PtraceBackend backend = new PtraceBackend(options);
    Thread stopper =
        new Thread(
            () -> {
              try {
                while (!recorder.begun) {
                  Thread.sleep(1);
                }
                Thread.sleep(millis);
              } catch (InterruptedException e) {
                return;
              }
              backend.stop(signal);
            });
    stopper.start();
    try {
      backend.run(recorder);
    } finally {
      stopper.interrupt();
      stopper.join();
    }
    Tracing.check(recorder);
  }

  private static PtraceOptions attachedTo(int pid) {
    return new PtraceOptions().setFollowForks(true).addPid(pid);
  }

  private String failure(PtraceOptions options) {
    PtraceBackend backend = new PtraceBackend(options);
    return String.valueOf(
        assertThrows(TraceException.class, () -> backend.run(recorder)).getMessage());
  }

  @Test
  void disturbsNoCallOfAThread() throws Exception {
    try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
      for (int i = 0; i < 5; i++) {
        traceFor(20 + 40 * i, attachedTo(orphan.pid), 0);
        assertEquals(6 * (i + 1), recorder.detached);
        assertFalse(orphan.states().contains("t"), orphan.states());
        assertFalse(orphan.states().contains("T"), orphan.states());
      }
      assertTrue(recorder.has("process " + orphan.pid + " with 6"));
      orphan.kill(SIGUSR1);
      assertEquals(0, orphan.exitStatus(), orphan.errors());
    }
  }

  @Test
  void aProcessIsAllOfItsThreadsAndAThreadItself() throws Exception {
    try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
      int[] threads = new ProcFs(Libc.get()).threads(orphan.pid);
      int last = threads[threads.length - 1];
      assertTrue(last != orphan.pid);
      traceFor(50, new PtraceOptions().addPid(last), 0);
      assertEquals(1, recorder.attached);
      assertTrue(recorder.has("process " + last + " with 1"));
      traceFor(50, new PtraceOptions().addPid(orphan.pid), 0);
      assertEquals(1 + threads.length, recorder.attached);
    }
  }

  @Test
  void seesTheEndOfWhatItAttachedTo() throws Exception {
    try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
      Thread killer =
          new Thread(
              () -> {
                try {
                  Thread.sleep(200);
                } catch (InterruptedException e) {
                  return;
                }
                orphan.kill(SIGUSR1);
              });
      killer.start();
      PtraceBackend backend = new PtraceBackend(attachedTo(orphan.pid));
      backend.run(recorder);
      Tracing.check(recorder);
      assertNull(backend.exitResult());
      assertEquals(6, recorder.ended);
      assertEquals(0, orphan.exitStatus(), orphan.errors());
    }
  }

  @Test
  void stoppedStaysStopped() throws Exception {
    try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
      orphan.kill(SIGSTOP);
      orphan.awaitStates("TTTTTT");
      traceFor(100, attachedTo(orphan.pid), 0);
      orphan.awaitStates("TTTTTT"); // each passes through R on its way from one stop to the other
      Thread.sleep(100);
      assertEquals("TTTTTT", orphan.states());
      assertTrue(recorder.has("stopped " + orphan.pid + " 19"));
      orphan.kill(SIGCONT);
      Thread.sleep(50);
      assertFalse(orphan.states().contains("T"), orphan.states());
      orphan.kill(SIGUSR1);
      assertEquals(0, orphan.exitStatus(), orphan.errors());
    }
  }

  @Test
  void signalUnderWayIsNotLost() throws Exception {
    for (int i = 0; i < 10; i++) {
      try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
        int millis = 17 + i;
        recorder.begun = false;
        Thread sender =
            new Thread(
                () -> {
                  try {
                    while (!recorder.begun) {
                      Thread.sleep(1);
                    }
                    Thread.sleep(millis);
                  } catch (InterruptedException e) {
                    return;
                  }
                  orphan.kill(SIGUSR1);
                });
        sender.start();
        traceFor(22, attachedTo(orphan.pid), 0);
        sender.join();
        assertEquals(0, orphan.exitStatus(), orphan.errors());
      }
    }
  }

  @Test
  void busyThreadsRunOn() throws Exception {
    String command = "sh -c \"echo go; " + Fixtures.path("busy") + " 4 300000\"";
    try (Orphan orphan = new Orphan(directory, command)) {
      traceFor(100, attachedTo(orphan.pid), 0);
      assertEquals(0, orphan.exitStatus(), orphan.errors());
    }
  }

  @Test
  void doesNotWaitLongForAnUninterruptibleSleeper() throws Exception {
    try (Orphan orphan = new Orphan(directory, Fixtures.path("vforker") + " 1500")) {
      Thread.sleep(50);
      orphan.awaitStates("D");
      long before = System.nanoTime();
      Thread tracing =
          new Thread(
              () -> {
                try {
                  traceFor(50, attachedTo(orphan.pid), 0);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      tracing.start();
      tracing.join();
      assertTrue(System.nanoTime() - before < 1_000_000_000L, "waited too long");
      assertEquals(1, recorder.detached);
      assertEquals(0, orphan.exitStatus(), orphan.errors());
    }
  }

  @Test
  void aHandlerThatFailsLeavesNobodyStopped() throws Exception {
    try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
      recorder.failAfter = 100;
      PtraceBackend backend = new PtraceBackend(attachedTo(orphan.pid));
      assertThrows(ArithmeticException.class, () -> backend.run(recorder));
      assertFalse(orphan.states().contains("t"), orphan.states());
      orphan.kill(SIGUSR1);
      assertEquals(0, orphan.exitStatus(), orphan.errors());
    }
  }

  @Test
  void handlersMayStop() throws Exception {
    PtraceBackend backend =
        new PtraceBackend(Tracing.following("/bin/sh", "-c", "sleep 20 & wait"));
    recorder.onEntry = () -> backend.stop(SIGTERM);
    backend.run(recorder);
    Tracing.check(recorder);
    assertTrue(recorder.detached + recorder.ended > 0);
  }

  @Test
  void launchedCommandGetsTheSignal() throws Exception {
    long before = System.nanoTime();
    traceFor(100, Tracing.following("/bin/sh", "-c", "sleep 20 & wait"), SIGTERM);
    assertTrue(System.nanoTime() - before < 3_000_000_000L);
    int launched = Integer.parseInt(recorder.lines.get(0).split(" ")[1]);
    ProcFs procFs = new ProcFs(Libc.get());
    char state = procFs.state(launched);
    for (int i = 0; i < 200 && state != 'Z' && state != 0; i++) {
      Thread.sleep(10);
      state = procFs.state(launched);
    }
    assertTrue(state == 'Z' || state == 0, "state " + state);
  }

  @Test
  void idleIsReportedOncePerWait() throws Exception {
    Tracing.run(recorder, Tracing.following("/bin/sleep", "0.3"));
    assertEquals(1, recorder.idles);
  }

  @Test
  void noSuchProcess() {
    String message = failure(attachedTo(0x3fffff));
    assertEquals("attach: ptrace(PTRACE_SEIZE, 4194303): No such process", message);
  }

  @Test
  void oneOfSeveralFails() throws Exception {
    try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
      traceFor(50, attachedTo(0x3fffff).addPid(orphan.pid), 0);
      assertTrue(
          recorder.has("failed 4194303 attach: ptrace(PTRACE_SEIZE, 4194303): No such process"));
      assertEquals(6, recorder.detached);
    }
  }

  @Test
  void notItself() {
    int self = Libc.get().getpid();
    String message = failure(attachedTo(self));
    assertTrue(message.contains("itself"), message);
    int thread = new ProcFs(Libc.get()).threads(self)[2];
    assertTrue(failure(attachedTo(thread)).contains("itself"));
  }

  @Test
  void zombiesAndKernelThreadsAreNamed() throws Exception {
    try (Orphan parent =
        new Orphan(directory, "sh -c \"sleep 0.01 & echo \\$!; exec sleep 100\"")) {
      int zombie = Integer.parseInt(parent.output());
      Thread.sleep(100);
      String message = failure(attachedTo(zombie));
      assertTrue(message.contains("zombie"), message);
    }
    assumeTrue(new ProcFs(Libc.get()).ppid(2) == 0, "kernel threads are not visible");
    String message = failure(attachedTo(2));
    assertTrue(message.contains("kernel thread"), message);
  }

  @Test
  void tracerOfAnotherIsNamed() throws Exception {
    assumeTrue(Fixtures.isInstalled("strace"), "strace is not installed");
    try (Orphan orphan = new Orphan(directory, Fixtures.path("waits"))) {
      Process strace =
          new ProcessBuilder("strace", "-o", "/dev/null", "-p", Integer.toString(orphan.pid))
              .start();
      try {
        ProcFs proc = new ProcFs(Libc.get());
        for (int i = 0; i < 500 && proc.tracerPid(orphan.pid) != strace.pid(); i++) {
          Thread.sleep(20);
        }
        String message = failure(new PtraceOptions().addPid(orphan.pid));
        assertTrue(message.contains("by process " + strace.pid()), message);
      } finally {
        strace.destroy();
        strace.waitFor();
      }
    }
  }
}
