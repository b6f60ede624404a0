// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.jstrace.it.differential.Tracer;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.ProcFs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whom the eBPF backend counts, and what it says when it cannot. */
class EbpfOperationTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SIGINT = 2;

  @BeforeAll
  static void needsBpf() {
    EbpfNeeds.assume();
  }

  private static List<JsonNode> objects(Launch launch) throws IOException {
    List<JsonNode> objects = new ArrayList<>();
    for (String line : Launch.text(launch.directory().resolve("log")).split("\n")) {
      objects.add(JSON.readTree(line));
    }
    return objects;
  }

  /** Calls of one summary, by name. */
  private static Map<String, JsonNode> calls(JsonNode summary) {
    Map<String, JsonNode> calls = new TreeMap<>();
    for (JsonNode call : summary.get("syscalls")) {
      calls.put(call.get("name").asText(), call);
    }
    return calls;
  }

  private static void signal(Launch.Running running, int signal) throws Exception {
    Libc.get().kill((int) running.pid(), signal);
  }

  /** Where control groups of version 2 are; null if nowhere. */
  private static Path cgroups() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
      String[] words = line.split(" ");
      if (words[2].equals("cgroup2")) {
        return Path.of(words[1]);
      }
    }
    return null;
  }

  @Test
  void ofAControlGroup() throws Exception {
    Path root = cgroups();
    assumeTrue(root != null && Files.isWritable(root), "needs control groups of version 2");
    Path group = root.resolve("jstrace-test-" + ProcessHandle.current().pid());
    Files.createDirectory(group);
    try {
      Launch launch =
          Launch.jstrace(
              "--cgroup",
              group.toString(),
              "-f",
              "-c",
              "--json",
              "--summary-by=process",
              "-o",
              "log",
              "sh",
              "-c",
              "cat /dev/null; echo $$ >" + group + "/cgroup.procs; head -c0 /dev/null; :");
      Launch.Outcome outcome = launch.run();
      assertEquals("exited 0", outcome.status(), outcome.err());
      Collection<String> names = new ArrayList<>();
      for (JsonNode summary : objects(launch)) {
        names.add(summary.get("comm").asText());
        assertFalse(summary.get("comm").asText().equals("cat"));
        assertEquals(
            summary.get("comm").asText().equals("head"), calls(summary).containsKey("execve"));
      }
      assertTrue(names.containsAll(List.of("sh", "head")), names::toString);
    } finally {
      Files.delete(group);
    }
  }

  @Test
  void noControlGroup() throws Exception {
    for (String[] each :
        new String[][] {
          {"/no/such/group", "No such file or directory"},
          {"/etc/passwd", "Not a directory"},
          {"/usr", "no directory of a control group of version 2"}
        }) {
      Launch.Outcome outcome = Launch.jstrace("--cgroup", each[0], "-c", "true").run();
      assertEquals("exited 1", outcome.status());
      assertEquals(1, outcome.err().lines().count(), outcome.err());
      assertTrue(outcome.err().startsWith("jstrace: --cgroup " + each[0] + ": " + each[1]));
    }
  }

  /** What is asked for by name is counted from the call on that follows its execve. */
  @Test
  void ofANameInTheWholeSystem() throws Exception {
    String name = "jt" + ProcessHandle.current().pid();
    Launch launch = Launch.jstrace("--comm", name, "-c", "--json", "-o", "log");
    Path program = launch.directory().resolve(name);
    Files.copy(Path.of("/bin/true").toRealPath(), program);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Launch.Running running = launch.start();
    awaitPrograms(running.pid());
    for (int i = 0; i < 2; i++) {
      assertEquals(0, new ProcessBuilder(program.toString()).start().waitFor());
    }
    signal(running, SIGINT);
    assertEquals("killed 2", running.await().status());
    Map<String, JsonNode> calls = calls(objects(launch).get(0));
    assertFalse(calls.containsKey("execve"), calls::toString);
    assertEquals(2, calls.get("arch_prctl").get("calls").asInt());
  }

  /** Programs run once the last of the links is there. */
  private static void awaitPrograms(long pid) throws Exception {
    for (int i = 0; i < 1000; i++) {
      int links = 0;
      String[] fds = Path.of("/proc/" + pid + "/fd").toFile().list();
      for (String fd : fds == null ? new String[0] : fds) {
        try {
          Path target = Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/" + fd));
          links += target.toString().startsWith("anon_inode:bpf") ? 1 : 0;
        } catch (IOException e) {
          // closed meanwhile
        }
      }
      // maps, three programs at least, and as many links
      if (links >= 12) {
        Thread.sleep(50);
        return;
      }
      Thread.sleep(10);
    }
    throw new IllegalStateException("no programs of " + pid);
  }

  /** A thread's id stands for that thread alone; counting ends with it. */
  @Test
  void ofOneThread() throws Exception {
    Libc libc = Libc.get();
    int[] tid = new int[1];
    boolean[] end = new boolean[1];
    CountDownLatch known = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              tid[0] = libc.gettid();
              known.countDown();
              while (!end[0]) {
                libc.getpgid(0);
                sleep(1);
              }
            });
    thread.start();
    known.await();
    Launch launch =
        Launch.jstrace(
            "--backend=ebpf",
            "-c",
            "--json",
            "--summary-by=thread",
            "-o",
            "log",
            "-p",
            Integer.toString(tid[0]));
    Launch.Running running = launch.start();
    Launch.awaitLine(launch.directory().resolve("stderr"), "jstrace: Process " + tid[0]);
    Thread.sleep(100);
    end[0] = true;
    thread.join();
    assertEquals("exited 0", running.await().status());
    List<JsonNode> objects = objects(launch);
    assertEquals(1, objects.size(), objects::toString);
    assertEquals(tid[0], objects.get(0).get("tid").asInt());
    assertTrue(calls(objects.get(0)).get("getpgid").get("calls").asInt() > 1, objects::toString);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatCannotBeAttachedTo() throws Exception {
    Launch.Outcome nobody = Launch.jstrace("--backend=ebpf", "-c", "-p", "4194303").run();
    assertEquals("exited 1", nobody.status());
    assertEquals("jstrace: attach: process 4194303: No such process\n", nobody.err());
    if (new ProcFs(Libc.get()).ppid(2) == 0) {
      for (String mode : new String[] {"-c", "-f"}) {
        Launch.Outcome kernel = Launch.jstrace("--backend=ebpf", mode, "-p", "2").run();
        assertEquals("exited 1", kernel.status());
        assertEquals(
            "jstrace: attach: process 2: a kernel thread: these make no system calls\n",
            kernel.err());
      }
    }
    Process sleeper = new ProcessBuilder("sleep", "0.8").start();
    Launch.Outcome one =
        Launch.jstrace("--backend=ebpf", "-c", "-p", "4194303," + sleeper.pid()).run();
    assertEquals("exited 0", one.status(), one.err());
    assertTrue(one.err().contains(" total\n"), one.err());
    assertTrue(one.err().contains("process 4194303: No such process"), one.err());
  }

  /** Every interval has its table; a process that sleeps takes no CPU time. */
  @Test
  void ofASleeper() throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "read a").start();
    try {
      Launch json =
          Launch.jstrace("--backend=ebpf", "-c", "--json", "-o", "log", "-p", "" + shell.pid());
      Launch text = Launch.jstrace("-c", "--interval=0.1", "-o", "log", "-p", "" + shell.pid());
      Launch.Running counting = json.start();
      Launch.Running showing = text.start();
      Launch.awaitLine(json.directory().resolve("stderr"), "jstrace: Process");
      Launch.awaitLine(text.directory().resolve("stderr"), "jstrace: Process");
      Thread.sleep(450);
      shell.getOutputStream().write("\n".getBytes(StandardCharsets.US_ASCII));
      shell.getOutputStream().flush();
      assertEquals("exited 0", counting.await().status());
      assertEquals("exited 0", showing.await().status());
      JsonNode read = calls(objects(json).get(0)).get("read");
      assertTrue(read.get("wallTime").get("total").asLong() > 300_000_000, read::toString);
      assertEquals(0, read.get("systemTime").get("total").asLong(), read::toString);
      String tables = Launch.text(text.directory().resolve("log"));
      assertTrue(tables.split(" total\n").length > 3, tables);
    } finally {
      shell.destroyForcibly();
    }
  }

  /** Without the privilege, the option is named because of which it is needed. */
  @Test
  void namesWhatAskedForIt() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv");
    List<String> command = new ArrayList<>();
    command.addAll(List.of("setpriv", "--bounding-set", "-sys_admin,-bpf,-perfmon"));
    command.addAll(Tracer.underTest().command());
    for (String option :
        new String[] {"--interval=1", "--summary-by=thread", "--all", "--backend=ebpf"}) {
      Launch.Outcome outcome =
          new Launch(new Tracer("setpriv", command), option, "-c", "true").run();
      assertEquals("exited 1", outcome.status());
      assertEquals(1, outcome.err().lines().count(), outcome.err());
      String named = option.equals("--backend=ebpf") ? "" : option.replaceFirst("=.*", ": ");
      named = option.equals("--all") ? "--all: " : named;
      assertTrue(
          outcome.err().startsWith("jstrace: " + named + "the eBPF backend needs CAP_BPF and"),
          outcome.err());
    }
  }
}
