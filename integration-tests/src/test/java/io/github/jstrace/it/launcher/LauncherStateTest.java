// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.launcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.jstrace.it.launcher.LauncherSetup.Call;
import io.github.jstrace.it.launcher.LauncherSetup.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The caller's state reaches Java, or a record of it does, whichever shell /bin/sh is. */
@Tag("any-java")
class LauncherStateTest {
  private static final int SIGQUIT = 3;
  private static final int SIGUSR1 = 10;
  private static final int SIGPIPE = 13;
  private static final int SIGRTMAX = 64;

  /** Shells that are /bin/sh somewhere. */
  enum Shell {
    DASH("dash"),
    /** As Fedora and Arch have it: told by its name to be a POSIX shell. */
    BASH("bash"),
    BUSYBOX("busybox");

    private final String program;

    Shell(String program) {
      this.program = program;
    }

    /** The start of a command, which the script's path is to follow. */
    Call call(LauncherSetup setup) throws IOException {
      Path found = null;
      for (String directory : new String[] {"/bin/", "/usr/bin/"}) {
        if (Files.isExecutable(Path.of(directory + program))) {
          found = Path.of(directory + program);
        }
      }
      assumeTrue(found != null, program + " is not installed");
      Path sh = setup.directory().resolve("shell").resolve("sh");
      Files.createDirectories(sh.getParent());
      Files.deleteIfExists(sh);
      return setup.call(Files.copy(found, sh).toString());
    }
  }

  @TempDir Path directory;
  private LauncherSetup setup;

  @BeforeEach
  void setUp() throws IOException {
    setup = new LauncherSetup(directory);
  }

  private Call launch(Shell shell) throws IOException {
    return shell.call(setup).arg(setup.launcher().toString());
  }

