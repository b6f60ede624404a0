// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.jstrace.it.differential.Workspace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code -k}: stacks as strace shows them, and what it does not show. */
class StackTraceTest {
  /** Makes getppid(2) in recursion, in a signal handler, and in code that it has just written. */
  private static final String PROGRAM =
      """
      #define _GNU_SOURCE
      #include <signal.h>
      #include <stdio.h>
      #include <string.h>
      #include <sys/mman.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      static void handler(int s) { syscall(SYS_getppid); }
      __attribute__((noinline)) int deep(int n) { return n ? deep(n - 1) + 1 : syscall(SYS_getppid) > 0; }
      int main(int argc, char **argv) {
        signal(SIGUSR1, handler);
        raise(SIGUSR1);
        deep(3);
        if (argc > 1) {
          static const char code[] = "\\x55\\x48\\x89\\xe5\\xb8\\x6e\\0\\0\\0\\x0f\\x05\\x5d\\xc3";
          char *at = mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          memcpy(at, code, sizeof(code));
          char name[64];
          sprintf(name, "/tmp/perf-%d.map", getpid());
          FILE *map = fopen(name, "w");
          fprintf(map, "%lx 1\\n%lx d generated code\\n", (long)at + 64, (long)at);
          fclose(map);
          ((void (*)(void))at)();
          unlink(name);
        }
        return 0;
      }
      """;

  @TempDir Path directory;
  private Path program;

  @BeforeEach
  void compile() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/libunwind-ptrace.so.0")),
        "libunwind is not installed");
    Path source = directory.resolve("program.c");
    Files.writeString(source, PROGRAM);
    program = directory.resolve("program");
    run("gcc", "-g", "-O1", "-fno-optimize-sibling-calls", "-o", "" + program, "" + source);
  }

  /** The trace, from {@code -o}. */
  private List<String> trace(String tracer, String... words) throws Exception {
    Path log = directory.resolve("log");
    List<String> command = new ArrayList<>(List.of(tracer, "-o", log.toString()));
    command.addAll(List.of(words));
    run(command.toArray(new String[0]));
    return Files.readAllLines(log, StandardCharsets.ISO_8859_1);
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), List.of(command).toString());
  }

  private static String jstrace() {
    return Workspace.root().resolve("jstrace").toString();
  }

  private static List<String> frames(List<String> lines) {
    return lines.stream().filter(line -> line.startsWith(" > ")).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-k",
        "-k -e trace=getppid,exit_group",
        "--stack-traces -e trace=getppid -e signal=none",
        "-k -e trace=execve,exit_group -qq",
        "-k -e inject=getppid:error=EIO -e trace=getppid"
      })
  void framesAreStraces(String options) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    String[] words = (options + " " + program).split(" ");
    List<String> theirs = trace("strace", words);
    List<String> ours = trace(jstrace(), words);
    assertTrue(frames(theirs).size() > 2, theirs.toString());
    assertEquals(frames(theirs), frames(ours));
    for (int i = 0; i < theirs.size(); i++) { // each at its place
      assertEquals(theirs.get(i).startsWith(" > "), ours.get(i).startsWith(" > "), ours.get(i));
    }
  }

  @Test
  void framesOfAStrippedProgramAreStraces() throws Exception {
    run("strip", "" + program);
    framesAreStraces("-k -e trace=getppid");
  }

  /** The library cannot walk it; strace shows addresses of chance, or nothing either. */
  @Test
  void aProgramOf32BitsHasNoFrames() throws Exception {
    Path source = directory.resolve("narrow.c");
    Files.writeString(
        source,
        "void _start(void) { __asm__(\"int $0x80\" : : \"a\"(1), \"b\"(0)); for (;;) { } }\n");
    Path narrow = directory.resolve("narrow");
    run("gcc", "-m32", "-nostdlib", "-static", "-o", "" + narrow, "" + source);
    List<String> lines = trace(jstrace(), "-k", narrow.toString());
    assertEquals(List.of(), frames(lines));
    assertTrue(lines.toString().contains("exit(0)"), lines.toString());
  }

  @Test
  void framesAreLimited() throws Exception {
    List<String> lines =
        trace(
            jstrace(),
            "--stack-trace-frame-limit=3",
            "-k",
            "-e",
            "trace=getppid",
            "-e",
            "signal=none",
            program.toString());
    assertEquals(8, frames(lines).size(), lines.toString());
    assertTrue(lines.get(6).contains("(syscall+0x"), lines.toString());
    assertTrue(lines.get(7).contains("/program(deep+0x"), lines.toString());
    assertTrue(lines.get(8).contains("/program(deep+0x"), lines.toString());
    assertEquals(" > too many stack frames", lines.get(9), lines.toString());
  }

  @Test
  void sourceLines() throws Exception {
    List<String> lines =
        trace(jstrace(), "-kk", "-e", "trace=getppid", "-e", "signal=none", "" + program);
    String all = String.join("\n", lines);
    assertTrue(all.contains("] " + directory.resolve("program.c") + ":8\n"), all);
    assertTrue(all.contains("] " + directory.resolve("program.c") + ":9\n"), all);
    assertTrue(all.contains("] " + directory.resolve("program.c") + ":13\n"), all);
  }

  @Test
  void codeThatIsInNoFile() throws Exception {
    List<String> lines =
        trace(jstrace(), "-k", "-e", "trace=getppid", "-e", "signal=none", "" + program, "jit");
    List<String> frames = frames(lines.subList(lines.lastIndexOf(call(lines)), lines.size()));
    assertTrue(
        frames.get(0).matches(" > /tmp/perf-\\d+\\.map\\(generated code\\+0xb\\) \\[0x7f\\w+\\]"),
        frames.toString());
    assertTrue(frames.get(1).contains("/program(main+0x"), frames.toString());
  }

  private static String call(List<String> lines) {
    return lines.stream().filter(line -> line.startsWith("getppid")).findFirst().orElseThrow();
  }

  @Test
  void json() throws Exception {
    List<String> lines =
        trace(jstrace(), "--json", "-kk", "-e", "trace=getppid", "-e", "signal=none", "" + program);
    JsonNode call = new ObjectMapper().readTree(lines.get(lines.size() - 2));
    assertEquals("getppid", call.get("name").asText());
    JsonNode frame = call.get("stack").get(1);
    assertEquals("deep", frame.get("symbol").asText());
    assertEquals(program.toString(), frame.get("object").asText());
    assertEquals(9, frame.get("line").asInt());
  }
}
