// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.core.ExitResult;
import io.github.jstrace.core.TraceException;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Children, threads and execve by threads, counted against strace. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FollowTest {
  private final Recorder recorder = new Recorder();

  @TempDir private Path directory;

  private void run(int expectedStatus, String... argv) throws TraceException {
    recorder.keepCalls = false;
    assertEquals(
        new ExitResult(expectedStatus, 0, false), Tracing.run(recorder, Tracing.following(argv)));
  }

  /** Completed calls by name, of calls whose number does not depend on timing. */
  private Map<String, Integer> counted() {
    Map<String, Integer> result = new TreeMap<>();
    for (Map.Entry<Integer, Integer> call : recorder.calls.entrySet()) {
      Syscall row = SyscallTable.byNumber(Abi.X86_64, call.getKey());
      result.put(row == null ? "?" : row.name(), call.getValue());
    }
    result.remove("futex");
    result.remove("rt_sigreturn");
    return result;
  }

  private Map<String, Integer> straceCounts(String... argv)
      throws IOException, InterruptedException {
    assumeTrue(Fixtures.isInstalled("strace"), "strace is not installed");
    Path output = directory.resolve("log");
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-o", output.toString()));
    command.addAll(List.of(argv));
    new ProcessBuilder(command).inheritIO().start().waitFor();
    Pattern completed =
        Pattern.compile("[0-9]+ +(?:<\\.\\.\\. )?(\\w+)(?:\\(| resumed>).*= (?!\\?).*");
    Map<String, Integer> result = new TreeMap<>();
    for (String line : Files.readAllLines(output)) {
      Matcher matcher = completed.matcher(line);
      if (matcher.matches() && !line.contains("<unfinished ...>")) {
        result.merge(matcher.group(1), 1, Integer::sum);
      }
    }
    result.remove("futex");
    result.remove("rt_sigreturn");
    return result;
  }

  @Test
  void everyWayToMakeAProcess() throws Exception {
    String program = Fixtures.path("processes");
    run(0, program);
    // 8 processes less that of CLONE_UNTRACED, and 8 threads with a child each
    assertEquals(1 + 7 + 16, recorder.attached);
    assertEquals(straceCounts(program), counted());
  }

  @Test
  void manyThreads() throws Exception {
    String program = Fixtures.path("busy");
    run(0, program, "8", "2000");
    assertEquals(9, recorder.attached);
    assertEquals(16_000, counted().get("getppid"));
  }

  @Test
  void aProgramWithAll() throws Exception {
    String[] argv = {"/bin/sh", "-c", "ls /usr | cat | wc -l >/dev/null; (true; ls /) | cat"};
    run(0, argv);
    assertEquals(straceCounts(argv), counted());
  }

  @ParameterizedTest
  @ValueSource(strings = {"wait", "exit", "join"})
  void execveByAThread(String leader) throws TraceException {
    String program = Fixtures.path("execthread");
    run(42, program, leader, "5");
    int superseded = 0;
    for (String line : recorder.lines) {
      superseded += line.startsWith("superseded") ? 1 : 0;
    }
    assertEquals(5, superseded);
    assertEquals(1 + 5 * 3, recorder.attached);
    assertEquals(6, recorder.calls.get(59));
  }

  @Test
  void execveByAThreadThatIsNotFollowed() throws TraceException {
    for (String leader : new String[] {"wait", "exit"}) {
      Recorder each = new Recorder();
      PtraceOptions options =
          Tracing.following(Fixtures.path("execthread"), leader, "1").setFollowForks(false);
      PtraceBackend backend = new PtraceBackend(options);
      backend.run(each);
      Tracing.check(each);
      assertEquals(new ExitResult(42, 0, false), backend.exitResult());
    }
  }

  @Test
  void killedAtAnyMoment() throws Exception {
    String program = Fixtures.path("busy");
    for (int i = 0; i < 20; i++) {
      String script =
          "exec 2>/dev/null; "
              + program
              + " 4 1000000 & busy=$!; sleep 0.0"
              + i % 10
              + "; kill -9 $busy; wait $busy";
      Recorder each = new Recorder();
      each.keepCalls = false;
      assertEquals(
          new ExitResult(137, 0, false),
          Tracing.run(each, Tracing.following("/bin/sh", "-c", script)));
      assertEquals(each.attached, each.ended);
    }
  }

  @Test
  void forkStorms() throws Exception {
    String script = "i=0; while [ $i -lt 2000 ]; do (:) & i=$((i+1)); done; wait";
    for (int i = 0; i < Integer.getInteger("jstrace.storms", 2); i++) {
      Recorder each = new Recorder();
      each.keepCalls = false;
      assertEquals(
          new ExitResult(0, 0, false),
          Tracing.run(each, Tracing.following("/bin/sh", "-c", script)));
      assertEquals(2001, each.attached);
      assertEquals(2001, each.ended);
    }
  }

  @Test
  void aTraceeThatTracesItself() throws Exception {
    // nobody can be traced twice: strace as a tracee fails as it does under strace, and nothing
    // hangs
    assumeTrue(Fixtures.isInstalled("strace"), "strace is not installed");
    Tracing.run(recorder, Tracing.following("/bin/sh", "-c", "strace -f true 2>/dev/null; exit 0"));
    assertTrue(recorder.attached > 1);
  }

  @Test
  void signalsAndJobControl() throws TraceException {
    run(0, Fixtures.path("jobs"));
    int stopped = 0;
    for (String line : recorder.lines) {
      stopped += line.startsWith("stopped") ? 1 : 0;
    }
    assertEquals(5, stopped);
  }
}
