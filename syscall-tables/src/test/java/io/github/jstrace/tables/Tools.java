// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the compiler and strace. */
final class Tools {
  /** What a process left: its standard output and error together. */
  record Result(int status, String output) {}

  private Tools() {}

  /** Skips the test if a program is not in the path. */
  static void need(String program) {
    for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":")) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return;
      }
    }
    assumeTrue(false, program + " is not installed");
  }

  static Result run(Path directory, List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return new Result(process.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * The gcc command that sees the headers of an ABI, without a cross compiler: only constants are
   * compiled. {@code -Djstrace.gcc.abi=ABI} and {@code -Djstrace.gcc=COMMAND} name another compiler
   * for one ABI, and skip the tests of the others. Skips the test if the headers are not there.
   */
  static List<String> gcc(Abi abi) {
    String given = System.getProperty("jstrace.gcc.abi");
    if (given != null) {
      assumeTrue(given.equals(abi.tableName()), "not of " + given);
      List<String> command =
          new ArrayList<>(List.of(System.getProperty("jstrace.gcc", "gcc").split(" ")));
      command.addAll(List.of("-w", "-D_GNU_SOURCE"));
      return command;
    }
    need("gcc");
    List<String> command = new ArrayList<>(List.of("gcc", "-w", "-D_GNU_SOURCE"));
    switch (abi) {
      case X86_64 -> {}
      case I386 -> command.addAll(List.of("-m32", "-isystem", "/usr/include/x86_64-linux-gnu"));
      case AARCH64 -> {
        Path headers = Path.of("/usr/aarch64-linux-gnu/include");
        assumeTrue(
            Files.isDirectory(headers.resolve("asm")),
            "linux-libc-dev-arm64-cross is not installed");
        String builtin =
            run(Path.of("/"), List.of("gcc", "-print-file-name=include")).output().trim();
        command.addAll(List.of("-U__x86_64__", "-D__aarch64__", "-nostdinc", "-isystem", builtin));
        command.addAll(List.of("-isystem", headers.toString()));
      }
    }
    return command;
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
