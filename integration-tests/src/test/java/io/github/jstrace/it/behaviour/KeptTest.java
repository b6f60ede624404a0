// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Tracees with a seccomp filter of the tracer's, when the tracing ends before they do. */
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

  private static Launch launch(String... options) throws Exception {
    String[] words = new String[options.length + 7];
    words[0] = "-f";
    words[1] = "--seccomp-bpf";
    words[2] = "-e";
    words[3] = "trace=openat,%process";
    System.arraycopy(options, 0, words, 4, options.length);
    words[words.length - 3] = "/bin/sh";
    words[words.length - 2] = "-c";
    words[words.length - 1] = WORK;
    return Launch.jstrace(words);
  }

  /** The command survives the signal: it and its children have to find their calls working. */
  @Test
  void terminatedTracerLetsThemRunAsIfUntraced() throws Exception {
    Launch launch = launch();
    Launch.Running jstrace = start(launch);
    Path directory = launch.directory();
    Proc.kill("TERM", jstrace.pid());
    Path log = directory.resolve("stderr");
    assertTrue(Proc.await(() -> Launch.text(log).contains(" detached")), Launch.text(log));
    Thread.sleep(100);
    long length = Files.size(log);
    String before = Launch.text(directory.resolve("last"));
    assertTrue(Proc.await(() -> !Launch.text(directory.resolve("last")).equals(before)));
    Thread.sleep(300);
    assertEquals(length, Files.size(log), "the trace went on");
    Files.createFile(directory.resolve("stop"));
    assertEquals("killed 15", jstrace.await().status());
    assertEquals("end\n", Launch.text(directory.resolve("ended")));
    assertFalse(Files.exists(directory.resolve("broken")));
  }

  @Test
  void oneThatTheSignalEndsEndsTheTracer() throws Exception {
    Launch launch =
        Launch.jstrace(
            "-f",
            "--seccomp-bpf",
            "-e",
            "trace=openat",
            "/bin/sh",
            "-c",
            "echo tracee $$; exec sleep 30");
    Launch.Running jstrace = start(launch);
    long start = System.nanoTime();
    Proc.kill("TERM", jstrace.pid());
    assertEquals("killed 15", jstrace.await().status());
    assertTrue(System.nanoTime() - start < 10_000_000_000L);
  }

  /** Nobody is left to answer for them, so they must not run on with failing calls. */
  @Test
  void killedTracerTakesThemAlong() throws Exception {
    Launch launch = launch("-o", "/dev/null");
    Launch.Running jstrace = start(launch);
    long tracee =
        Long.parseLong(
            Launch.awaitLine(launch.directory().resolve("stdout"), "tracee ").substring(7));
    Proc.kill("KILL", jstrace.pid());
    assertEquals("killed 9", jstrace.await().status());
    assertTrue(Proc.await(() -> Proc.status(tracee, "State").isEmpty()), "still there");
    assertFalse(Files.exists(launch.directory().resolve("broken")));
  }
}
