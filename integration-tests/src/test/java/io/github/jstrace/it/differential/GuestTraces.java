// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.jstrace.core.json.JsonSink;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares traces that were made in an AArch64 system, of which {@code scripts/arm64-test.sh} gives
 * the directory; it calls this class by name, as it is no test of this machine. What is found goes
 * to the file {@code checks} beside the traces.
 */
class GuestTraces {
  private static final double PROMISED = 0.97;

  /** Of each fixture for itself: some have a few lines only, or newer constants than strace. */
  private static final double LEAST = 0.92;

  static List<Path> kernels() throws IOException {
    List<Path> out = new ArrayList<>();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(Path.of(System.getProperty("jstrace.guest.results", "")))) {
      all.forEach(out::add);
    }
    return out;
  }

  private static Subject subject(boolean steady) {
    return new Subject("guest", List.of(), steady) {
      @Override
      Normaliser.Addresses addresses() {
        return Normaliser.Addresses.AARCH64;
      }
    };
  }

  private static TracedRun run(Path results, String name) throws IOException {
    String status = "not started";
    long pid = 0;
    for (String line : Files.readAllLines(results.resolve(name + ".status"), ISO_8859_1)) {
      if (line.startsWith("pid ")) {
        pid = Long.parseLong(line.substring(4));
      } else {
        status = line;
      }
    }
    return new TracedRun(
        status,
        pid,
        Files.readAllLines(results.resolve(name), ISO_8859_1),
        Files.readString(results.resolve(name + ".stdout"), ISO_8859_1),
        Files.readString(results.resolve(name + ".stderr"), ISO_8859_1));
  }

  private static void tell(Path results, String text) throws IOException {
    Files.writeString(
        results.resolve("checks"),
        text + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** Compares the runs NAME.strace and NAME.jstrace, which are there. */
  private static Comparison compare(Path results, String name, String what) throws IOException {
    Comparison comparison =
        Comparison.of(
            subject(true),
            List.of("-f"),
            List.of(run(results, name + ".strace")),
            run(results, name + ".jstrace"));
    Files.writeString(
        results.resolve(name + ".diff"),
        comparison.summary() + "\n" + comparison.report(200),
        ISO_8859_1);
    tell(
        results,
        String.format(
            Locale.ROOT,
            "%s %s: %.2f %% of the lines are strace's (%d of %d)",
            comparison.countedShare() >= PROMISED ? "ok" : "FAILED",
            what,
            100 * comparison.share(),
            comparison.identicalLines(),
            comparison.lines()));
    assertTrue(
        comparison.countedShare() >= PROMISED,
        () -> comparison.summary() + "\n" + comparison.report(3));
    assertTrue(comparison.sameStatus(), comparison::summary);
    return comparison;
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void steadyFixtures(Path results) throws IOException {
    assumeTrue(Files.exists(results.resolve("fixtures.strace")));
    List<String> names =
        Files.readAllLines(Path.of(System.getProperty("jstrace.guest.steady", "")), UTF_8);
    Comparison comparison =
        compare(results, "fixtures", names.size() + " fixtures under -f through ptrace");
    assertTrue(comparison.sameOutput(), "output of the fixtures differs");
    List<String> less = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (comparison.shareOfChild(i + 1) < LEAST) {
        less.add(names.get(i) + " " + comparison.shareOfChild(i + 1));
      }
    }
    assertEquals(List.of(), less);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void variedFixtures(Path results) throws IOException {
    assumeTrue(Files.exists(results.resolve("varied.strace")));
    Comparison comparison =
        compare(results, "varied", "fixtures that vary every argument, through ptrace");
    assertTrue(comparison.sameOutput(), "output of the fixtures differs");
  }

  /** Threads and processes that race: each line must be one that strace shows, too. */
  @ParameterizedTest
  @MethodSource("kernels")
  void racingFixtures(Path results) throws IOException {
    assumeTrue(Files.exists(results.resolve("racing.strace")));
    List<TracedRun> references =
        List.of(
            run(results, "racing.strace"),
            run(results, "racing.strace1"),
            run(results, "racing.strace2"));
    Comparison comparison =
        Comparison.of(subject(false), List.of("-f"), references, run(results, "racing.jstrace"));
    Files.writeString(
        results.resolve("racing.diff"),
        comparison.summary() + "\n" + comparison.report(200),
        ISO_8859_1);
    tell(
        results,
        String.format(
            Locale.ROOT,
            "%s threads that race, under -f: %.2f %% of %d lines are among those of three runs of strace",
            comparison.countedShare() >= PROMISED ? "ok" : "FAILED",
            100 * comparison.knownShare(),
            comparison.lines()));
    assertTrue(
        comparison.countedShare() >= PROMISED,
        () -> comparison.summary() + "\n" + comparison.report(3));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void tampering(Path results) throws IOException {
    assumeTrue(Files.exists(results.resolve("tampered.strace")));
    Comparison comparison =
        compare(results, "tampered", "a fixture under five kinds of -e inject=");
    assertTrue(comparison.sameOutput(), "what the program sees of it differs");
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void filters(Path results) throws IOException {
    assumeTrue(Files.exists(results.resolve("filtered.strace")));
    compare(results, "filtered", "two fixtures under -f -e trace=, filtered in the kernel");
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void ebpfTrace(Path results) throws IOException {
    assumeTrue(Files.exists(results.resolve("ebpf.strace")));
    compare(results, "ebpf", "four fixtures under -f through eBPF");
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void json(Path results) throws IOException {
    Path trace = results.resolve("trace.json");
    assumeTrue(Files.exists(trace));
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    Schema schema;
    try (InputStream in = JsonSink.class.getResourceAsStream("trace.schema.json")) {
      schema = registry.getSchema(new String(in.readAllBytes(), UTF_8), InputFormat.JSON);
    }
    List<String> lines = Files.readAllLines(trace, UTF_8);
    assertTrue(lines.size() > 500, () -> lines.size() + " lines");
    for (String line : lines) {
      assertEquals(List.of(), schema.validate(line, InputFormat.JSON), line);
    }
    tell(results, "ok --json: " + lines.size() + " objects are valid by the schema");
  }
}
