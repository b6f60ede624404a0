// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Processes with a seccomp filter of the tracer's that are not traced, or not any more: they have
 * to find all their calls working.
 */
class KeptTest {
  /** Makes files, which takes openat and execve, both traced, until it is told to stop. */
  private static final String WORK =
      "trap : TERM; echo tracee $$; i=0; while [ ! -e stop ]; do"
          + " i=$((i+1)); (/bin/true && echo $i >last) || touch broken; sleep 0.01; done;"
          + " echo end >ended; exit 5";

  private static Launch.Running start(Launch launch) throws Exception {
    Launch.Running jstrace = launch.start();
    Launch.awaitLine(launch.directory().resolve("stdout"), "tracee ");
    Thread.sleep(200);
    return jstrace;
  }

  private static long tracee(Launch launch) throws Exception {
    String line = Launch.awaitLine(launch.directory().resolve("stdout"), "tracee ");
    return Long.parseLong(line.substring(7));
  }

  /** It goes on making files, until it is told to stop. */
  private static void assertWorks(Path directory) throws Exception {
    String before = Launch.text(directory.resolve("last"));
    assertTrue(Proc.await(() -> !Launch.text(directory.resolve("last")).equals(before)), "stuck");
    Thread.sleep(200);
    Files.createFile(directory.resolve("stop"));
    assertTrue(Proc.await(() -> Launch.text(directory.resolve("ended")).equals("end\n")), "stuck");
    assertFalse(Files.exists(directory.resolve("broken")));
  }

  /** The command survives the signal, and the tracer does not wait for it. */
  @ParameterizedTest
  @ValueSource(strings = {"-f", "-q"})
  void terminatedTracerLeavesThemUntraced(String option) throws Exception {
    Launch launch = Launch.jstrace(option, "-e", "trace=openat,%process", "/bin/sh", "-c", WORK);
    Launch.Running jstrace = start(launch);
    Proc.kill("TERM", jstrace.pid());
    assertEquals("killed 15", jstrace.await().status());
    assertEquals("0", Proc.status(tracee(launch), "TracerPid"));
    assertWorks(launch.directory());
  }

  @Test
  void killedTracerLeavesThemWithTheGuardian() throws Exception {
    Launch launch = Launch.jstrace("-f", "-e", "trace=openat", "/bin/sh", "-c", WORK);
    Launch.Running jstrace = start(launch);
    Proc.kill("KILL", jstrace.pid());
    assertEquals("killed 9", jstrace.await().status());
    long tracee = tracee(launch);
    assertTrue(Proc.await(() -> !Proc.status(tracee, "TracerPid").equals("0")));
    long guardian = Long.parseLong(Proc.status(tracee, "TracerPid"));
    assertEquals("jstrace-guard", Proc.status(guardian, "Name"));
    // a call in the moment between may have failed
    Files.deleteIfExists(launch.directory().resolve("broken"));
    assertWorks(launch.directory());
    assertTrue(
        Proc.await(
            () -> {
              String state = Proc.status(guardian, "State");
              return state.isEmpty() || state.startsWith("Z");
            }),
        "the guardian stays");
  }

  /** Calls that are interrupted to let go of their thread go on as if nothing had been. */
  @ParameterizedTest
  @ValueSource(strings = {"openat", "nanosleep,clock_nanosleep,poll,futex,read,select"})
  void blockedCallsAreNotDisturbed(String calls) throws Exception {
    for (String option : List.of("-f", "-q")) {
      Launch launch =
          Launch.jstrace(option, "-e", "trace=" + calls, Workspace.program("blocked").toString());
      Launch.Running jstrace = launch.start();
      Launch.awaitLine(launch.directory().resolve("stdout"), "all wait");
      Proc.kill("TERM", jstrace.pid());
      assertEquals("killed 15", jstrace.await().status());
      Launch.awaitLine(launch.directory().resolve("stdout"), "disturbed: 0");
    }
  }

  /** Born in every way, and looking at every result; nobody is left behind to look after them. */
  @ParameterizedTest
  @ValueSource(
      strings = {"openat", "%process", "%file,%desc,%memory", "close,munmap,mmap", "getpid,prctl"})
  void childrenRunAsIfUntraced(String calls) throws Exception {
    for (String option : List.of("-q", "-f")) {
      Launch launch =
          Launch.jstrace(
              option,
              "-o",
              "/dev/null",
              "-e",
              "trace=" + calls,
              Workspace.program("unfollowed").toString(),
              "3");
      Launch.Outcome outcome = launch.run();
      assertEquals("exited 0", outcome.status(), outcome.err());
      assertEquals("", outcome.err());
    }
  }

  /** Who is not followed can be traced by others, though it has the filter. */
  @Test
  void childrenHaveNoTracer() throws Exception {
    Launch launch =
        Launch.jstrace(
            "-e",
            "trace=openat",
            "/bin/sh",
            "-c",
            "grep -E '^(TracerPid|Seccomp):' /proc/self/status; :");
    Launch.Outcome outcome = launch.run();
    assertEquals("TracerPid:\t0\nSeccomp:\t2\n", outcome.out());
  }

  @Test
  void oneThatTheSignalEndsEndsTheTracer() throws Exception {
    Launch launch =
        Launch.jstrace(
            "-f", "-e", "trace=openat", "/bin/sh", "-c", "echo tracee $$; exec sleep 30");
    Launch.Running jstrace = start(launch);
    long start = System.nanoTime();
    Proc.kill("TERM", jstrace.pid());
    assertEquals("killed 15", jstrace.await().status());
    assertTrue(System.nanoTime() - start < 10_000_000_000L);
  }
}
