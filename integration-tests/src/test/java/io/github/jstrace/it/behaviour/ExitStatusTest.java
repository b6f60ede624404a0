// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** jstrace ends as its command did, by a signal too. */
class ExitStatusTest {
  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest
  @ValueSource(
      strings = {
        "exit 0", "exit 3", "exit 255", "kill -TERM $$", "kill -SEGV $$", "kill -KILL $$",
            "kill -HUP $$",
        "kill -INT $$", "kill -QUIT $$", "kill -PIPE $$", "kill -USR1 $$", "kill -ALRM $$",
            "kill -34 $$", "kill -64 $$",
        "trap '' TERM; kill -TERM $$; exit 5", "sh -c 'kill -KILL $$'; exit 6",
            "exec sh -c 'exit 7'"
      })
  void endsAsTheCommand(String script) throws Exception {
    for (String options : new String[] {"-f", "-c", "-q"}) {
      Launch.Outcome strace = Launch.strace(options, "-o", "log", "/bin/sh", "-c", script).run();
      Launch.Outcome jstrace = Launch.jstrace(options, "-o", "log", "/bin/sh", "-c", script).run();
      assertEquals(
          strace.status(), jstrace.status(), options + ": " + script + "\n" + jstrace.err());
    }
  }

  @Test
  void backgroundProcessesAreFollowedToTheirEnd() throws Exception {
    Launch launch =
        Launch.jstrace("-f", "-o", "log", "/bin/sh", "-c", "(sleep 0.3; exit 9) & exit 4");
    assertEquals("exited 4", launch.run().status());
    String log = Launch.text(launch.directory().resolve("log"));
    assertTrue(log.contains("+++ exited with 9 +++"), log);
  }

  @Test
  void summaryIsPrintedWhenTheCommandIsKilled() throws Exception {
    Launch.Outcome outcome = Launch.jstrace("-c", "/bin/sh", "-c", "kill -KILL $$").run();
    assertEquals("killed 9", outcome.status());
    assertTrue(outcome.err().contains("% time"), outcome.err());
    assertTrue(outcome.err().contains("execve"), outcome.err());
  }
}
