// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.it.differential.Workspace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./jstrace} beside the installed strace, where both can be compared, and by itself. */
class CommandTest {
  private static final long PATIENCE_SECONDS = 60;

  @TempDir Path directory;

  /** What a run left: {@code status} is 128 + signal if one ended it. */
  private record Run(int status, String out, String err) {}

  private Run run(String... command) throws Exception {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .redirectInput(Path.of("/dev/null").toFile());
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), List.of(command).toString());
    return new Run(process.exitValue(), read(out), read(err));
  }

  private static String read(Path file) throws Exception {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  private Run jstrace(String... args) throws Exception {
    return run(with(Workspace.root().resolve("jstrace").toString(), args));
  }

  private static String[] with(String first, String... rest) {
    List<String> words = new ArrayList<>(List.of(first));
    words.addAll(List.of(rest));
    return words.toArray(new String[0]);
  }

  /**
   * Lines that begin with the tracer's name, which is replaced. {@code -p} need not seize: where
   * there is eBPF, that is taken.
   */
  private static List<String> messages(String err, String name) {
    return err.lines()
        .filter(line -> line.startsWith(name + ": ") || line.startsWith("Try '" + name))
        .map(line -> line.replace(name, "TRACER"))
        .map(line -> line.replaceAll("ptrace\\(PTRACE_SEIZE, ([0-9]+)\\)", "process $1"))
        .toList();
  }

  @Test
  void runsInADirectoryThatIsGone() throws Exception {
    Path gone = Files.createDirectory(directory.resolve("gone"));
    String calls = "cd " + gone + " && rmdir " + gone + " && exec \"$0\" -e trace=getcwd /bin/pwd";
    Run run = run("bash", "-c", calls, Workspace.root().resolve("jstrace").toString());
    assertEquals(1, run.status(), run.err());
    assertTrue(run.err().contains(" = -1 ENOENT (No such file or directory)\n"), run.err());
    assertTrue(run.err().endsWith("+++ exited with 1 +++\n"), run.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nosuchcommand",
        "./nosuchcommand",
        "/etc",
        "/etc/passwd",
        "-o /nosuch/file true",
        "-o /etc true",
        "-ff -o |cat true",
        "-u nosuchuser true",
        "-u nosuchuser -o /nosuch/file nosuch",
        "-o /nosuch/file nosuchcommand",
        "-p 99999999",
        "-e trace=none -p 99999999 true",
        "-p 99999998,99999999",
        "-c -C true",
        "--nosuch",
        "-e nosuch true",
        "-e trace=none -zz true",
        "-A -e none true",
        "--daemonize=SESSION -w true",
        "-DDDD -p 1",
        "--absolute-timestamps=,Unix,,precision:MS -w true",
        "--timestamps=format:s true",
        "-I Never -e status=FAILED --quiet=Exit --decode-fds=PATH --decode-pids=COMM -w true",
        "--relative-timestamps=MS --syscall-times=Ns --strings-in-hex=ALL -w true",
        "--seccomp-bpf -F -w true",
        "-e quiet=ALL true",
      })
  void saysAndReturnsWhatStraceDoes(String line) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    Run theirs = run(with("strace", line.split(" ")));
    Run ours = jstrace(line.split(" "));
    assertEquals(messages(theirs.err, "strace"), messages(ours.err, "jstrace"));
    assertEquals(theirs.status, ours.status);
    assertFalse(ours.err.contains("Exception"), ours.err);
  }

  @Test
  void saysAndReturnsWhatStraceDoesAboutWhatIsTooLong() throws Exception {
    saysAndReturnsWhatStraceDoes("x".repeat(4096));
    saysAndReturnsWhatStraceDoes("/" + "x".repeat(4095));
    saysAndReturnsWhatStraceDoes("-ff -o " + "x".repeat(4084) + " true");
    saysAndReturnsWhatStraceDoes("-e inject=chdir:poke_enter=@arg1=" + "0".repeat(2050) + " true");
  }

  /** Whatever is to be traced, calls that are none are shown; 470 is one since strace 6.1. */
  @ParameterizedTest
  @ValueSource(strings = {"none", "chdir", "%memory", "?nosuch"})
  void showsNumbersThatNoCallHas(String calls) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    String[] words = {"-e", "signal=none", "-e", "trace=" + calls, ""};
    words[4] = Workspace.program("unknown").toString();
    List<String> expected = oddCalls(run(with("strace", words)).err);
    assertTrue(expected.size() > 10, expected.toString());
    assertEquals(expected, oddCalls(jstrace(words).err));
  }

  private static List<String> oddCalls(String trace) {
    return trace
        .lines()
        .filter(line -> line.startsWith("syscall_") && !line.startsWith("syscall_0x1d6("))
        .toList();
  }

  /** Others see the tracer under the name that it was called by, and not as a Java. */
  @Test
  void isNamedAsItIsCalled() throws Exception {
    Path strange =
        Files.createSymbolicLink(directory.resolve("tracer"), Workspace.root().resolve("jstrace"));
    for (Path program : List.of(Workspace.root().resolve("jstrace"), strange)) {
      Run run = run(program.toString(), "-Y", "-e", "trace=getppid", "sh", "-c", ":");
      assertTrue(run.err.contains("<" + program.getFileName() + ">\n"), run.err);
    }
  }

  /** The first lines are strace's, but for the options that each of them needs. */
  @Test
  void debugSaysWhatTheKernelHas() throws Exception {
    List<String> said = jstrace("-d", "-e", "trace=none", "true").err.lines().toList();
    assertTrue(said.get(0).startsWith("jstrace: ptrace_setoptions = 0x"), said.get(0));
    assertEquals("jstrace: PTRACE_GET_SYSCALL_INFO works", said.get(1));
  }

  /** The addresses that execve is given look like those of other tracers: in 14 columns. */
  @Test
  void executesWithAddressesAsLongAsOthers() throws Exception {
    String line = jstrace("-e", "raw=execve", "-e", "trace=execve", "true").err;
    assertTrue(
        line.startsWith("execve(0x") && !System.getProperty("os.arch").equals("amd64")
            || line.matches("(?s)execve\\((0x[0-9a-f]{12}, ){2}0x[0-9a-f]{12}\\) = 0\n.*"),
        line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"exit 0", "exit 7", "exit 255", "kill -TERM $$", "kill -KILL $$", "kill -INT $$"})
  void endsAsItsCommandEnds(String script) throws Exception {
    assertEquals(
        run("sh", "-c", script).status, jstrace("-o", "/dev/null", "sh", "-c", script).status);
  }

  @Test
  void refusesItself() throws Exception {
    Run run = run("sh", "-c", "exec '" + Workspace.root().resolve("jstrace") + "' -p $$");
    assertEquals(1, run.status);
    assertEquals(1, run.err.lines().count(), run.err);
    assertTrue(run.err.contains("itself"), run.err);
  }

  @Test
  void writesToAFileOrAppends() throws Exception {
    Path log = directory.resolve("log");
    Files.writeString(log, "before\n");
    jstrace("-e", "trace=execve", "-A", "-o", log.toString(), "true");
    assertTrue(read(log).startsWith("before\nexecve(\""), read(log));
    jstrace("-e", "trace=execve", "-o", log.toString(), "true");
    assertTrue(read(log).startsWith("execve(\""), read(log));
  }

  @Test
  void writesToACommandAndWaitsForIt() throws Exception {
    Path log = directory.resolve("log");
    Run run =
        jstrace(
            "-e", "trace=execve", "-o", "|sleep 0.3; cat >" + log + "; echo done", "echo", "hi");
    assertTrue(read(log).contains("+++ exited with 0 +++"), read(log));
    assertEquals("hi\ndone\n", run.out);
    assertEquals("", run.err);
  }

  @Test
  void aCommandThatReadsNothingDoesNotStopTheTracee() throws Exception {
    Run run = jstrace("-o", "|exit 0", "sh", "-c", "echo alive; ls / >/dev/null; echo still");
    assertEquals(0, run.status);
    assertEquals("alive\nstill\n", run.out);
    assertTrue(run.err.lines().count() <= 1, run.err);
  }

  @Test
  void aFullDiskIsToldOnceAndDoesNotStopTheTracee() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/full")), "/dev/full is missing");
    Run run =
        jstrace("-f", "-o", "/dev/full", "sh", "-c", "ls / >/dev/null; ls / >/dev/null; echo end");
    assertEquals("end\n", run.out);
    assertEquals(
        List.of("TRACER: /dev/full: No space left on device"), messages(run.err, "jstrace"));
  }

  @Test
  void aFileForEachProcess() throws Exception {
    Path log = directory.resolve("log");
    jstrace(
        "-q",
        "-ff",
        "-e",
        "trace=execve",
        "-o",
        log.toString(),
        "sh",
        "-c",
        "/bin/true; /bin/true; :");
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> logs =
          files.filter(file -> file.getFileName().toString().startsWith("log.")).toList();
      assertEquals(3, logs.size(), logs.toString());
      for (Path file : logs) {
        assertTrue(read(file).startsWith("execve(\""), read(file));
        assertTrue(read(file).endsWith("+++ exited with 0 +++\n"), read(file));
      }
    }
  }

  @Test
  void changesOfTheEnvironment() throws Exception {
    Run run = jstrace("-o", "/dev/null", "-E", "A=1", "-E", "B=2", "-E", "A", "-E", "HOME", "env");
    assertFalse(run.out.contains("\nA=") || run.out.contains("\nHOME="), run.out);
    assertTrue(run.out.contains("B=2\n"), run.out);
  }

  @Test
  void jsonHasStdoutForItself() throws Exception {
    Run run = jstrace("--json", "echo", "hello");
    assertTrue(
        run.out.lines().allMatch(line -> line.startsWith("{") && line.endsWith("}")), run.out);
    assertTrue(run.err.contains("hello"), run.err);
    Path log = directory.resolve("log");
    assertEquals("hello\n", jstrace("--json", "-o", log.toString(), "echo", "hello").out);
    assertTrue(read(log).startsWith("{"), read(log));
  }

  @Test
  void namesThatAreNotUtf8() throws Exception {
    Path script = Files.writeString(directory.resolve("script"), "touch \"$1\"\n");
    // bytes that no encoding of text has: printf makes them, sh passes them on
    Run run =
        run(
            "sh",
            "-c",
            "name=$(printf 'a\\377\\200b'); cd '"
                + directory
                + "'; '"
                + Workspace.root().resolve("jstrace")
                + "' -e trace=execve sh "
                + script
                + " \"$name\" && ls | od -c");
    assertTrue(run.err.contains("\"a\\377\\200b\""), run.err);
    assertTrue(run.out.contains("a 377 200   b"), run.out);
  }

  /** The signal goes to jstrace alone, as kill(1) sends it. */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP"})
  void aFatalSignalEndsItWithWhatWasGathered(String signal) throws Exception {
    Path err = directory.resolve("err");
    Process process = tracingASleep(err);
    long sleep = process.children().findFirst().orElseThrow().pid();
    run("kill", "-" + signal, Long.toString(process.pid()));
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertTrue(process.exitValue() > 128, "status " + process.exitValue());
    String said = read(err);
    assertTrue(said.contains("<detached ...>"), said);
    assertTrue(said.contains("100.00"), said);
    for (int i = 0; i < 50 && Files.exists(Path.of("/proc/" + sleep)); i++) {
      Thread.sleep(100);
    }
    assertFalse(Files.exists(Path.of("/proc/" + sleep)), "the command got the signal too");
  }

  /** As by strace: what the caller has blocked stays blocked. */
  @Test
  void aSignalThatTheCallerBlocksDoesNotEndIt() throws Exception {
    Path err = directory.resolve("err");
    // not left to this JVM: JDK 17 blocks SIGQUIT for all that it starts, JDK 25 does not
    Process process = tracingASleep(err, "env", "--block-signal=QUIT");
    run("kill", "-QUIT", Long.toString(process.pid()));
    assertFalse(process.waitFor(500, TimeUnit.MILLISECONDS), "it ended");
    run("kill", "-TERM", Long.toString(process.pid()));
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertEquals(128 + 15, process.exitValue());
  }

  /** jstrace, once its command runs; started by {@code before}, if that is given. */
  private Process tracingASleep(Path err, String... before) throws Exception {
    List<String> command = new ArrayList<>(List.of(before));
    command.addAll(
        List.of(
            Workspace.root().resolve("jstrace").toString(),
            "-C",
            "sh",
            "-c",
            "echo ready; exec sleep 50"));
    Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
    assertEquals('r', process.getInputStream().read());
    Thread.sleep(300);
    return process;
  }

  @Test
  void withAnOutputFileSignalsAreTheCommandsAffair() throws Exception {
    Process process =
        new ProcessBuilder(
                Workspace.root().resolve("jstrace").toString(),
                "-o",
                "/dev/null",
                "sh",
                "-c",
                "echo ready; sleep 1; exit 3")
            .start();
    assertEquals('r', process.getInputStream().read());
    run("kill", "-INT", Long.toString(process.pid()));
    run("kill", "-QUIT", Long.toString(process.pid()));
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertEquals(3, process.exitValue());
  }

  @Test
  void lettingGoOfAProcess() throws Exception {
    Process victim = new ProcessBuilder("sleep", "50").start();
    try {
      Path err = directory.resolve("err");
      Process process =
          new ProcessBuilder(
                  Workspace.root().resolve("jstrace").toString(),
                  "--backend=ptrace",
                  "-p",
                  Long.toString(victim.pid()))
              .redirectError(err.toFile())
              .start();
      for (int i = 0; i < 300 && !read(err).contains("attached"); i++) {
        Thread.sleep(100);
      }
      run("kill", "-INT", Long.toString(process.pid()));
      assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
      assertEquals(130, process.exitValue());
      assertTrue(read(err).contains("Process " + victim.pid() + " detached"), read(err));
      assertTrue(victim.isAlive());
      String status = read(Path.of("/proc/" + victim.pid() + "/status"));
      assertTrue(status.contains("TracerPid:\t0\n"), status);
      assertTrue(status.contains("State:\tS"), status);
    } finally {
      victim.destroyForcibly();
    }
  }

  /**
   * A lambda, or a string joined by invokedynamic, costs 3 to 20 ms at its first use. Newer JDKs
   * make some of their own.
   */
  @ParameterizedTest
  @ValueSource(strings = {"-c true", "-o /dev/null ls /", "-f -y -tt -o /dev/null sh -c ls"})
  void aStartMakesNoLambdas(String line) throws Exception {
    Path log = directory.resolve("classes");
    String jstrace = Workspace.root().resolve("jstrace").toString();
    run(
        "sh",
        "-c",
        "JSTRACE_JAVA_OPTS=-Xlog:class+load:file=" + log + " exec '" + jstrace + "' " + line);
    List<String> made =
        read(log)
            .lines()
            .filter(text -> text.contains("$$Lambda") || text.contains("LambdaForm$MH/0x"))
            .filter(text -> Runtime.version().feature() == 17 || text.contains("jstrace"))
            .toList();
    assertEquals(List.of(), made);
  }

  @Test
  void helpAndVersion() throws Exception {
    Run help = jstrace("-h", "nonsense");
    assertEquals(0, help.status);
    assertTrue(help.out.startsWith("Usage: jstrace "), help.out);
    assertEquals("", help.err);
    Run version = jstrace("-V");
    assertEquals(0, version.status);
    assertTrue(version.out.startsWith("jstrace -- version "), version.out);
  }
}
