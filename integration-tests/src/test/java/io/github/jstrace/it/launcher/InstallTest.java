// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An installed copy is whole and needs nothing of the checkout that it came from. */
class InstallTest {
  private static final Path ROOT = Path.of(System.getProperty("jstrace.root", "..")).normalize();

  @TempDir static Path directory;
  private static Path prefix = Path.of("");

  private record Result(int status, String output) {}

  private static Result run(String... command) throws IOException, InterruptedException {
    return run(Map.of(), command);
  }

  private static Result run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile());
    // or shells have a look at the directory that is no longer theirs
    builder.environment().keySet().removeAll(List.of("PWD", "OLDPWD"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("hangs: " + String.join(" ", command));
    }
    return new Result(process.exitValue(), Files.readString(output));
  }

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    prefix = directory.toRealPath().resolve("prefix");
    Result result = run(ROOT.resolve("scripts/install.sh").toString(), "--prefix", "" + prefix);
    assertEquals("installed " + prefix + "/bin/jstrace\n", result.output());
    assertEquals(0, result.status());
  }

  private static String jstrace() {
    return prefix.resolve("bin/jstrace").toString();
  }

  @Test
  void installedCommandTraces() throws IOException, InterruptedException {
    Result result = run(jstrace(), "-e", "trace=openat", "cat", "/etc/hostname");
    assertEquals(0, result.status(), result.output());
    assertTrue(
        result.output().contains("openat(AT_FDCWD, \"/etc/hostname\", O_RDONLY) = 3\n"),
        result.output());
    assertTrue(result.output().endsWith("+++ exited with 0 +++\n"), result.output());
  }

  @Test
  void nothingOfTheCheckoutIsLookedAt() throws IOException, InterruptedException {
    Path log = directory.resolve("files");
    Result result = run("strace", "-f", "-o", log.toString(), "-e", "trace=%file", jstrace(), "-V");
    assertEquals(0, result.status(), result.output());
    List<String> looks = new ArrayList<>();
    for (String line : Files.readAllLines(log)) {
      if (line.contains("\"" + ROOT + "/")) {
        looks.add(line);
      }
    }
    assertEquals(List.of(), looks);
    assertTrue(Files.readString(log).contains("\"" + prefix + "/lib/jstrace/lib/jstrace.jar\""));
  }

  @Test
  void manPageAndCompletionsAreThere() throws IOException, InterruptedException {
    for (String file :
        new String[] {
          "share/man/man1/jstrace.1",
          "share/bash-completion/completions/jstrace",
          "share/zsh/site-functions/_jstrace",
          "share/fish/vendor_completions.d/jstrace.fish"
        }) {
      String text = Files.readString(prefix.resolve(file)).replace("\\-", "-");
      assertTrue(text.contains("summary-only"), file);
    }
    Result syntax =
        run("bash", "-n", prefix.resolve("share/bash-completion/completions/jstrace").toString());
    assertEquals("", syntax.output());
    assertEquals(0, syntax.status());
  }

  @Test
  void bashCompletes() throws IOException, InterruptedException {
    String completions = prefix.resolve("share/bash-completion/completions/jstrace").toString();
    Result result =
        run(
            "bash",
            "-c",
            """
            . "$0"
            COMP_WORDS=(jstrace --summary-o) COMP_CWORD=1 COMP_LINE='jstrace --summary-o' COMP_POINT=19
            function=$(complete -p jstrace | sed 's/.*-F \\([^ ]*\\).*/\\1/')
            $function jstrace --summary-o jstrace
            printf '%s\\n' "${COMPREPLY[@]}"
            """,
            completions);
    assertTrue(result.output().contains("--summary-only"), result.output());
  }

  @Test
  void stagedForAPackage() throws IOException, InterruptedException {
    Path stage = directory.resolve("stage");
    Result result =
        run(
            Map.of("DESTDIR", stage.toString()),
            ROOT.resolve("scripts/install.sh").toString(),
            "--prefix=/opt/jstrace");
    assertEquals("installed /opt/jstrace/bin/jstrace\n", result.output());
    assertTrue(Files.isExecutable(stage.resolve("opt/jstrace/bin/jstrace")));
    // it would name the staging directory
    assertFalse(Files.exists(stage.resolve("opt/jstrace/lib/jstrace/archive")));
    Result moved =
        run(
            Map.of("JSTRACE_ARCHIVE", "off"),
            stage.resolve("opt/jstrace/bin/jstrace").toString(),
            "true");
    assertEquals(0, moved.status(), moved.output());
    assertTrue(moved.output().startsWith("execve("), moved.output());
  }

  @Test
  void badUseIsOneLine() throws IOException, InterruptedException {
    String install = ROOT.resolve("scripts/install.sh").toString();
    assertEquals(
        new Result(1, "install.sh: unknown argument --bad (see --help)\n"), run(install, "--bad"));
    assertEquals(
        new Result(1, "install.sh: --prefix needs a directory\n"), run(install, "--prefix"));
    assertEquals(
        "install.sh: cannot write /proc/x/lib/jstrace\n",
        run(install, "--prefix", "/proc/x").output());
  }
}
