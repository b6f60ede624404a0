// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Where things are: the repository, the fixtures and what is built from them. */
public final class Workspace {
  private static final Path ROOT = findRoot();

  private Workspace() {}

  /** The top of the repository. */
  public static Path root() {
    return ROOT;
  }

  /** {@code integration-tests/target/differential}: binaries, work directories, reports. */
  public static Path output() {
    return module().resolve("target/differential");
  }

  public static Path fixtureSources() {
    return module().resolve("fixtures");
  }

  private static Path module() {
    return ROOT.resolve("integration-tests");
  }

  private static Path findRoot() {
    Path at = Path.of(System.getProperty("jstrace.root", "")).toAbsolutePath();
    while (at != null && !Files.isDirectory(at.resolve("integration-tests/fixtures"))) {
      at = at.getParent();
    }
    if (at == null) {
      throw new IllegalStateException(
          "not inside a jstrace checkout: " + Path.of("").toAbsolutePath());
    }
    return at;
  }

  /** The names of all fixtures, sorted; helpers such as {@code launch} are not among them. */
  public static List<String> fixtures() {
    try (Stream<Path> files = Files.list(fixtureSources())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".c") && !HELPERS.contains(name))
          .map(name -> name.substring(0, name.length() - 2))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Fixtures that make each call in many ways, all of which a seccomp filter answers ({@code
   * vary.h}); {@code i386_NAME} is the same source compiled for 32 bits.
   */
  public static final Set<String> VARIED =
      Set.of(
          "bpf",
          "clocks",
          "credentials",
          "devices",
          "mounts",
          "network",
          "options",
          "requests",
          "rings",
          "security",
          "storage",
          "waiting");

  private static final List<String> HELPERS =
      List.of(
          "arm32.c",
          "blocked.c",
          "crowd.c",
          "fuzz.c",
          "newcalls.c",
          "launch.c",
          "identity.c",
          "interrupted.c",
          "terminal.c",
          "unfollowed.c",
          "upheaval.c");

  /**
   * The program made from {@code integration-tests/fixtures/NAME.c}, compiled when it is older than
   * its source. A name that begins with {@code i386} is compiled for 32 bits; if it has a source of
   * its own, without a C library.
   */
  public static synchronized Path program(String name) {
    boolean second = name.startsWith("i386_") && VARIED.contains(name.substring(5));
    Path source = fixtureSources().resolve((second ? name.substring(5) : name) + ".c");
    Path program = output().resolve("bin").resolve(name);
    try {
      if (Files.exists(program)
          && !newer(source, program)
          && !newer(fixtureSources().resolve("fixture.h"), program)
          && !newer(fixtureSources().resolve("vary.h"), program)) {
        return program;
      }
      Files.createDirectories(program.getParent());
      Path fresh = program.resolveSibling(name + "." + ProcessHandle.current().pid());
      List<String> command =
          name.startsWith("i386") && !second
              ? List.of(
                  "gcc",
                  "-m32",
                  "-O1",
                  "-w",
                  "-static",
                  "-nostdlib",
                  "-ffreestanding",
                  "-fno-stack-protector",
                  "-fno-pic",
                  "-no-pie",
                  "-o",
                  fresh.toString(),
                  source.toString())
              : List.of(
                  "gcc",
                  second ? "-m32" : "-m64",
                  "-O1",
                  "-w",
                  "-D_GNU_SOURCE",
                  "-pthread",
                  "-o",
                  fresh.toString(),
                  source.toString(),
                  "-lrt");
      Process gcc = new ProcessBuilder(command).inheritIO().start();
      if (!gcc.waitFor(60, TimeUnit.SECONDS) || gcc.exitValue() != 0) {
        throw new IllegalStateException("cannot compile " + source);
      }
      Files.move(fresh, program, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static boolean newer(Path one, Path other) throws IOException {
    return Files.getLastModifiedTime(one).compareTo(Files.getLastModifiedTime(other)) > 0;
  }

  /** An empty directory, whatever was there before. */
  public static Path emptyDirectory(Path directory) throws IOException {
    delete(directory);
    return Files.createDirectories(directory);
  }

  /** Deletes {@code path} and everything below it. */
  public static void delete(Path path) throws IOException {
    if (!Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            // A fixture that died may have left a directory we may not read.
            Files.setPosixFilePermissions(directory, EnumSet.allOf(PosixFilePermission.class));
            return FileVisitResult.CONTINUE;
          }
        });
    List<Path> paths;
    try (Stream<Path> all = Files.walk(path)) {
      paths = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : paths) {
      Files.deleteIfExists(each);
    }
  }
}
