// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An installed launcher with an empty jar beside it, and Javas that only tell how they were run.
 */
final class LauncherSetup {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final Path launcher;

  LauncherSetup(Path directory) throws IOException {
    this.directory = directory.toRealPath();
    this.launcher = this.directory.resolve("bin/jstrace");
    Files.createDirectories(launcher.getParent());
    Files.copy(Path.of(System.getProperty("jstrace.root", ".."), "jstrace"), launcher);
    Files.createDirectories(jar().getParent());
    Files.createFile(jar());
    resource("caller.py", this.directory.resolve("caller.py"));
    java("java", "17.0.1");
  }

  Path directory() {
    return directory;
  }

  Path launcher() {
    return launcher;
  }

  Path jar() {
    return directory.resolve("lib/jstrace/lib/jstrace.jar");
  }

  /** A Java home of that name that claims that version. */
  Path java(String name, String version) throws IOException {
    Path home = directory.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"Nobody & Co\"\nJAVA_RUNTIME_VERSION=\""
            + version
            + "+7 test\"\nJAVA_VERSION=\""
            + version
            + "\"\nOS_ARCH=\"x86_64\"\n");
    Path program = home.resolve("bin/java");
    resource("java.py", program);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return home;
  }

  private static void resource(String name, Path to) throws IOException {
    try (InputStream in = LauncherSetup.class.getResourceAsStream("/launcher/" + name)) {
      if (in == null) {
        throw new IOException("no resource " + name);
      }
      Files.copy(in, to);
    }
  }

  Call call(String... command) {
    return new Call(List.of(command));
  }

  /** What a run of the launcher did. */
  record Outcome(int status, String stdout, String stderr, long pid, @Nullable JsonNode report) {
    /** The report of the Java that was started. */
    JsonNode java() {
      if (report == null) {
        throw new AssertionError("no Java was started, status " + status + ": " + stderr);
      }
      return report;
    }

    String property(String name) {
      return java().path("properties").path(name).asText("(absent)");
    }

    List<String> options() {
      List<String> options = new ArrayList<>();
      java().path("options").forEach(o -> options.add(o.asText()));
      return options;
    }

    /** The caller's environment as handed over, or null if it was not. */
    byte @Nullable [] callersEnvironment() {
      JsonNode hex = java().path("callersEnvironment");
      return hex.isNull() ? null : HexFormat.of().parseHex(hex.asText());
    }
  }

  /** One run of the launcher, in a state to be described. */
  final class Call {
    private final ObjectNode spec = JSON.createObjectNode();
    private final ArrayNode argv = spec.putArray("argv");
    private final ArrayNode environment = spec.putArray("env");
    private Path cwd = directory;
    private Path java = directory.resolve("java");

    private Call(List<String> command) {
      command.forEach(this::arg);
    }

    Call arg(String text) {
      return arg(text.getBytes(StandardCharsets.UTF_8));
    }

    Call arg(byte[] bytes) {
      argv.add(HexFormat.of().formatHex(bytes));
      return this;
    }

    Call env(String assignment) {
      return env(assignment.getBytes(StandardCharsets.UTF_8));
    }

    Call env(byte[] assignment) {
      environment.add(HexFormat.of().formatHex(assignment));
      return this;
    }

    /** Has JSTRACE_JAVA name the usual Java. */
    Call withJava() {
      return env("JSTRACE_JAVA=" + java);
    }

    /** Says which Java the report is expected from. */
    Call expecting(Path home) {
      java = home;
      return this;
    }

    Call numbers(String key, int... values) {
      ArrayNode array = spec.putArray(key);
      for (int value : values) {
        array.add(value);
      }
      return this;
    }

    Call in(Path directory) {
      cwd = directory;
      return this;
    }

    Outcome run() {
      try {
        Path report = java.resolve("bin/report");
        Files.deleteIfExists(report);
        Path out = directory.resolve("stdout");
        Path err = directory.resolve("stderr");
        Process process =
            new ProcessBuilder(
                    "python3",
                    directory.resolve("caller.py").toString(),
                    Files.writeString(directory.resolve("spec"), spec.toString()).toString())
                .directory(cwd.toFile())
                .redirectInput(Path.of("/dev/zero").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("the launcher hangs: " + spec);
        }
        return new Outcome(
            process.exitValue(),
            Files.readString(out),
            Files.readString(err),
            process.pid(),
            Files.exists(report) ? JSON.readTree(report.toFile()) : null);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }
}
