// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What came of one command under one tracer.
 *
 * @param status how the tracer ended: {@code exited 0}, {@code killed 15} or {@code timeout}
 * @param pid the tracer's process id
 * @param log what it wrote to {@code -o}, one element a line
 * @param stdout what command and tracer wrote to standard output
 * @param stderr what they wrote to standard error
 */
public record TracedRun(String status, long pid, List<String> log, String stdout, String stderr) {
  /** No command of ours takes longer than a few seconds, even traced on a busy machine. */
  private static final int TIMEOUT_SECONDS = 120;

  /**
   * Runs {@code command} under {@code tracer} in an empty directory, with a small fixed
   * environment, standard input from {@code /dev/null} and, where the system allows, no address
   * randomisation.
   */
  public static TracedRun of(Tracer tracer, List<String> options, Subject subject)
      throws IOException, InterruptedException {
    Path base = Workspace.output().resolve("work").resolve(subject.name());
    Path directory = Workspace.emptyDirectory(base.resolve("cwd"));
    Path results = Workspace.emptyDirectory(base.resolve(tracer.name()));
    subject.prepare(directory);

    Path log = results.resolve("log");
    Path status = results.resolve("status");
    List<String> command = new ArrayList<>();
    command.add(Workspace.program("launch").toString());
    command.addAll(
        List.of(
            "-r", "-S", "-t", Integer.toString(TIMEOUT_SECONDS), "-s", status.toString(), "--"));
    command.addAll(tracer.command());
    command.addAll(options);
    command.addAll(List.of("-o", log.toString()));
    command.addAll(subject.command());

    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    environment(builder.environment(), directory);
    builder.redirectInput(new File("/dev/null"));
    // One path for every tracer: the command can see where its descriptors lead.
    builder.redirectOutput(base.resolve("stdout").toFile());
    builder.redirectError(base.resolve("stderr").toFile());
    Process process = builder.start();
    if (!process.waitFor(TIMEOUT_SECONDS + 20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("launch did not end: " + command);
    }
    subject.cleanUp();

    long pid = 0;
    String ended = "not started";
    for (String line : text(status).split("\n")) {
      if (line.startsWith("pid ")) {
        pid = Long.parseLong(line.substring(4));
      } else if (!line.isEmpty()) {
        ended = line;
      }
    }
    return new TracedRun(
        ended, pid, logLines(log), text(base.resolve("stdout")), text(base.resolve("stderr")));
  }

  /** The environment of every traced command; the same each time, and short. */
  static void environment(Map<String, String> environment, Path directory) {
    Map<String, String> kept = new HashMap<>();
    for (String name : List.of("JAVA_HOME", "JSTRACE_JAVA")) {
      String value = environment.get(name);
      if (value != null) {
        kept.put(name, value);
      }
    }
    String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
    environment.clear();
    environment.putAll(kept);
    environment.put("PATH", path);
    environment.put("HOME", directory.toString());
    environment.put("PWD", directory.toString());
    environment.put("LANG", "C.UTF-8");
    environment.put("TERM", "dumb");
    environment.put("TZ", "UTC");
    // or every commit is another one
    environment.put("GIT_AUTHOR_DATE", "2020-01-01T00:00:00Z");
    environment.put("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z");
  }

  /** The lines of the log, or of {@code FILE.PID} files under {@code -ff}, with the id in front. */
  private static List<String> logLines(Path log) throws IOException {
    if (Files.exists(log)) {
      return lines(log);
    }
    Map<Long, Path> files = new TreeMap<>();
    try (var all = Files.newDirectoryStream(log.toAbsolutePath().getParent(), "log.*")) {
      for (Path file : all) {
        files.put(Long.valueOf(file.getFileName().toString().substring(4)), file);
      }
    }
    List<String> out = new ArrayList<>();
    for (Map.Entry<Long, Path> file : files.entrySet()) {
      String pid = Long.toString(file.getKey());
      for (String line : lines(file.getValue())) {
        out.add(pid + " ".repeat(Math.max(1, 6 - pid.length())) + line);
      }
    }
    return out;
  }

  private static List<String> lines(Path file) throws IOException {
    String text = text(file);
    if (text.isEmpty()) {
      return List.of();
    }
    List<String> out = new ArrayList<>(List.of(text.split("\n", -1)));
    if (out.get(out.size() - 1).isEmpty()) {
      out.remove(out.size() - 1);
    } else {
      out.set(out.size() - 1, out.get(out.size() - 1) + "<no newline>");
    }
    return out;
  }

  /** Bytes as characters: nothing a tracer writes may be lost by decoding it. */
  private static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
  }
}
