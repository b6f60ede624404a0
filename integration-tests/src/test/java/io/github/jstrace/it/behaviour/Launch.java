// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import io.github.jstrace.it.differential.Tracer;
import io.github.jstrace.it.differential.Workspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Starts a tracer through the {@code launch} program, which sets its state and tells its end. */
final class Launch {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Path directory;
  private final List<String> command;
  private final List<String> state = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private boolean onlyThisEnvironment;
  private int seconds = 60;
  private Path stdin = Path.of("/dev/null");
  private Path stdout;

  /**
   * How a command ended ({@code exited 0}, {@code killed 15}, {@code timeout}) and what it said.
   */
  record Outcome(String status, String out, String err) {}

  /** A started command. */
  record Running(Process process, Path directory, Path stdout) {
    /** The tracer's process id. */
    long pid() throws IOException, InterruptedException {
      return Long.parseLong(awaitLine(directory.resolve("status"), "pid ").substring(4));
    }

    Outcome await() throws IOException, InterruptedException {
      if (!process.waitFor(300, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("launch did not end");
      }
      String status = "not started";
      for (String line : Files.readAllLines(directory.resolve("status"))) {
        if (!line.startsWith("pid ")) {
          status = line;
        }
      }
      return new Outcome(status, text(stdout), text(directory.resolve("stderr")));
    }
  }

  /** The given tracer with options and command in {@code words}. */
  Launch(Tracer tracer, String... words) throws IOException {
    directory =
        Workspace.emptyDirectory(
            Workspace.output()
                .resolve(
                    "behaviour/" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet()));
    stdout = directory.resolve("stdout");
    command = new ArrayList<>(tracer.command());
    command.addAll(List.of(words));
  }

  static Launch jstrace(String... words) throws IOException {
    return new Launch(Tracer.underTest(), words);
  }

  static Launch strace(String... words) throws IOException {
    return new Launch(Tracer.strace(), words);
  }

  /** Options of {@code launch} itself, such as {@code -i 13} to ignore SIGPIPE. */
  Launch with(String... options) {
    state.addAll(List.of(options));
    return this;
  }

  Launch timeout(int seconds) {
    this.seconds = seconds;
    return this;
  }

  Launch stdout(Path file) {
    stdout = file;
    return this;
  }

  Launch stdin(Path file) {
    stdin = file;
    return this;
  }

  /** The environment, all of it. */
  Launch environment(Map<String, String> variables) {
    onlyThisEnvironment = true;
    environment.putAll(variables);
    return this;
  }

  /** Where the command runs, and where its output is kept. */
  Path directory() {
    return directory;
  }

  Running start() throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Workspace.program("launch").toString());
    words.addAll(
        List.of(
            "-S", "-t", Integer.toString(seconds), "-s", directory.resolve("status").toString()));
    words.addAll(state);
    words.add("--");
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    if (onlyThisEnvironment) {
      builder.environment().clear();
    }
    builder.environment().putAll(environment);
    builder.redirectInput(stdin.toFile());
    builder.redirectOutput(stdout.toFile());
    builder.redirectError(directory.resolve("stderr").toFile());
    return new Running(builder.start(), directory, stdout);
  }

  Outcome run() throws IOException, InterruptedException {
    return start().await();
  }

  /** Waits until a line of {@code file} begins with {@code start}, and returns it. */
  static String awaitLine(Path file, String start) throws IOException, InterruptedException {
    for (int i = 0; i < 1500; i++) {
      for (String line : text(file).split("\n")) {
        if (line.startsWith(start)) {
          return line;
        }
      }
      Thread.sleep(20);
    }
    throw new IllegalStateException("no line '" + start + "' in " + file + ": " + text(file));
  }

  static String text(Path file) throws IOException {
    return Files.isRegularFile(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
  }
}
