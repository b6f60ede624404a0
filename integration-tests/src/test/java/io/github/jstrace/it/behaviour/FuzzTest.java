// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.jstrace.core.json.JsonSink;
import io.github.jstrace.it.differential.Workspace;
import java.io.BufferedReader;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every system call number with random words, as {@code fixtures/fuzz.c} makes them: no crash, no
 * hang, a line for every call, nothing but printable ASCII, objects that the schema allows.
 *
 * <p>{@code -Djstrace.fuzz.rounds=N} calls every number N times (12; the releases' check is 10,000,
 * by eBPF in parts of 100), {@code -Djstrace.fuzz.seed=N} draws the words that a failure was seen
 * with; else they are others each time.
 */
@Tag("robustness")
class FuzzTest {
  private static final String BUFFER = System.getProperty("jstrace.fuzz.buffer", "128m");
  private static final int ROUNDS = Integer.getInteger("jstrace.fuzz.rounds", 12);
  private static final long SEED =
      Long.getLong("jstrace.fuzz.seed", System.currentTimeMillis() / 1000);

  /** As much as there is to show. */
  private static final String MUCH = "-yy -Y -v -s 4000 -X verbose";

  /** The exit status of the fixture when it cannot have its namespaces. */
  private static final String NO_NAMESPACES = "exited 77";

  private static final String MARK = "syscall_0x7ead1";

  /** Thread, its name if it is shown, whatever is in that, and the event. */
  private static final Pattern LINE =
      Pattern.compile("(\\d+)(?:<.*?>)? +((?:\\w+\\(|<\\.\\.\\. |--- |\\+\\+\\+ ).*)");

  @BeforeAll
  static void tellSeed() {
    System.out.println("FuzzTest: -Djstrace.fuzz.seed=" + SEED);
  }

  static Stream<Arguments> runs() {
    return Stream.of(
        Arguments.of("ptrace", "64", "-s32"),
        Arguments.of("ptrace", "64", MUCH),
        Arguments.of("ptrace", "32", "-s32"),
        Arguments.of("ptrace", "32", MUCH),
        Arguments.of("ebpf", "64", MUCH),
        Arguments.of("ebpf", "32", "-s32"));
  }

  /** What the fixture says of one of its workers. */
  private record Worker(long calls, boolean killed) {}

  @Tag("any-java")
  @ParameterizedTest(name = "{0}, {1} bits, {2}")
  @MethodSource("runs")
  void text(String backend, String bits, String options) throws Exception {
    Launch launch = launch(backend, bits, options, ROUNDS);
    List<Worker> workers = run(launch);
    Map<String, Integer> workerOf = new HashMap<>();
    long[] calls = new long[workers.size()];
    try (BufferedReader log = log(launch, ISO_8859_1)) {
      for (String line = log.readLine(); line != null; line = log.readLine()) {
        assertTrue(isPrintable(line), line);
        assertFalse(line.endsWith(" events lost +++"), line);
        Matcher parts = LINE.matcher(line);
        assertTrue(parts.matches(), line);
        String tid = parts.group(1);
        String text = parts.group(2);
        if (text.startsWith(MARK + "(")) {
          workerOf.put(tid, Integer.decode(text.substring(MARK.length() + 1, text.indexOf(','))));
        } else if (!text.startsWith("<... ")
            && !text.startsWith("--- ")
            && !text.startsWith("+++ ")
            && !text.startsWith("exit_group(")) {
          Integer worker = workerOf.get(tid);
          if (worker != null) {
            calls[worker]++;
          }
        }
      }
    }
    compare(workers, calls);
    Workspace.delete(launch.directory());
  }

  static Stream<Arguments> jsonRuns() {
    return Stream.of(
        Arguments.of("ptrace", "64"), Arguments.of("ptrace", "32"), Arguments.of("ebpf", "32"));
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("jsonRuns")
  void json(String backend, String bits) throws Exception {
    Launch launch = launch(backend, bits, "--json -yy", Math.max(1, ROUNDS / 4));
    List<Worker> workers = run(launch);
    Schema schema = schema();
    ObjectMapper mapper = new ObjectMapper();
    Map<Long, Integer> workerOf = new HashMap<>();
    long[] calls = new long[workers.size()];
    try (BufferedReader log = log(launch, UTF_8)) {
      for (String line = log.readLine(); line != null; line = log.readLine()) {
        assertEquals(List.of(), schema.validate(line, InputFormat.JSON), line);
        JsonNode node = mapper.readTree(line);
        assertNotEquals("lost", node.get("type").asText(), line);
        if (!node.get("type").asText().equals("syscall")) {
          continue;
        }
        long tid = node.get("tid").asLong();
        String name = node.get("name").asText();
        if (name.equals(MARK)) {
          workerOf.put(tid, Integer.decode(node.get("args").get(0).get("raw").asText()));
        } else if (workerOf.containsKey(tid) && !name.equals("exit_group")) {
          calls[workerOf.get(tid)]++;
        }
      }
    }
    compare(workers, calls);
    Workspace.delete(launch.directory());
  }

  private static Launch launch(String backend, String bits, String options, int rounds)
      throws Exception {
    List<String> words = new ArrayList<>(List.of("--backend=" + backend, "-f", "-o", "log"));
    if (backend.equals("ebpf")) {
      EbpfNeeds.assume();
      words.add("--buffer=" + BUFFER); // nothing slows the workers down
    }
    words.addAll(Arrays.asList(options.split(" ")));
    words.addAll(
        List.of(
            Workspace.program("fuzz").toString(),
            bits,
            Long.toString(SEED),
            Integer.toString(rounds)));
    // 100 µs a call, and half a second for each worker that blocks
    return Launch.jstrace(words.toArray(new String[0])).timeout(60 + rounds);
  }

  /** The workers, by their numbers. */
  private static List<Worker> run(Launch launch) throws Exception {
    Launch.Outcome outcome = launch.run();
    assumeTrue(!outcome.status().equals(NO_NAMESPACES), outcome::err);
    assertEquals("exited 0", outcome.status(), outcome.err());
    assertEquals("", outcome.err());
    List<Worker> workers = new ArrayList<>();
    for (String line : outcome.out().split("\n")) {
      String[] words = line.split(" ");
      workers.add(new Worker(Long.parseLong(words[3]), !words[7].equals("0")));
    }
    return workers;
  }

  private static BufferedReader log(Launch launch, Charset charset) throws Exception {
    Path log = launch.directory().resolve("log");
    return Files.newBufferedReader(log, charset);
  }

  private static void compare(List<Worker> workers, long[] shown) {
    long calls = 0;
    for (int i = 0; i < shown.length; i++) {
      Worker worker = workers.get(i);
      // Killed between its count and the call (PR_SET_SYSCALL_USER_DISPATCH), it has not made it.
      long least = worker.calls - (worker.killed ? 1 : 0);
      assertTrue(
          shown[i] >= least && shown[i] <= worker.calls,
          "worker " + i + ": " + worker + ", calls shown: " + shown[i] + ", seed " + SEED);
      calls += worker.calls;
    }
    assertTrue(calls > 900, "calls made: " + calls);
  }

  private static boolean isPrintable(String line) {
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }

  private static Schema schema() throws Exception {
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    try (InputStream in = JsonSink.class.getResourceAsStream("trace.schema.json")) {
      return registry.getSchema(new String(in.readAllBytes(), UTF_8), InputFormat.JSON);
    }
  }
}
