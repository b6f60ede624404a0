// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A tracer to run, and how.
 *
 * @param name what reports call it
 * @param command the program, with any arguments that come before strace's own options
 */
public record Tracer(String name, List<String> command) {
  /** The installed strace. */
  public static Tracer strace() {
    String found = which("strace");
    if (found == null) {
      throw new IllegalStateException("strace is not installed (package strace)");
    }
    return new Tracer("strace", List.of(found));
  }

  /**
   * The tracer under test: system property {@code jstrace.launcher}, else the environment's {@code
   * JSTRACE_UNDER_TEST} (a command, split at blanks), else {@code ./jstrace} of this checkout.
   */
  public static Tracer underTest() {
    String given = System.getProperty("jstrace.launcher", System.getenv("JSTRACE_UNDER_TEST"));
    if (given != null && !given.isBlank()) {
      List<String> words = List.of(given.trim().split("\\s+"));
      String program = words.get(0);
      String found =
          program.indexOf('/') >= 0 ? Path.of(program).toAbsolutePath().toString() : which(program);
      if (found == null) {
        throw new IllegalStateException("tracer under test not found: " + program);
      }
      List<String> command = new java.util.ArrayList<>(words);
      command.set(0, found);
      return new Tracer("jstrace", List.copyOf(command));
    }
    Path launcher = Workspace.root().resolve("jstrace");
    if (!Files.isExecutable(launcher)) {
      throw new IllegalStateException(
          launcher + " is missing; JSTRACE_UNDER_TEST=strace lets strace stand in");
    }
    return new Tracer("jstrace", List.of(launcher.toString()));
  }

  /** The absolute path of {@code program} on {@code PATH}, or null. */
  public static String which(String program) {
    String path = System.getenv("PATH");
    for (String directory : (path == null ? "/usr/bin:/bin" : path).split(File.pathSeparator)) {
      Path candidate = Path.of(directory, program);
      // Version managers put shell scripts in front of the real thing; those would be traced.
      if (Files.isExecutable(candidate)
          && !Files.isDirectory(candidate)
          && !directory.contains("shims")) {
        return candidate.toString();
      }
    }
    return null;
  }
}
