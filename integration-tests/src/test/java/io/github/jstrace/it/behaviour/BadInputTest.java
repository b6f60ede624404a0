// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Tracer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bad input: strace's exit status, one line that begins with the program's name, no stack trace.
 */
class BadInputTest {
  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-e trace=nosuchcall true",
        "-e trace=%nosuchclass true",
        "-e trace=/[ true",
        "-e signal=SIGNOSUCH true",
        "-e status=nosuch true",
        "-e quiet=nosuch true",
        "-e nosuch=1 true",
        "-e raw=nosuchcall true",
        "-s -1 true",
        "-s many true",
        "-a x true",
        "-S nosuch true",
        "-U nosuch -c true",
        "-O x -c true",
        "-X nosuch true",
        "-p 0",
        "-p -1",
        "-p nopid",
        "-p 1x",
        "-p 999999999",
        "-p 4194303",
        "-u nosuchuser true",
        "-E",
        "-b nosuch true",
        "/no/such/command",
        "no-such-command-in-path",
        "/etc",
        "/etc/passwd",
        "-o /no/such/dir/log true",
        "-ff -o /no/such/dir/log true",
        "-ff -o /etc/passwd/log true",
        "-c -f -ff -o x true",
        "-z -Z true",
        "-j true",
        "--nosuchoption true",
        "-t -r -w true"
      })
  void oneLine(String line) throws Exception {
    String[] words = line.split(" ");
    Launch.Outcome strace = Launch.strace(words).run();
    Launch.Outcome jstrace = Launch.jstrace(words).run();
    assertEquals(strace.status(), jstrace.status(), strace.err() + " / " + jstrace.err());
    assertFalse(
        jstrace.err().contains("Exception") || jstrace.err().contains("\tat "), jstrace.err());
    if (strace.status().equals("exited 1")) {
      assertTrue(
          jstrace.err().lines().anyMatch(each -> each.startsWith("jstrace: ")), jstrace.err());
      assertEquals(
          strace.err().lines().count(),
          jstrace.err().lines().count(),
          strace.err() + " / " + jstrace.err());
    }
  }

  @Test
  void noCommand() throws Exception {
    Launch.Outcome strace = Launch.strace().run();
    Launch.Outcome jstrace = Launch.jstrace().run();
    assertEquals(strace.status(), jstrace.status());
    assertTrue(jstrace.err().startsWith("jstrace: must have PROG [ARGS] or -p PID"), jstrace.err());
  }

  @Test
  void ourselves() throws Exception {
    // $$ is the shell's id, and the tracer's after exec
    Launch.Outcome outcome =
        new Launch(
                new Tracer("sh", List.of("/bin/sh")),
                "-c",
                "exec " + String.join(" ", Tracer.underTest().command()) + " -p $$")
            .run();
    assertEquals("exited 1", outcome.status());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    assertTrue(outcome.err().startsWith("jstrace: "), outcome.err());
  }

  @Test
  void messagesOfCommandsThatCannotRun() throws Exception {
    for (String command :
        new String[] {"/no/such/command", "no-such-command-in-path", "/etc/passwd", "/etc"}) {
      String expected = Launch.strace(command).run().err();
      String actual = Launch.jstrace(command).run().err();
      assertEquals(withoutName(expected), withoutName(actual), command);
    }
  }

  private static String withoutName(String text) {
    StringBuilder out = new StringBuilder();
    for (String line : text.split("\n")) {
      out.append(
              line.replaceFirst("^[^ ]*strace: ", "NAME: ").replaceAll("0x[0-9a-f]+ /", "ADDR /"))
          .append('\n');
    }
    return out.toString();
  }

  /** Limits that hinder the start are named. */
  @Test
  void smallLimits() throws Exception {
    String jstrace = String.join(" ", Tracer.underTest().command());
    for (String limit : new String[] {"-f 0", "-v 1000000", "-n 14", "-n 20"}) {
      String line = "(ulimit " + limit + "; " + jstrace + " true; echo $?) 2>&1 | cat";
      Launch.Outcome outcome = new Launch(new Tracer("sh", List.of("/bin/sh", "-c", line))).run();
      assertTrue(outcome.out().startsWith("jstrace: "), outcome.out());
      assertTrue(outcome.out().contains("ulimit " + limit.substring(0, 2)), outcome.out());
      assertTrue(outcome.out().endsWith("\n1\n"), outcome.out());
      assertEquals(2, outcome.out().lines().count(), outcome.out());
    }
  }

  @Test
  void aCpuThatIsNotThere() throws Exception {
    Launch.Outcome outcome = Launch.jstrace("--cpu=4095", "true").run();
    assertEquals("exited 1", outcome.status());
    assertTrue(
        outcome.err().startsWith("jstrace: --cpu=4095: there is no such CPU"), outcome.err());
    assertEquals(1, outcome.err().lines().count());
  }

  @Test
  void interpreterThatIsMissing() throws Exception {
    Launch launch = Launch.jstrace("-o", "log", "./script");
    Path script = launch.directory().resolve("script");
    Files.writeString(script, "#!/no/such/interpreter\n");
    assertTrue(script.toFile().setExecutable(true));
    Launch reference = Launch.strace("-o", "log", "./script");
    Files.copy(
        script,
        reference.directory().resolve("script"),
        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    Launch.Outcome expected = reference.run();
    Launch.Outcome actual = launch.run();
    assertEquals(expected.status(), actual.status());
    assertEquals(withoutName(expected.err()), withoutName(actual.err()));
  }
}