  @ParameterizedTest
  @EnumSource
  void argumentsArriveAsTheyAre(Shell shell) throws IOException {
    byte[] notUtf8 = {'a', (byte) 0xff, (byte) 0xe9, 0x01, 'b'};
    Outcome run =
        launch(shell)
            .arg("-e")
            .arg("")
            .arg(" b  c ")
            .arg("new\nline\n")
            .arg("*")
            .arg("$HOME`'\"\\")
            .arg("@file")
            .arg(notUtf8)
            .withJava()
            .run();
    String[] expected = {"-e", "", " b  c ", "new\nline\n", "*", "$HOME`'\"\\", "@file"};
    JsonNode args = run.java().path("args");
    assertEquals(expected.length + 1, args.size());
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          expected[i],
          new String(HexFormat.of().parseHex(args.get(i).asText()), StandardCharsets.UTF_8));
    }
    assertEquals(HexFormat.of().formatHex(notUtf8), args.get(expected.length).asText());
    assertEquals("", run.stdout() + run.stderr());
  }

  @ParameterizedTest
  @EnumSource
  void javaIsTheProcessThatTheCallerStarted(Shell shell) throws IOException {
    Outcome run = launch(shell).withJava().run();
    assertEquals(run.pid(), run.java().path("pid").asLong());
  }

  @ParameterizedTest
  @EnumSource
  void environmentIsHandedOverByteForByte(Shell shell) throws IOException {
    byte[][] environment = {
      bytes("ZED=1"),
      bytes("JSTRACE_JAVA=" + setup.directory().resolve("java")),
      bytes("PWD=/not/here"),
      bytes("OLDPWD=/nor/here"),
      bytes("SHLVL=7"),
      bytes("_=/bin/something"),
      bytes("IFS=x"),
      bytes("BASH_FUNC_module%%=() {  echo \"a\n b\"\n}"),
      bytes("no.identifier=1"),
      bytes("TWICE=1"),
      bytes("TWICE=2"),
      bytes("EMPTY="),
      bytes("noequals"),
      bytes("JAVA_TOOL_OPTIONS=-Dx=y"),
      bytes("LC_ALL=C"),
      {'B', '=', (byte) 0xff, 0x0a, (byte) 0xfe},
      bytes("A=last"),
    };
    Call call = launch(shell);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (byte[] assignment : environment) {
      call.env(assignment);
      expected.write(assignment);
      expected.write(0);
    }
    Outcome run = call.run();
    assertArrayEquals(expected.toByteArray(), run.callersEnvironment());
    assertFalse(run.java().path("environment").toString().contains("JAVA_TOOL_OPTIONS"));
  }

  @ParameterizedTest
  @EnumSource
  void aLargeEnvironmentTakesSeveralPipes(Shell shell) throws IOException {
    // an assignment can be no longer than 128 KiB
    String half = "x".repeat(90_000);
    Outcome run = launch(shell).withJava().env("L.1=" + half).env("L.2=" + half).run();
    String expected = "JSTRACE_JAVA=" + setup.directory().resolve("java") + "\0";
    expected += "L.1=" + half + "\0L.2=" + half + "\0";
    assertArrayEquals(bytes(expected), run.callersEnvironment());
    assertEquals("", run.stderr());
  }

  @ParameterizedTest
  @EnumSource
  void anEnvironmentTooLargeForAllPipesDoesNotStopIt(Shell shell) throws IOException {
    Call call = launch(shell).withJava();
    for (int i = 0; i < 6; i++) {
      call.env("LARGE" + i + "=" + "x".repeat(100_000));
    }
    Outcome run = call.run();
    assertNull(run.callersEnvironment());
    assertTrue(run.java().path("environment").toString().contains("LARGE5=xxx"));
    assertEquals("", run.stderr());
  }

  @ParameterizedTest
  @EnumSource
  void descriptorsOfTheCallerAreNamed(Shell shell) throws IOException {
    Outcome run = launch(shell).withJava().numbers("open", 3, 9, 10, 42, 255).run();
    String[] fds = run.property("fds").split(",");
    Arrays.sort(fds);
    assertArrayEquals(new String[] {"10", "255", "3", "42", "9"}, fds);
    assertEquals("", run.property("closedfds"));
    JsonNode open = run.java().path("fds");
    for (String fd : fds) {
      assertEquals("/etc/passwd", open.path(fd).asText());
    }
    assertEquals("/dev/zero", open.path("0").asText());
    // beside these only the pipe with the environment
    assertEquals(3 + 5 + 1, open.size(), open.toString());
    assertTrue(open.path(run.property("envfd")).asText().startsWith("pipe:"), open.toString());
  }

  @ParameterizedTest
  @EnumSource
  void noFreeDescriptorDoesNotStopIt(Shell shell) throws IOException {
    Outcome run = launch(shell).withJava().numbers("open", 3, 4, 5, 6, 7, 8, 9).run();
    assertNull(run.callersEnvironment());
    assertEquals("3,4,5,6,7,8,9", run.property("fds"));
  }

  @ParameterizedTest
  @EnumSource
  void closedDescriptorsAreNamedAndTakenByNothingElse(Shell shell) throws IOException {
    for (int[] closed : new int[][] {{0}, {1}, {2}, {0, 2}, {0, 1, 2}}) {
      Outcome run = launch(shell).withJava().numbers("close", closed).run();
      StringBuilder names = new StringBuilder();
      for (int fd : closed) {
        names.append(names.isEmpty() ? "" : ",").append(fd);
        assertEquals("/dev/null", run.java().path("fds").path("" + fd).asText());
      }
      assertEquals(names.toString(), run.property("closedfds"));
      assertEquals("", run.property("fds"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void signalsIgnoredAndBlockedAreNamed(Shell shell) throws IOException {
    Outcome run = launch(shell).withJava().run();
    assertEquals(0, signals(run, "sigign"));
    assertEquals(0, signals(run, "sigblk"));

    run =
        launch(shell)
            .withJava()
            .numbers("ignore", SIGPIPE, SIGRTMAX)
            .numbers("block", SIGUSR1)
            .run();
    assertEquals(bit(SIGPIPE) | bit(SIGRTMAX), signals(run, "sigign"));
    assertEquals(bit(SIGUSR1), signals(run, "sigblk"));

    // one that waits to be unblocked must not end a shell that unblocks what it starts
    run = launch(shell).withJava().numbers("block", SIGUSR1).numbers("raise", SIGUSR1).run();
    assertEquals(bit(SIGUSR1), signals(run, "sigblk"));

    // bash and busybox ignore it themselves, which must not be taken for the caller's doing
    run = launch(shell).withJava().numbers("ignore", SIGQUIT).run();
    assertEquals(bit(SIGQUIT), signals(run, "sigign"));
  }

  private static long signals(Outcome run, String property) {
    // 32 and 33 are the C library's own: a program cannot reset them, and ours may inherit them
    return Long.parseUnsignedLong(run.property(property), 16) & ~(bit(32) | bit(33));
  }

  private static long bit(int signal) {
    return 1L << (signal - 1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
