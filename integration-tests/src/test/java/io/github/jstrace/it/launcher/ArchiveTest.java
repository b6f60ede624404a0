// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive of loaded classes comes of itself, and nobody notices its making. */
class ArchiveTest {
  private static final Path ROOT = Path.of(System.getProperty("jstrace.root", "..")).normalize();
  private static final Path JAVA = Path.of(System.getProperty("java.home"));
  private static final long PATIENCE_SECONDS = 100;

  @TempDir private Path temporary;
  private Path directory = Path.of("");
  private Path home = Path.of("");

  /** An installed copy that has no archive. */
  @BeforeEach
  void install() throws IOException, InterruptedException {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));
    directory = temporary.toRealPath();
    home = directory.resolve("lib/jstrace");
    Files.createDirectories(directory.resolve("bin"));
    Files.createDirectories(home);
    Path built = ROOT.resolve("cli/target/jstrace");
    run(Map.of(), "cp", "-R", "" + built.resolve("lib"), "" + home);
    run(Map.of(), "cp", "-p", "" + built.resolve("built"), "" + home);
    Files.copy(ROOT.resolve("scripts/make-archives.sh"), home.resolve("make-archives.sh"));
    Files.copy(ROOT.resolve("jstrace"), directory.resolve("bin/jstrace"));
  }

  /** Or it would go on in a directory that is about to be removed. */
  @AfterEach
  void awaitMaker() throws IOException, InterruptedException {
    await(() -> !Files.exists(home.resolve("archive/making")));
  }

  private record Result(int status, String output) {}

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Condition condition) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < end, "never comes true");
      Thread.sleep(50);
    }
  }

  private Result run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HOME", "/nonexistent");
    builder.environment().remove("XDG_CACHE_HOME");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes());
    return new Result(process.waitFor(), output);
  }

  private Result trace(Map<String, String> environment) throws IOException, InterruptedException {
    return run(environment, "" + directory.resolve("bin/jstrace"), "-e", "trace=none", "true");
  }

  /** Whether a start with that environment takes its classes from an archive. */
  private boolean startsFromArchive(String... before) throws IOException, InterruptedException {
    Path log = directory.resolve("classes.log");
    List<String> command = new ArrayList<>(List.of(before));
    command.addAll(List.of("" + directory.resolve("bin/jstrace"), "-o", "/dev/null", "true"));
    Result result =
        run(
            Map.of("JSTRACE_JAVA_OPTS", "-Xlog:class+load:file=" + log),
            command.toArray(new String[0]));
    assertEquals(new Result(0, ""), result);
    for (String line : Files.readAllLines(log)) {
      if (line.contains("jstrace.cli.Main ")) {
        return line.contains("shared objects file");
      }
    }
    throw new AssertionError("no such class in " + log);
  }

  private static List<String> in(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  private static boolean hasArchive(Path archives) throws IOException {
    List<String> names = in(archives);
    if (names.isEmpty() || names.contains("making")) {
      return false;
    }
    return in(archives.resolve(names.get(0))).stream().anyMatch(n -> n.startsWith("classes."));
  }

  @Test
  void firstStartHasItMadeInTheBackground() throws IOException, InterruptedException {
    Path maker = home.resolve("make-archives.sh");
    Files.writeString(maker, "sleep 1\n" + Files.readString(maker));
    Path archives = home.resolve("archive");
    // whoever waits for the end of this output waits for all who have descriptor 12
    String script = "exec 12>&1; \"$0\" -o /dev/null true";
    Result result = run(Map.of(), "bash", "-c", script, "" + directory.resolve("bin/jstrace"));
    assertFalse(hasArchive(archives), "the first start waited for it");
    assertEquals(new Result(0, ""), result);
    await(() -> hasArchive(archives));
    List<String> made = in(archives);
    assertEquals(1, made.size(), made::toString);
    assertTrue(startsFromArchive());
    assertEquals(made, in(archives));
  }

  @Test
  void otherJarsHaveAnother() throws IOException, InterruptedException {
    Path archives = home.resolve("archive");
    trace(Map.of());
    await(() -> hasArchive(archives));
    List<String> first = in(archives);
    Files.createDirectories(archives.resolve("99+1.1"));
    Files.writeString(archives.resolve("99+1.1/made"), home + "\n/nonexistent\n");
    // older, as after going back to another version of a package
    Files.setLastModifiedTime(home.resolve("built"), FileTime.fromMillis(1_000_000_000_000L));
    assertFalse(startsFromArchive());
    await(() -> hasArchive(archives) && !in(archives).contains(first.get(0)));
    assertEquals(1, in(archives).size(), () -> "what nobody uses any more is left");
    assertTrue(startsFromArchive());
  }

  @Test
  void sameJarsByAnotherName() throws IOException, InterruptedException {
    Path archives = home.resolve("archive");
    trace(Map.of());
    await(() -> hasArchive(archives));
    Path alias = directory.resolve("alias");
    Files.createSymbolicLink(alias, directory);
    directory = alias;
    assertTrue(startsFromArchive());
  }

  @Test
  void failureIsNotRepeated() throws IOException, InterruptedException {
    Path java = directory.resolve("java");
    Files.createDirectories(java.resolve("bin"));
    Files.copy(JAVA.resolve("release"), java.resolve("release"));
    Path program = java.resolve("bin/java");
    Path failures = directory.resolve("failures");
    Files.writeString(
        program,
        "#!/bin/sh\ncase $* in *-Xshare:dump* | *AOTCacheOutput*) echo $$ >>"
            + failures
            + "; exit 1 ;; esac\nexec "
            + JAVA
            + "/bin/java \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Map<String, String> environment = Map.of("JSTRACE_JAVA", "" + java);
    Path archives = home.resolve("archive");
    String expected = "+++ exited with 0 +++\n";
    assertEquals(new Result(0, expected), trace(environment));
    await(() -> in(archives).size() == 1 && !in(archives).contains("making"));
    List<String> note = in(archives);
    assertEquals(List.of("made", "retry"), in(archives.resolve(note.get(0))));
    assertEquals(new Result(0, expected), trace(environment));
    Thread.sleep(1000); // a second try would have begun
    assertEquals(note, in(archives));
    assertEquals(1, Files.readAllLines(failures).size());
    // but not for ever
    Files.setLastModifiedTime(
        archives.resolve(note.get(0)).resolve("retry"), FileTime.fromMillis(1_000_000_000_000L));
    assertEquals(new Result(0, expected), trace(environment));
    await(() -> Files.readAllLines(failures).size() == 2);
    await(() -> !in(archives).contains("making"));
  }

  @Test
  void whoCannotWriteThereHasOneOfTheirOwn() throws IOException, InterruptedException {
    Path cache = directory.resolve("user");
    Files.createDirectory(cache);
    List<String> asUser = new ArrayList<>();
    if (Files.isWritable(Path.of("/proc/1/oom_score_adj"))) {
      run(Map.of(), "chown", "65534:65534", "" + cache);
      asUser.addAll(
          List.of(
              "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"));
    } else {
      run(Map.of(), "chmod", "a-w", "" + home);
    }
    asUser.addAll(List.of("env", "HOME=" + cache));
    String[] before = asUser.toArray(new String[0]);
    assertFalse(startsFromArchive(before));
    Path archives = cache.resolve(".cache/jstrace");
    await(() -> hasArchive(archives));
    assertTrue(startsFromArchive(before));
    assertEquals(List.of(), in(home.resolve("archive")));
    if (before.length > 2) { // we are root, and it is not for us
      Files.createDirectory(home.resolve("archive"));
      assertFalse(startsFromArchive("env", "HOME=" + cache));
    }
    run(Map.of(), "chmod", "u+w", "" + home);
  }
}
