// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A launched command finds what it would have found under the installed strace. */
class LaunchTest {
  @TempDir private Path dir;

  private final List<String> jvmOptions = new ArrayList<>();

  @BeforeEach
  void needsCompilerAndStrace() {
    assumeTrue(new File("/usr/bin/gcc").canExecute(), "needs gcc");
    assumeTrue(new File("/usr/bin/strace").canExecute(), "needs strace");
  }

  private Path compiled(String name) throws IOException, InterruptedException {
    Path source = dir.resolve(name + ".c");
    Path program = dir.resolve(name);
    try (InputStream in = LaunchTest.class.getResourceAsStream("/" + name + ".c")) {
      Files.copy(in, source);
    }
    assertEquals(0, run(List.of("/usr/bin/gcc", "-o", program.toString(), source.toString())));
    return program;
  }

  private int run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("output").toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("hangs: " + command);
    }
    return process.exitValue();
  }

  private List<String> ours(String... command) {
    List<String> all = new ArrayList<>();
    all.add(System.getProperty("java.home") + "/bin/java");
    all.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:-MaxFDLimit",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:-DumpPrivateMappingsInCore",
            "-XX:-DumpSharedMappingsInCore",
            "-Xlog:disable",
            "-Dstops=" + dir.resolve("stops")));
    if (Runtime.version().feature() >= 24) {
      all.add("--enable-native-access=ALL-UNNAMED"); // or it warns
    }
    all.addAll(jvmOptions);
    all.addAll(List.of("-cp", System.getProperty("java.class.path")));
    all.add("io.github.jstrace.linux.LaunchMain");
    all.addAll(List.of(command));
    return all;
  }

  private String text(String file) throws IOException {
    return new String(Files.readAllBytes(dir.resolve(file)), ISO_8859_1);
  }

  private void assertSameUnder(String state, List<String> straceOptions)
      throws IOException, InterruptedException {
    String wrapper = compiled("callerstate").toString();
    String probe = compiled("probe").toString();
    Files.copy(dir.resolve("probe"), dir.resolve("probe2"));
    List<String> reference = new ArrayList<>(List.of(wrapper, state, "/usr/bin/strace"));
    reference.addAll(straceOptions);
    String[] command = {"./probe", "result", "a b", "", "\u00e4\u4e2d"};
    reference.addAll(List.of("-o", "/dev/null"));
    reference.addAll(List.of(command));
    assertEquals(0, run(reference), () -> probe);
    String expected = text("result");
    Files.delete(dir.resolve("result"));
    List<String> actual = new ArrayList<>(List.of(wrapper, state));
    actual.addAll(ours(command));
    assertEquals(0, run(actual));
    assertTrue(expected.contains("env ") && expected.contains("rlimit 7 "), expected);
    assertEquals("", difference(expected, text("result")));
  }

  private static String difference(String expected, String actual) {
    List<String> one = new ArrayList<>(List.of(expected.split("\n")));
    List<String> other = new ArrayList<>(List.of(actual.split("\n")));
    if (one.equals(other)) {
      return "";
    }
    List<String> missing = new ArrayList<>(one);
    missing.removeAll(other);
    other.removeAll(one);
    return "missing " + missing + "\nadded " + other + "\nor another order";
  }

  @Test
  void nothingSpecial() throws IOException, InterruptedException {
    jvmOptions.add("-Djstrace.fds=5,17");
    assertSameUnder("o5,o17,n300,u18", List.of());
  }

  @Test
  void ignoredAndBlockedSignals() throws IOException, InterruptedException {
    long ignored = 0;
    StringBuilder state = new StringBuilder("b10,b2,b15,b34,b64");
    for (int signal : new int[] {1, 2, 3, 10, 12, 13, 17, 20, 25, 35, 63, 64}) {
      state.append(",i").append(signal);
      ignored |= Signals.maskOf(signal);
    }
    jvmOptions.add("-Djstrace.sigign=" + Long.toHexString(ignored));
    assertSameUnder(state.toString(), List.of());
  }

  @Test
  void closedDescriptors() throws IOException, InterruptedException {
    jvmOptions.add("-Djstrace.closedfds=0,2");
    jvmOptions.add("-Djstrace.fds=9");
    assertSameUnder("c0,c2,o9", List.of());
  }

  @Test
  void systemWithoutCloseRangeAndMemfd() throws IOException, InterruptedException {
    jvmOptions.add("-Djstrace.closedfds=2");
    jvmOptions.add("-Djstrace.fds=9,33");
    jvmOptions.add("-Doldsystem=true");
    assertSameUnder("c2,o9,o33", List.of());
    try (DirectoryStream<Path> left = Files.newDirectoryStream(Path.of("/tmp"), ".jstrace-*")) {
      assertFalse(left.iterator().hasNext());
    }
  }

  @Test
  void environmentFromThePipeOfTheLauncher() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c"));
    jvmOptions.add("-Djstrace.envfd=9");
    command.add("printf 'skip me\\nB=2\\0A=\\377\\0' | exec \"$@\" 9<&0");
    command.add("sh");
    command.addAll(ours("/usr/bin/env", "-0"));
    assertEquals(0, run(command));
    assertEquals("B=2\0A=\u00ff\0", text("output"));
  }

  @Test
  void oddEnvironment() throws IOException, InterruptedException {
    assertSameUnder("e", List.of());
  }

  @Test
  void anotherUser() throws IOException, InterruptedException {
    assumeTrue(Libc.get().geteuid() == 0, "needs root");
    Files.createFile(dir.resolve("result"));
    run(List.of("/bin/chmod", "-R", "a+rwX", dir.toString()));
    jvmOptions.add("-Duser=nobody");
    String wrapper = compiled("callerstate").toString();
    run(
        List.of(
            wrapper, "u0", "/usr/bin/strace", "-u", "nobody", "-o", "/dev/null", "/usr/bin/id"));
    String expected = text("output");
    List<String> actual = new ArrayList<>(List.of(wrapper, "u0"));
    actual.addAll(ours("/usr/bin/id"));
    run(actual);
    assertTrue(expected.contains("(nobody)"), expected);
    assertEquals(expected, text("output"));
  }

  @ParameterizedTest
  @CsvSource({"garbage,755,8", "garbage,644,13", "#!/no/such/interpreter,755,2"})
  void aCommandThatCannotBeExecuted(String contents, String mode, int errno)
      throws IOException, InterruptedException {
    assumeTrue(Libc.get().geteuid() != 0 || !mode.equals("000"));
    Files.writeString(dir.resolve("bad"), contents + "\n");
    run(List.of("/bin/chmod", mode, dir.resolve("bad").toString()));
    assertEquals(1, run(ours("./bad")));
    String stops = text("stops");
    assertTrue(stops.contains("exit -" + errno + "\n"), stops);
    assertTrue(stops.endsWith("failed 1 errno " + errno + "\n"), stops);
  }

  @Test
  void theOnlyExecveIsTheCommands() throws IOException, InterruptedException {
    assertEquals(0, run(ours("/bin/true")));
    String stops = text("stops");
    String entry = "entry " + Arch.current().sysExecve() + "\n";
    assertTrue(stops.contains(entry + "stop signal 5 event 4\n"), stops);
    assertEquals(stops.indexOf(entry), stops.lastIndexOf(entry), stops);
    assertFalse(stops.contains("exit -"), stops);
  }

  @Test
  void aFilterIsInForceInTheCommand() throws IOException, InterruptedException {
    jvmOptions.add("-Dfilter=060000000000ff7f"); // BPF_RET|BPF_K SECCOMP_RET_ALLOW
    assertEquals(0, run(ours("/bin/grep", "-E", "Seccomp:|NoNew", "/proc/self/status")));
    assertEquals("NoNewPrivs:\t1\nSeccomp:\t2\n", text("output"));
    String stops = text("stops");
    Arch arch = Arch.current();
    assertTrue(
        stops.contains(
            "entry %d\nstop signal 133 event 0 exit 0\nstop signal 133 event 0 entry %d\n"
                .formatted(arch.sysPrctl(), arch.sysSeccomp())),
        stops);
  }

  @Test
  void aBadFilterIsReported() throws IOException, InterruptedException {
    jvmOptions.add("-Dfilter=ffff00000000ff7f");
    assertEquals(1, run(ours("/bin/true")));
    String stops = text("stops");
    assertTrue(stops.endsWith("failed " + Launcher.STEP_SECCOMP + " errno 22\n"), stops);
  }

  @Test
  void environmentAndArgumentsMayBeLarge() throws IOException, InterruptedException {
    String large = "x".repeat(100_000);
    assertEquals(0, run(ours("/bin/sh", "-c", "test ${#1} = 100000", "sh", large, large, large)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1 SIGHUP",
        "2 SIGINT",
        "3 SIGQUIT",
        "5 SIGTRAP",
        "9 SIGKILL",
        "11 SIGSEGV",
        "12 SIGUSR2",
        "13 SIGPIPE",
        "34 SIGRT_2",
        "64 SIGRT_32"
      })
  void endsAsTheCommandEnded(String signal) throws IOException, InterruptedException {
    List<String> watched =
        new ArrayList<>(
            List.of(
                compiled("callerstate").toString(),
                "u0",
                "/usr/bin/strace",
                "-e",
                "trace=none",
                "-o",
                "end"));
    String[] numberAndName = signal.split(" ");
    watched.addAll(ours("/bin/sh", "-c", "kill -" + numberAndName[0] + " $$"));
    run(watched);
    String end = text("end");
    assertTrue(end.endsWith("+++ killed by " + numberAndName[1] + " +++\n"), end);
  }

  @Test
  void exitStatusIsTheCommands() throws IOException, InterruptedException {
    assertEquals(42, run(ours("/bin/sh", "-c", "exit 42")));
  }
}
