// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Tracer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A full disk or a closed pipe: said once, and the command runs to its end. */
class OutputFailureTest {
  private static final String WORK =
      "for i in 1 2 3 4 5 6 7 8 9; do /bin/true; done; echo done; exit 6";

  @Test
  void fullDisk() throws Exception {
    for (String option : List.of("-f", "-c", "--json")) {
      Launch.Outcome outcome =
          Launch.jstrace(option, "-o", "/dev/full", "/bin/sh", "-c", WORK).run();
      assertEquals("exited 6", outcome.status(), option + ": " + outcome.err());
      assertEquals("done\n", outcome.out());
      assertEquals(1, outcome.err().lines().count(), outcome.err());
      assertTrue(outcome.err().endsWith(": No space left on device\n"), outcome.err());
      assertFalse(outcome.err().contains("Exception"), outcome.err());
    }
  }

  @Test
  void closedPipe() throws Exception {
    String tracer = String.join(" ", Tracer.underTest().command());
    // the trace goes down a pipe that nobody reads from after the first line
    Launch.Outcome outcome =
        new Launch(
                new Tracer("sh", List.of("/bin/sh")),
                "-c",
                "{ "
                    + tracer
                    + " -f /bin/sh -c '"
                    + WORK.replace("echo done", "echo done >finished")
                    + "'; echo status $? >status2; } 2>&1 | head -n 1")
            .with("-i", "1")
            .run();
    assertTrue(outcome.out().startsWith("execve("), outcome.out());
    // The reader may be gone before the tracer is.
    Launch.Outcome again =
        new Launch(
                new Tracer("sh", List.of("/bin/sh")),
                "-c",
                "{ "
                    + tracer
                    + " -f -o '|head -n 1 >first' /bin/sh -c '"
                    + WORK
                    + "'; echo status $?; }")
            .run();
    assertTrue(again.out().contains("done\nstatus 6"), again.out() + again.err());
    assertFalse(again.err().contains("Exception"), again.err());
  }

  @Test
  void closedPipeKeepsTheCommandRunning() throws Exception {
    String tracer = String.join(" ", Tracer.underTest().command());
    Launch launch =
        new Launch(
            new Tracer("sh", List.of("/bin/sh")),
            "-c",
            "{ "
                + tracer
                + " -f /bin/sh -c '"
                + WORK
                + "' >finished; echo $? >code; } 2>&1 | head -n 1; while ! [ -s code ]; do sleep 0.05; done");
    Launch.Outcome outcome = launch.run();
    assertEquals("exited 0", outcome.status(), outcome.err());
    assertEquals("done\n", Launch.text(launch.directory().resolve("finished")));
    assertEquals("6\n", Launch.text(launch.directory().resolve("code")));
  }

  /** Without a command there is nothing to run to its end. */
  @Test
  void traceOfProcessesEndsWithItsOutput() throws Exception {
    String tracer = String.join(" ", Tracer.underTest().command());
    for (String output : List.of("2>&1", "-o '|head -n 1'", "-o /dev/full")) {
      Launch.Outcome outcome =
          new Launch(
                  new Tracer("sh", List.of("/bin/sh")),
                  "-c",
                  "while :; do sleep 0.01; done & { timeout 30 "
                      + tracer
                      + " --backend=ptrace -p $! "
                      + output
                      + "; echo $? >status; } | head -n 1 >first; kill $!; cat status")
              .run();
      assertEquals("1\n", outcome.out(), output + ": " + outcome.err());
    }
  }

  @Test
  void unwritableFile() throws Exception {
    Launch.Outcome strace = Launch.strace("-o", "/no/such/directory/log", "/bin/true").run();
    Launch.Outcome jstrace = Launch.jstrace("-o", "/no/such/directory/log", "/bin/true").run();
    assertEquals(strace.status(), jstrace.status());
    assertEquals(1, jstrace.err().lines().count(), jstrace.err());
    assertTrue(jstrace.err().contains("No such file or directory"), jstrace.err());
  }
}
