// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The C programs among the test resources, compiled. */
final class Fixtures {
  private static final Path DIRECTORY = Path.of("target", "fixtures");
  private static final Map<String, Path> BUILT = new HashMap<>();

  private Fixtures() {}

  /** Path of a compiled program; skips the test where there is no gcc. */
  static synchronized String path(String name) {
    Path program = BUILT.get(name);
    if (program == null) {
      assumeTrue(isInstalled("gcc"), "gcc is not installed");
      program = build(name);
      BUILT.put(name, program);
    }
    return program.toAbsolutePath().toString();
  }

  static boolean isInstalled(String command) {
    for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":")) {
      if (Files.isExecutable(Path.of(directory, command))) {
        return true;
      }
    }
    return false;
  }

  private static Path build(String name) {
    try {
      Files.createDirectories(DIRECTORY);
      Path source = DIRECTORY.resolve(name + ".c");
      try (InputStream in = Fixtures.class.getResourceAsStream("/" + name + ".c")) {
        assertNotNull(in, name + ".c");
        Files.write(source, in.readAllBytes());
      }
      Path program = DIRECTORY.resolve(name);
      Process gcc =
          new ProcessBuilder("gcc", "-O1", "-pthread", "-o", program.toString(), source.toString())
              .inheritIO()
              .start();
      assertEquals(0, gcc.waitFor(), "gcc " + source);
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
