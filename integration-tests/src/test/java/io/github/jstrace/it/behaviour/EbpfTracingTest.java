// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.jstrace.it.differential.Tracer;
import io.github.jstrace.it.differential.Workspace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A trace by programs in the kernel that has to do with tracees and readers that misbehave. */
class EbpfTracingTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Pattern LOST = Pattern.compile("^\\+\\+\\+ (\\d+) events? lost \\+\\+\\+$");

  /** Nothing of that can be lost without being in the count: no signal, no end until it is read. */
  private static final int WRITES = 20_000;

  private static final String WRITER =
      "i=0; while [ $i -lt " + WRITES + " ]; do echo x; i=$((i+1)); done >/dev/null; sleep 0.3";

  @BeforeAll
  static void needsBpf() {
    EbpfNeeds.assume();
  }

  /** Killed at any moment of a busy trace, it leaves nothing, and the tracees run on. */
  @Test
  void leavesNothingWhenKilled() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (String option : new String[] {"-f", "-Z"}) {
      Launch launch =
          Launch.jstrace(
              "--backend=ebpf",
              "-f",
              option,
              "-o",
              "log",
              Workspace.program("upheaval").toString(),
              "900",
              "out");
      Launch.Running running = launch.start();
      ProcessHandle tracer = ProcessHandle.of(running.pid()).orElseThrow();
      BpfObjects objects = BpfObjects.of(tracer.pid());
      for (int i = 0; i < 500 && objects.programs().size() < 6; i++) {
        Thread.sleep(5);
        objects = BpfObjects.of(tracer.pid());
      }
      Thread.sleep(random.nextInt(500));
      objects.addAll(BpfObjects.of(tracer.pid()));
      assertTrue(objects.programs().size() >= 6 && objects.maps().size() >= 4, objects::toString);
      tracer.destroyForcibly();
      tracer.onExit().get(10, TimeUnit.SECONDS);
      objects.assertGone();
      // It is not its tracer's child: only what it leaves tells that it ended as it should.
      Launch.awaitLine(launch.directory().resolve("out"), "lives");
    }
  }

  /** Memory that goes away or changes while it is copied, ends in the middle of calls. */
  @Test
  void survivesUpheaval() throws Exception {
    String log = upheaval("--buffer=128M");
    assertTrue(log.contains("writev("), "no call of several buffers");
    assertTrue(log.contains("superseded by execve"), "no execve of a thread");
    assertTrue(log.contains("+++ killed by SIGKILL +++"), "no end in a call");
  }

  /** The same when most is lost, also ends of threads, which are waited for then. */
  @Test
  void survivesUpheavalAndLoss() throws Exception {
    assertTrue(upheaval("--buffer=64K").contains(" lost +++"), "nothing was lost");
  }

  private static String upheaval(String buffer) throws Exception {
    Launch launch =
        Launch.jstrace(
            "--backend=ebpf",
            "-f",
            "-v",
            buffer,
            "-o",
            "log",
            Workspace.program("upheaval").toString(),
            "300");
    Launch.Outcome outcome = launch.run();
    assertEquals("exited 0", outcome.status(), outcome.err());
    assertEquals("", outcome.err());
    String log = Launch.text(launch.directory().resolve("log"));
    int last = log.lastIndexOf('\n', log.length() - 2) + 1;
    // what was lost last may be known only when all have ended
    int end = log.endsWith(" lost +++\n") ? last : log.length();
    assertTrue(log.startsWith(" +++ exited with 0 +++\n", end - 23), () -> log.substring(last));
    assertFalse(Pattern.compile("[^ -~\\n]").matcher(log).find(), "a control character");
    return log;
  }

  /** With a small buffer much is lost, and counted: calls shown and lost are those made. */
  @Test
  void tellsWhatIsLost() throws Exception {
    Launch launch =
        Launch.jstrace(
            "--backend=ebpf", "--buffer=64K", "-etrace=write", "-o", "log", "sh", "-c", WRITER);
    assertEquals("exited 0", launch.run().status());
    long lost = 0;
    long shown = 0;
    for (String line : Launch.text(launch.directory().resolve("log")).split("\n")) {
      Matcher matcher = LOST.matcher(line);
      if (matcher.matches()) {
        lost += Long.parseLong(matcher.group(1));
      } else if (line.startsWith("write(1, \"x\\n\", 2)") && line.endsWith(" = 2")) {
        shown++;
      }
    }
    assertTrue(lost > 0 && shown > 0, lost + " lost, " + shown + " shown");
    assertEquals(WRITES, lost + shown);
  }

  @Test
  void tellsInJsonWhatIsLost() throws Exception {
    Launch launch =
        Launch.jstrace(
            "--backend=ebpf",
            "--buffer=64K",
            "-etrace=write",
            "--json",
            "-o",
            "log",
            "sh",
            "-c",
            WRITER);
    assertEquals("exited 0", launch.run().status());
    long lost = 0;
    long shown = 0;
    for (String line : Launch.text(launch.directory().resolve("log")).split("\n")) {
      JsonNode event = JSON.readTree(line);
      if (event.get("type").asText().equals("lost")) {
        lost += event.get("count").asLong();
      } else if (event.path("name").asText().equals("write") && event.path("return").asInt() == 2) {
        shown++;
      }
    }
    assertTrue(lost > 0 && shown > 0, lost + " lost, " + shown + " shown");
    assertEquals(WRITES, lost + shown);
  }

  /** What the kernel drops of a process that is attached to is what user space would drop. */
  @Test
  void filtersWhatIsAttachedTo() throws Exception {
    for (String option : new String[] {"-Z", "--min-duration=100ms"}) {
      List<String> seen = new ArrayList<>();
      for (String debug : new String[] {"unfiltered", "filtered__"}) {
        seen.add(attached(debug, option));
      }
      assertEquals(seen.get(0), seen.get(1), option);
      assertTrue(seen.get(1).contains("\n"), seen::toString);
    }
  }

  private static String attached(String debug, String option) throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-c", "read a; cd /missing; cd /; (sleep 0.12); read b; exit 3")
            .redirectErrorStream(true)
            .start();
    try {
      List<String> command = new ArrayList<>();
      command.add("/usr/bin/env");
      command.add("JSTRACE_JAVA_OPTS=-Djstrace.debug=" + debug);
      command.addAll(Tracer.underTest().command());
      Launch launch =
          new Launch(
              new Tracer("jstrace", List.copyOf(command)),
              "--backend=ebpf",
              "-f",
              option,
              "-etrace=!getrandom",
              "-o",
              "log",
              "-p",
              "" + shell.pid());
      Launch.Running running = launch.start();
      Launch.awaitLine(launch.directory().resolve("stderr"), "jstrace: Process");
      Thread.sleep(200); // the call that it is in is looked at next
      shell.getOutputStream().write("1\n2\n".getBytes(StandardCharsets.US_ASCII));
      shell.getOutputStream().flush();
      assertEquals(3, shell.waitFor());
      assertEquals("exited 0", running.await().status());
      String[] lines =
          Launch.text(launch.directory().resolve("log"))
              .replaceAll("(?m)^\\d+ +", "")
              .replaceAll("0x[0-9a-f]+|\\b\\d{4,}\\b", "N")
              .replaceAll(" += ", " = ")
              .split("\n");
      // Two processes are at work at times.
      Arrays.sort(lines);
      return String.join("\n", lines);
    } finally {
      shell.destroyForcibly();
    }
  }
}
