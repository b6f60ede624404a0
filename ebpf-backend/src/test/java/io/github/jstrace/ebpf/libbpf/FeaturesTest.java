// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said where something lacks: processes that really lack it. */
class FeaturesTest {
  @TempDir private Path directory;

  @Test
  void nothingLacksHere() {
    Needs.bpf();
    Needs.btf();
    assertDoesNotThrow(Features::check);
    List<String> before = Needs.openDescriptors();
    assertDoesNotThrow(Features::check);
    assertEquals(before, Needs.openDescriptors());
  }

  @Test
  void namesEachCapabilityThatLacks() throws Exception {
    Needs.bpf();
    needsCommand("setpriv");
    assertLacks(
        "lacks CAP_BPF and CAP_PERFMON:",
        run("setpriv", "--bounding-set", "-sys_admin,-bpf,-perfmon"));
    assertLacks("lacks CAP_PERFMON:", run("setpriv", "--bounding-set", "-sys_admin,-perfmon"));
    List<String> without = run("setpriv", "--bounding-set", "-sys_admin,-bpf");
    assertLacks("lacks CAP_BPF:", without);
  }

  @Test
  void eitherCapabilityForAllOrTheTwoAreEnough() throws Exception {
    Needs.bpf();
    Needs.btf();
    needsCommand("setpriv");
    assertEquals(
        List.of("available", "leaked 0", "map made"),
        run("setpriv", "--bounding-set", "-sys_admin"));
    assertEquals(
        List.of("available", "leaked 0", "map made"),
        run("setpriv", "--bounding-set", "-bpf,-perfmon"));
  }

  @Test
  void namesTheUserNamespace() throws Exception {
    Needs.bpf();
    needsCommand("unshare");
    assumeTrue(
        new ProcessBuilder("unshare", "-Ur", "true").start().waitFor() == 0,
        "needs user namespaces");
    assertLacks("user namespace", run("unshare", "-Ur"));
  }

  @Test
  void namesTheSeccompFilter() throws Exception {
    Needs.bpf();
    String program = compile("nobpf.c", "nobpf");
    assertLacks("a seccomp filter", run(program, "1"));
    assertLacks("a seccomp filter", run(program, "38"));
  }

  @Test
  void aSmallLimitOfLockedMemoryIsNoObstacle() throws Exception {
    Needs.bpf();
    Needs.btf();
    needsCommand("prlimit");
    assumeTrue(KernelFacts.read().isAtLeast(5, 11), "needs Linux 5.11");
    assertEquals(
        List.of("available", "leaked 0", "map made"), run("prlimit", "--memlock=4096:4096"));
  }

  @Test
  void namesALibraryThatIsMissing() {
    Unavailable e =
        assertThrows(Unavailable.class, () -> Libbpf.load("libbpf-that-is-not-there.so.1"));
    assertEquals(
        "the eBPF backend needs libbpf-that-is-not-there.so.1, which is not installed: install"
            + " libbpf 1.0 or newer (package libbpf1 or libbpf)",
        e.getMessage());
  }

  @Test
  void saysWhyALibraryCannotBeLoaded() throws IOException {
    Path broken = directory.resolve("broken.so");
    Files.writeString(broken, "this is no library");
    Unavailable e = assertThrows(Unavailable.class, () -> Libbpf.load(broken.toString()));
    assertTrue(e.getMessage().contains("cannot be loaded ("), e.getMessage());
    assertTrue(e.getMessage().contains("broken.so"), e.getMessage());
  }

  @Test
  void namesTheVersionOfALibraryThatIsTooOld() throws Exception {
    String old = compile("oldlibbpf.c", "old.so", "-shared", "-fPIC");
    Unavailable e = assertThrows(Unavailable.class, () -> Libbpf.load(old));
    assertEquals(
        "the eBPF backend needs libbpf 1.0 or newer, and the one installed is 0.8: install a newer"
            + " one (package libbpf1 or libbpf)",
        e.getMessage());
  }

  private static void assertLacks(String part, List<String> lines) {
    assertEquals(3, lines.size(), lines.toString());
    assertTrue(lines.get(0).contains(part), lines.toString());
    assertEquals("leaked 0", lines.get(1));
    assertTrue(lines.get(2).contains(part) || lines.get(2).equals("map made"), lines.toString());
  }

  private static void needsCommand(String command) {
    for (String path : System.getenv().getOrDefault("PATH", "/usr/bin").split(":")) {
      if (new File(path, command).canExecute()) {
        return;
      }
    }
    assumeTrue(false, "needs the command " + command);
  }

  /** Runs {@link FeaturesMain} by way of a command that takes something away. */
  private List<String> run(String... by) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(by));
    command.add(System.getProperty("java.home") + "/bin/java");
    command.add("-Xint");
    command.add("-XX:-UsePerfData");
    command.add("-XX:+UseSerialGC");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(FeaturesMain.class.getName());
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), command.toString());
    return Files.readAllLines(output);
  }

  private String compile(String source, String program, String... options) throws Exception {
    needsCommand("gcc");
    Path file = directory.resolve(source);
    try (InputStream in = FeaturesTest.class.getResourceAsStream("/" + source)) {
      assertNotNull(in, source);
      Files.writeString(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    Path result = directory.resolve(program);
    List<String> command = new ArrayList<>(List.of("gcc"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", result.toString(), file.toString()));
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), source);
    return result.toString();
  }
}
