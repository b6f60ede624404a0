// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.jstrace.it.differential.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code -c} counted in the kernel: the same counts, whatever the tracees do. */
class EbpfSummaryTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whether a thread finds another one gone or waits for it is up to the scheduler. */
  private static final List<String> UP_TO_THE_SCHEDULER =
      List.of("futex", "madvise", "rt_sigprocmask", "exit", "munmap", "restart_syscall");

  @BeforeAll
  static void needsBpf() throws Exception {
    EbpfNeeds.assume();
  }

  static List<String> fixtures() {
    return Workspace.fixtures();
  }

  /** Calls, errors and each kind of error, by ABI, number and name, against ptrace. */
  @Tag("any-java")
  @ParameterizedTest
  @MethodSource("fixtures")
  void countsAsPtraceDoes(String fixture) throws Exception {
    String program = Workspace.program(fixture).toString();
    Launch byPtrace =
        Launch.jstrace("--backend=ptrace", "-f", "-c", "--json", "-o", "log", program).with("-r");
    Launch.Outcome expected = byPtrace.run();
    Launch byEbpf =
        Launch.jstrace("--backend=ebpf", "-f", "-c", "--json", "-o", "log", program).with("-r");
    Launch.Outcome actual = byEbpf.run();
    assertEquals(expected.status(), actual.status(), actual.err());
    Map<String, String> theirs = counts(byPtrace);
    Map<String, String> ours = counts(byEbpf);
    assertTrue(theirs.size() >= 3, theirs::toString);
    if (fixture.contains("thread") || fixture.equals("fork_storm")) {
      for (Map<String, String> counts : List.of(theirs, ours)) {
        counts.keySet().removeIf(call -> UP_TO_THE_SCHEDULER.contains(call.split(" ")[2]));
      }
    }
    Map<String, String> onlyTheirs = new TreeMap<>(theirs);
    onlyTheirs.entrySet().removeAll(ours.entrySet());
    ours.entrySet().removeAll(theirs.entrySet());
    assertEquals(onlyTheirs, ours);
  }

  private static Map<String, String> counts(Launch launch) throws IOException {
    return counts(lastObject(Launch.text(launch.directory().resolve("log"))));
  }

  private static JsonNode lastObject(String text) throws IOException {
    String[] lines = text.strip().split("\n");
    return JSON.readTree(lines[lines.length - 1]);
  }

  private static Map<String, String> counts(JsonNode summary) {
    Map<String, String> result = new TreeMap<>();
    for (JsonNode call : summary.get("syscalls")) {
      String key =
          call.get("abi").asText() + " " + call.get("nr").asInt() + " " + call.get("name").asText();
      result.put(
          key,
          call.get("calls").asLong()
              + " calls, "
              + call.get("errors").asLong()
              + " errors "
              + call.get("errnos"));
    }
    return result;
  }

  /** 100 processes of 8 threads, which share counters, lose no call. */
  @Test
  void losesNothingOfACrowd() throws Exception {
    String[] crowd = {Workspace.program("crowd").toString(), "100", "8", "500"};
    for (String by : new String[] {"", "process", "thread"}) {
      List<String> words = new ArrayList<>(List.of("-f", "-c", "--json", "-o", "log"));
      words.add("--backend=ebpf");
      words.add("--latency");
      if (!by.isEmpty()) {
        words.add("--summary-by=" + by);
      }
      words.addAll(List.of(crowd));
      Launch launch = Launch.jstrace(words.toArray(new String[0]));
      Launch.Outcome outcome = launch.run();
      assertEquals("exited 0", outcome.status(), outcome.err());
      long getppid = 0;
      long close = 0;
      long failed = 0;
      int objects = 0;
      for (String line : Launch.text(launch.directory().resolve("log")).split("\n")) {
        JsonNode summary = JSON.readTree(line);
        assertEquals(0, summary.get("lost").asLong());
        objects++;
        for (JsonNode call : summary.get("syscalls")) {
          if (call.get("name").asText().equals("getppid")) {
            getppid += call.get("calls").asLong();
          } else if (call.get("name").asText().equals("close")) {
            close += call.get("errors").asLong();
            failed += call.get("errnos").path("EBADF").asLong();
          }
        }
      }
      assertEquals(100 * 8 * 500, getppid, by);
      assertEquals(100 * 8 * 500, close, by);
      assertEquals(close, failed, by);
      assertEquals(by.isEmpty() ? 1 : by.equals("process") ? 101 : 801, objects, by);
    }
  }

  /** The tables of all intervals together have what one table has. */
  @Test
  void intervalsAddUp() throws Exception {
    Launch launch =
        Launch.jstrace(
            "-f",
            "-c",
            "--json",
            "--latency",
            "--interval=0.02",
            "-o",
            "log",
            Workspace.program("crowd").toString(),
            "2",
            "1",
            "400000");
    assertEquals("exited 0", launch.run().status());
    long getppid = 0;
    long close = 0;
    String[] lines = Launch.text(launch.directory().resolve("log")).split("\n");
    for (String line : lines) {
      for (JsonNode call : JSON.readTree(line).get("syscalls")) {
        assertTrue(call.get("calls").asLong() > 0, line);
        String name = call.get("name").asText();
        getppid += name.equals("getppid") ? call.get("calls").asLong() : 0;
        close += name.equals("close") ? call.get("errnos").path("EBADF").asLong() : 0;
      }
    }
    assertTrue(lines.length > 3, () -> lines.length + " intervals");
    assertEquals(2 * 400000, getppid);
    assertEquals(2 * 400000, close);
  }

  /** Processes that come and go take turns in the memory, and none is lost. */
  @Test
  void intervalsOfManyProcessesAddUp() throws Exception {
    Launch launch =
        Launch.jstrace(
            "-f",
            "-c",
            "--json",
            "--latency",
            "--summary-by=process",
            "--interval=0.1",
            "-o",
            "log",
            "sh",
            "-c",
            "i=0; while [ $i -lt 600 ]; do (:); i=$((i+1)); done");
    Launch.Outcome outcome = launch.run();
    assertEquals("exited 0", outcome.status());
    assertEquals("", outcome.err());
    Set<Long> pids = new TreeSet<>();
    long made = 0;
    for (String line : Launch.text(launch.directory().resolve("log")).split("\n")) {
      JsonNode summary = JSON.readTree(line);
      pids.add(summary.get("pid").asLong());
      for (JsonNode call : summary.get("syscalls")) {
        String name = call.get("name").asText();
        if (name.equals("clone") || name.equals("fork") || name.equals("vfork")) {
          made += call.get("calls").asLong();
        }
      }
    }
    assertEquals(600, made);
    assertTrue(pids.size() <= 601, () -> pids.size() + " processes");
  }

  /** More processes than there is room for with histograms: what is not counted is said. */
  @Test
  void saysWhatIsNotCounted() throws Exception {
    Launch launch =
        Launch.jstrace(
            "-f",
            "-c",
            "--json",
            "--latency",
            "--summary-by=process",
            "-o",
            "log",
            "sh",
            "-c",
            "i=0; while [ $i -lt 800 ]; do /bin/true; i=$((i+1)); done");
    Launch.Outcome outcome = launch.run();
    assertEquals("exited 0", outcome.status());
    long lost = 0;
    for (String line : Launch.text(launch.directory().resolve("log")).split("\n")) {
      lost += JSON.readTree(line).get("lost").asLong();
    }
    assertTrue(lost > 0);
    assertEquals("jstrace: " + lost + " calls were not counted, for lack of room\n", outcome.err());
  }

  /** The calls that a process is in when it is attached to, and let go of. */
  @Test
  void countsCallsInFlightAsPtraceDoes() throws Exception {
    List<String> seen = new ArrayList<>();
    for (String backend : new String[] {"ptrace", "ebpf"}) {
      Process shell =
          new ProcessBuilder("sh", "-c", "read a; read b; read c")
              .redirectErrorStream(true)
              .start();
      try {
        awaitState(shell.pid(), 'S');
        Launch launch =
            Launch.jstrace(
                "--backend=" + backend, "-c", "--json", "-o", "log", "-p", "" + shell.pid());
        Launch.Running running = launch.start();
        Launch.awaitLine(launch.directory().resolve("stderr"), "jstrace: Process");
        shell.getOutputStream().write("1\n2\n".getBytes());
        shell.getOutputStream().flush();
        Thread.sleep(300);
        awaitState(shell.pid(), 'S');
        ProcessHandle tracer = ProcessHandle.of(running.pid()).orElseThrow();
        tracer.destroy(); // SIGTERM
        Launch.Outcome outcome = running.await();
        assertEquals("killed 15", outcome.status(), outcome.err());
        seen.add(
            lastObject(Launch.text(launch.directory().resolve("log")))
                    .get("syscalls")
                    .findValues("calls")
                + " "
                + lastObject(Launch.text(launch.directory().resolve("log"))).findValues("name"));
      } finally {
        shell.destroyForcibly();
      }
    }
    assertEquals(seen.get(0), seen.get(1));
    assertTrue(seen.get(1).contains("read"), seen::toString);
  }

  private static void awaitState(long pid, char state) throws Exception {
    for (int i = 0; i < 500; i++) {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      if (stat.charAt(stat.lastIndexOf(')') + 2) == state) {
        return;
      }
      Thread.sleep(10);
    }
    throw new IllegalStateException(pid + " is not in state " + state);
  }

  @Test
  void passesOnHowTheCommandEnded() throws Exception {
    assertEquals(
        "exited 7", Launch.jstrace("--backend=ebpf", "-c", "sh", "-c", "exit 7").run().status());
    assertEquals(
        "killed 9",
        Launch.jstrace("--backend=ebpf", "-c", "sh", "-c", "kill -9 $$").run().status());
  }

  /** A filter and a duration in the kernel leave what they leave in user space. */
  @Test
  void filtersAsUserSpaceDoes() throws Exception {
    String program = Workspace.program("files").toString();
    for (String option : new String[] {"-etrace=%file", "-etrace=!close,openat", "-e/^f"}) {
      Launch byPtrace =
          Launch.jstrace("--backend=ptrace", option, "-c", "--json", "-o", "log", program);
      Launch byEbpf =
          Launch.jstrace("--backend=ebpf", option, "-c", "--json", "-o", "log", program);
      byPtrace.run();
      byEbpf.run();
      assertEquals(counts(byPtrace), counts(byEbpf), option);
    }
    for (String backend : new String[] {"ptrace", "ebpf"}) {
      Launch slow =
          Launch.jstrace(
              "--backend=" + backend,
              "--min-duration=150ms",
              "-c",
              "--json",
              "-o",
              "log",
              "sh",
              "-c",
              "sleep 0.2; sleep 0.05; :");
      assertEquals("exited 0", slow.run().status());
      assertEquals(
          1, lastObject(Launch.text(slow.directory().resolve("log"))).get("syscalls").size());
    }
  }

  /** Of the whole system, but not of the tracer. */
  @Test
  void neverCountsItself() throws Exception {
    Launch launch =
        Launch.jstrace(
            "--all", "-f", "-c", "--json", "--summary-by=process", "-o", "log", "sleep", "0.5");
    Launch.Running running = launch.start();
    long tracer = running.pid();
    assertEquals("exited 0", running.await().status());
    Set<Long> pids = new TreeSet<>();
    for (String line : Launch.text(launch.directory().resolve("log")).split("\n")) {
      pids.add(JSON.readTree(line).get("pid").asLong());
    }
    assertFalse(pids.contains(tracer), pids::toString);
    assertTrue(pids.contains(ProcessHandle.current().pid()), pids::toString);
  }

  @Test
  void selectsByName() throws Exception {
    Launch launch =
        Launch.jstrace(
            "-f",
            "--comm",
            "cat",
            "-c",
            "--json",
            "--summary-by=process",
            "-o",
            "log",
            "sh",
            "-c",
            "cat /dev/null; ls / >/dev/null; cat /dev/null");
    assertEquals("exited 0", launch.run().status());
    List<String> names = new ArrayList<>();
    for (String line : Launch.text(launch.directory().resolve("log")).split("\n")) {
      names.add(JSON.readTree(line).get("comm").asText());
    }
    assertEquals(List.of("cat", "cat"), names);
  }

  /** Killed at any moment, it leaves no program in the kernel, and the command runs on. */
  @Test
  void leavesNothingWhenKilled() throws Exception {
    for (int millis : new int[] {0, 50, 300}) {
      Launch launch =
          Launch.jstrace("--all", "-c", "-o", "log", "sh", "-c", "sleep 2; echo lives >out");
      Launch.Running running = launch.start();
      ProcessHandle tracer = ProcessHandle.of(running.pid()).orElseThrow();
      BpfObjects objects = BpfObjects.of(tracer.pid());
      for (int i = 0; i < 500 && objects.programs().size() < 3; i++) {
        Thread.sleep(5);
        objects = BpfObjects.of(tracer.pid());
      }
      assertTrue(objects.programs().size() >= 3, objects::toString);
      Thread.sleep(millis);
      objects.addAll(BpfObjects.of(tracer.pid()));
      tracer.destroyForcibly();
      tracer.onExit().get(10, TimeUnit.SECONDS);
      objects.assertGone();
      if (millis == 300) {
        Launch.awaitLine(launch.directory().resolve("out"), "lives");
      }
    }
  }
}
