// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.jstrace.it.differential.Workspace;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each option on two programs in one process, {@code env} and then {@code cat}, under the installed
 * strace and here.
 */
class EveryOptionTest {
  private static final List<String> COMMAND = List.of("env", "cat", "/nonexistent");

  @TempDir Path directory;

  /** What a run left: messages, and each file of the trace. */
  private record Run(int status, List<String> err, Map<String, List<String>> files) {}

  static List<String> lines() throws Exception {
    try (InputStream in = EveryOptionTest.class.getResourceAsStream("every-option.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> !line.startsWith("#")).toList();
    }
  }

  private Run run(String tracer, List<String> options) throws Exception {
    Path folder = Files.createDirectories(directory.resolve(Path.of(tracer).getFileName()));
    List<String> words = new ArrayList<>(List.of(tracer));
    words.addAll(options);
    words.addAll(List.of("-o", folder.resolve("log").toString()));
    words.addAll(COMMAND);
    Path err = directory.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectError(err.toFile())
            .redirectOutput(directory.resolve("out").toFile());
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), words.toString());
    Map<String, List<String>> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        String name = file.getFileName().toString().replaceAll("[0-9]+", "PID");
        files.put(name, normal(Files.readString(file, StandardCharsets.ISO_8859_1)));
        Files.delete(file);
      }
    }
    String said = Files.readString(err, StandardCharsets.ISO_8859_1);
    String name = Path.of(tracer).getFileName().toString();
    return new Run(process.exitValue(), normal(said.replace(name + ": ", "TRACER: ")), files);
  }

  /** Without what differs from run to run: addresses, times, ids, random bytes. */
  private static List<String> normal(String text) {
    List<String> out = new ArrayList<>();
    for (String line : text.split("\n")) {
      if (line.contains("getrandom")) {
        continue;
      }
      out.add(
          line.replaceAll("^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)? ", "TIME$1 ")
              .replaceAll("^[0-9]{10}(\\.[0-9]+)? ", "UNIX$1 ")
              .replaceAll("^ +[0-9]+(\\.[0-9]+)? ", "SINCE$1 ")
              .replaceAll("^(TIME|UNIX|SINCE)\\.[0-9]+ ", "$1.DIGITS ")
              .replaceAll("st_[amc]time(_nsec)?=[^,}]*", "st_time$1")
              .replaceAll("<[0-9]+\\.[0-9]+>", "<DURATION>")
              .replaceAll("<[0-9]>$", "<SECONDS>")
              .replaceAll("\\[[0-9a-f]{16}\\]", "[IP]")
              .replaceAll("^[0-9]+ +", "PID ")
              .replaceAll("0x[0-9a-f]{5,}", "ADDRESS")
              // a struct that strace 6.1 shows as an address, and its length in hex
              .replaceAll("rseq\\((\\{.*\\}|ADDRESS), (0x20|32), ", "rseq(RSEQ, LENGTH, ")
              .replaceAll("(tidptr=ADDRESS|set_tid_address\\(ADDRESS\\)) *= .*", "$1")
              .replaceAll("set_tid_address\\(.*", "set_tid_address")
              .replaceAll("(execve\\(|ADDRESS.*) += ", "$1 = ")
              .replaceAll("\\) += ", line.contains("0x") ? ") = " : "$0"));
    }
    return out;
  }

  @Tag("any-java")
  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest
  @MethodSource("lines")
  void everyLineIsStraces(String line) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    List<String> options = List.of(line.split(" "));
    Run theirs = run("strace", options);
    Run ours = run(Workspace.root().resolve("jstrace").toString(), options);
    assertEquals(theirs.status, ours.status);
    assertEquals(theirs.err, ours.err);
    assertEquals(theirs.files.keySet(), ours.files.keySet());
    for (String file : theirs.files.keySet()) {
      assertEquals(
          String.join("\n", theirs.files.get(file)), String.join("\n", ours.files.get(file)));
    }
  }

  /** Options of the table without a line above, and the test of each. */
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry("--debug", "command/NewerOptionsTest"),
          Map.entry("--daemonize", "command/DaemonTest"),
          Map.entry("--output-separately", "command/NewerOptionsTest"),
          Map.entry("--help", "command/CommandTest"),
          Map.entry("--version", "command/CommandTest"),
          Map.entry("--kill-on-exit", "command/RunOptionsTest"),
          Map.entry("--syscall-limit", "command/RunOptionsTest"),
          Map.entry("--argv0", "command/RunOptionsTest"),
          Map.entry("--always-show-pid", "command/RunOptionsTest"),
          Map.entry("--user", "command/RunOptionsTest"),
          Map.entry("--stack-trace", "command/StackTraceTest"),
          Map.entry("--stack-trace-frame-limit", "command/StackTraceTest"),
          Map.entry("--arg-names", "command/NewerOptionsTest"),
          Map.entry("--output", "command/CommandTest"),
          Map.entry("--attach", "behaviour/AttachTest"),
          Map.entry("--trace-fds", "command/NewerOptionsTest"),
          Map.entry("--namespace", "command/NewerOptionsTest"),
          Map.entry("--secontext", "command/EveryOptionTest"),
          Map.entry("--color", "command/NewerOptionsTest"));

  private static final Map<String, String> KEYS =
      Map.of("t", "trace", "a", "abbrev", "v", "verbose", "x", "raw", "s", "signal");

  /** Each row of docs/options.md has a line here, in one of its spellings, or a test elsewhere. */
  @Test
  void everyOptionHasATest() throws Exception {
    Set<String> tried = new HashSet<>();
    for (String line : lines()) {
      String[] words = line.split(" ");
      for (int i = 0; i < words.length; i++) {
        if (words[i].startsWith("--")) {
          tried.add(words[i].split("=")[0]);
        } else if (words[i].startsWith("-")) {
          words[i].chars().skip(1).forEach(letter -> tried.add("-" + (char) letter));
        }
        if (words[i].equals("-e")) {
          String key = words[i + 1].contains("=") ? words[i + 1].split("=")[0] : "trace";
          tried.add("--" + KEYS.getOrDefault(key, key));
        }
      }
    }
    Path tests = Workspace.root().resolve("integration-tests/src/test/java/io/github/jstrace/it");
    int rows = 0;
    for (String row : Files.readAllLines(Workspace.root().resolve("docs/options.md"))) {
      if (!row.startsWith("| `")) {
        continue;
      }
      rows++;
      List<String> spellings =
          List.of(row.split("[|]")[1].replaceAll("[`,]", " ").trim().split(" +"));
      if (spellings.stream().noneMatch(tried::contains)) {
        String test =
            spellings.stream().map(ELSEWHERE::get).filter(Objects::nonNull).findAny().orElse("");
        assertFalse(test.isEmpty(), spellings + " has no test");
        String source = Files.readString(tests.resolve(test + ".java"));
        assertTrue(
            spellings.stream().anyMatch(word -> source.matches("(?s).*[\" ]" + word + "\\b.*")),
            spellings + " is not in " + test);
      }
    }
    assertTrue(rows > 60, rows + " rows");
  }

  /** What {@code --json} makes of each option is JSON, and the program does the same. */
  @Tag("any-java")
  @Test
  void jsonGoesWithEachOption() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    List<String> together = new ArrayList<>();
    for (String options :
        List.of(
            "-f -v -yy -Y -T -r -tt -i -n -x -X raw -s 5 -a 10 -q -N",
            "-C -w -U calls,name -S name -Z -e trace=%file",
            "-k --stack-trace-frame-limit=2 -e trace=openat -e status=failed -e signal=none",
            "-e raw=openat -e verbose=none -e abbrev=none -P /etc/ld.so.cache -e read=3",
            "-e inject=close:error=EIO:when=2 --syscall-limit=20 --kill-on-exit --argv0=x",
            "--secontext --color=always -e namespace=new -e kvm=vcpu --decode-pids=comm,pidns",
            "-ff --always-show-pid -E FOO=bar -I 2 -e decode-fds=dev -z",
            "-c -f -O 1us",
            "-b execve -A")) {
      List<String> words = new ArrayList<>(List.of("--json"));
      words.addAll(List.of(options.split(" ")));
      Run run = run(Workspace.root().resolve("jstrace").toString(), words);
      assertFalse(run.err.toString().contains("Exception"), run.err.toString());
      assertFalse(run.files.isEmpty(), options);
      together.addAll(words);
      for (List<String> lines : run.files.values()) {
        for (String json : lines) {
          if (!json.isEmpty()) {
            assertTrue(mapper.readTree(json.replace("ADDRESS", "0x1")).isObject(), json);
          }
        }
      }
    }
    assertTrue(together.size() > 60);
  }

  /** The eBPF backend either serves an option or names it, before anything runs. */
  @Tag("any-java")
  @Test
  void whatTheEbpfBackendDoesNotServeIsNamed() throws Exception {
    for (String line :
        List.of(
            "-e inject=close:error=EIO;-e inject",
            "-e fault=close;-e inject",
            "-P /etc;-P/--trace-path",
            "-e trace-fds=3;-e trace-fds",
            "-k;-k/--stack-trace",
            "-e read=3;-e read",
            "-e write=1;-e write",
            "-D;-D/--daemonize",
            "--kill-on-exit;--kill-on-exit",
            "--syscall-limit=3;--syscall-limit",
            "-b execve;-b/--detach-on",
            "-C;-C/--summary of CPU time",
            "--cpu=0;--cpu",
            "-e kvm=vcpu;-e kvm",
            "-e namespace=new;-e namespace",
            "--secontext;--secontext",
            "--pidns-translation;--decode-pids=pidns")) {
      List<String> words = new ArrayList<>(List.of("--backend=ebpf"));
      words.addAll(List.of(line.split(";")[0].split(" ")));
      Run run = run(Workspace.root().resolve("jstrace").toString(), words);
      assertEquals(1, run.status, line);
      String said = String.join("\n", run.err);
      assertTrue(
          said.startsWith("TRACER: --backend=ebpf does not serve " + line.split(";")[1]), said);
      assertTrue(run.files.isEmpty(), line);
    }
  }
}
