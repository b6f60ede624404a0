// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.it.differential.Tracer;
import io.github.jstrace.it.differential.Workspace;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ^C and ^Z at a terminal, under a shell with job control, as people type them. */
class JobControlTest {
  private static final String TRACER = String.join(" ", Tracer.underTest().command());

  private Path directory;
  private Path screen;
  private Process terminal;
  private OutputStream keyboard;

  @BeforeEach
  void openTerminal() throws Exception {
    directory = Workspace.emptyDirectory(Workspace.output().resolve("terminal"));
    screen = directory.resolve("screen");
    ProcessBuilder builder =
        new ProcessBuilder(
                Workspace.program("terminal").toString(), "bash", "--norc", "--noprofile", "-i")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(screen.toFile());
    builder.environment().put("PS1", "prompt$ ");
    builder.environment().put("TERM", "dumb");
    terminal = builder.start();
    keyboard = terminal.getOutputStream();
    assertTrue(Proc.await(() -> text().contains("prompt$ ")), this::shown);
  }

  @AfterEach
  void closeTerminal() throws Exception {
    keyboard.close();
    terminal.destroy();
    if (!terminal.waitFor(5, TimeUnit.SECONDS)) {
      terminal.destroyForcibly();
    }
  }

  @Test
  void interruptReachesTheCommandOnce() throws Exception {
    type(TRACER + " -o log " + Workspace.program("interrupted") + "; echo status=$?\n");
    shows("\nready ");
    type("\003");
    shows("status=7");
    assertTrue(text().contains("interrupts 1"), this::shown);
    String log = Launch.text(directory.resolve("log"));
    assertEquals(1, log.split("--- SIGINT ", -1).length - 1, log);
    assertTrue(log.contains("+++ exited with 7 +++"), log);
  }

  @Test
  void interruptThatKillsTheCommandStillGivesTheSummary() throws Exception {
    type(TRACER + " -c -f sh -c 'echo rea''dy; sleep 60'; echo status=$?\n");
    shows("\nready");
    Thread.sleep(200);
    type("\003");
    shows("% time");
    shows("total");
    shows("prompt$ ", text().lastIndexOf("total"));
  }

  @Test
  void stopAndForeground() throws Exception {
    type(
        TRACER
            + " -f -o log sh -c 'echo rea''dy; read line; echo got:$line; exit 3'; echo status=$?\n");
    shows("\nready");
    Thread.sleep(200);
    type("\032");
    shows("Stopped");
    type("jobs\n");
    shows("prompt$ ", text().lastIndexOf("jobs"));
    type("fg\n");
    Thread.sleep(300);
    type("hello\n");
    shows("got:hello");
    type("echo after=done\n");
    shows("\nafter=done");
    String log = Launch.text(directory.resolve("log"));
    // Not SIGTSTP: it stops the tracer too, and the SIGCONT of fg may take it back unseen.
    assertTrue(log.contains("--- SIGCONT "), log);
    assertTrue(log.contains("+++ exited with 3 +++"), log);
  }

  @Test
  void stoppedTwiceThenInBackground() throws Exception {
    type(
        TRACER + " -f -o log sh -c 'echo rea''dy; sleep 1; echo fin''ished >&2'; echo status=$?\n");
    shows("\nready");
    for (int i = 0; i < 2; i++) {
      int from = text().length();
      type("\032");
      shows("Stopped", from);
      from = text().length();
      type(i == 0 ? "fg\n" : "bg\n");
      Thread.sleep(200);
    }
    shows("finished", text().lastIndexOf("bg"));
    type("wait; echo all=over\n");
    shows("\nall=over");
  }

  private void type(String text) throws Exception {
    keyboard.write(text.getBytes(StandardCharsets.UTF_8));
    keyboard.flush();
  }

  private String text() throws java.io.IOException {
    return Launch.text(screen).replace("\r", "");
  }

  private String shown() {
    try {
      return "screen:\n"
          + text()
          + "\nend of the log:\n"
          + end(Launch.text(directory.resolve("log")));
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  private static String end(String log) {
    return log.substring(Math.max(0, log.length() - 1500));
  }

  private void shows(String expected) throws Exception {
    shows(expected, 0);
  }

  private void shows(String expected, int from) throws Exception {
    assertTrue(
        Proc.await(() -> text().indexOf(expected, from) >= 0),
        () -> "'" + expected + "' not shown; " + shown());
  }
}
