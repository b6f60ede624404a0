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
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that read strace's output read ours. */
class ToolsTest {
  private static final String PARSER = "b3-strace-parser@0.3.0";

  /** Stays for the next run. */
  private static final Path PARSERS = Workspace.output().resolve("parser");

  private static final Path PARSER_PROGRAM =
      PARSERS.resolve("node_modules/b3-strace-parser/cli.js");

  @TempDir Path directory;

  private static String jstrace() {
    return Workspace.root().resolve("jstrace").toString();
  }

  /** Runs it in {@link #directory}; what it prints goes to {@code output}. */
  private int run(Path input, Path output, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), List.of(command).toString());
    return process.exitValue();
  }

  private static List<String> lines(Path file) throws Exception {
    return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
  }

  /** Comes with strace: sorts the files of {@code -ff} by their timestamps. */
  @ParameterizedTest
  @ValueSource(strings = {"-t", "-tt", "-ttt"})
  void straceLogMerge(String timestamps) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace-log-merge")), "not installed");
    Path none = Path.of("/dev/null");
    Path merged = directory.resolve("merged");
    String script = "ls / >/dev/null; (cat /etc/hostname; ls /)";
    run(none, merged, jstrace(), "-ff", timestamps, "-o", "log", "sh", "-c", script);
    assertEquals(0, run(none, merged, "strace-log-merge", "log"));
    int expected = 0;
    int files = 0;
    try (var all = Files.newDirectoryStream(directory, "log.*")) {
      for (Path file : all) {
        expected += lines(file).size();
        files++;
      }
    }
    assertTrue(files >= 3, files + " files");
    List<String> lines = lines(merged);
    assertEquals(expected, lines.size());
    String last = "";
    for (String line : lines) {
      String time = line.split(" +", 3)[1];
      assertTrue(time.compareTo(last) >= 0, last + " before " + line);
      last = time;
    }
  }

  /** Comes with strace as an example: what became of what process. It knows no broken lines. */
  @Tag("any-java")
  @Test
  void straceGraph() throws Exception {
    Path packed = Path.of("/usr/share/doc/strace/examples/strace-graph.gz");
    assumeTrue(Files.isReadable(packed), "not installed");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "perl is not installed");
    Path script = directory.resolve("strace-graph");
    try (var unpacked = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(unpacked, script);
    }
    List<String> theirs = graph("strace", script);
    assertEquals(3, theirs.size(), theirs.toString());
    assertEquals(theirs, graph(jstrace(), script));
  }

  /** The lines of the graph without process ids and times. */
  private List<String> graph(String tracer, Path script) throws Exception {
    Path none = Path.of("/dev/null");
    Path out = directory.resolve("graph");
    String execs = "exec env cat /etc/hostname";
    run(none, out, tracer, "-q", "-f", "-v", "-tt", "-o", "log", "sh", "-c", execs);
    assertEquals(0, run(none, out, "perl", script.toString(), "log"));
    List<String> lines = new ArrayList<>();
    for (String line : lines(out)) {
      lines.add(line.replaceAll("^( \\[[0-9.]+\\])? [0-9]+-[0-9.]+", ""));
    }
    return lines;
  }

  /** A parser with a grammar of its own, in JavaScript: it gets the same from both traces. */
  @Tag("any-java")
  @Test
  void parser() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/npm")), "npm is not installed");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    Path none = Path.of("/dev/null");
    Path out = directory.resolve("out");
    if (!Files.exists(PARSER_PROGRAM)) {
      Files.createDirectories(PARSERS);
      String[] install = {"npm", "install", "--no-audit", "--no-fund", "--fetch-retries=1"};
      List<String> command = new ArrayList<>(List.of(install));
      command.addAll(List.of("--prefix", PARSERS.toString(), PARSER));
      assumeTrue(
          run(none, out, command.toArray(new String[0])) == 0, "the parser cannot be installed");
    }
    List<String> theirs = parsed("strace");
    List<String> ours = parsed(jstrace());
    assertTrue(theirs.size() > 50, theirs.toString());
    assertEquals(theirs, ours);
  }

  /** Of each call that was understood its name, the number of its arguments, whether it failed. */
  private List<String> parsed(String tracer) throws Exception {
    Path none = Path.of("/dev/null");
    Path out = directory.resolve("out");
    Path log = directory.resolve("trace");
    Path json = directory.resolve("json");
    run(none, out, tracer, "-T", "-o", log.toString(), "ls", "-l", "/etc");
    assertEquals(0, run(log, json, "node", PARSER_PROGRAM.toString()));
    List<String> calls = new ArrayList<>();
    ObjectMapper mapper = new ObjectMapper();
    for (String line : lines(json)) {
      JsonNode call = mapper.readTree(line);
      int arguments = call.path("args").size();
      boolean failed = call.path("result").asLong() == -1;
      calls.add(call.path("syscall").asText() + " " + arguments + (failed ? " failed" : ""));
    }
    return calls;
  }
}
