// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.it.differential.Workspace;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As the init of a pid namespace, under the {@code /proc} of another: {@code unshare -pf}. */
class PidNamespaceTest {
  private static final String JSTRACE = Workspace.root().resolve("jstrace").toString();

  @TempDir Path directory;

  private int unshare(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("unshare", "-Urpf"));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertTrue(ended, String.join(" ", words));
    return process.exitValue();
  }

  private void assumeNamespaces() throws Exception {
    assumeTrue(unshare("true") == 0, "user namespaces are forbidden here");
  }

  private List<String> traced(String tracer) throws Exception {
    int status =
        unshare(
            tracer,
            "-f",
            "-qq",
            "--decode-pids=pidns",
            "-y",
            "-o",
            "log",
            "-e",
            "signal=none",
            "-e",
            "trace=getpid,getpriority,fcntl,kill,read",
            "unshare",
            "-Urpf",
            "sh",
            "-c",
            "read x </dev/null; kill -0 $$; (kill -0 $PPID; nice >/dev/null); sh -c 'kill -0 $$'");
    String text = Files.readString(directory.resolve("log"), StandardCharsets.ISO_8859_1);
    List<String> lines = new ArrayList<>();
    for (String line : text.split("\n")) {
      if (!line.contains(".so") && !line.contains("DUPFD")) {
        lines.add(
            line.replaceAll("^[0-9]+ +", "PID ")
                .replaceAll("[0-9]+ in strace", "OURS in strace")
                .replaceAll("\\) += ", ") = "));
      }
    }
    lines.add("status " + status);
    return lines;
  }

  @Test
  void idsAreTranslatedUnderAForeignProc() throws Exception {
    assumeNamespaces();
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    String ours = String.join("\n", traced(JSTRACE));
    assertTrue(ours.contains("kill(1 /* OURS in strace's PID NS */, 0)"), ours);
    assertTrue(ours.contains("read(0</dev/null>"), ours);
    assertEquals(String.join("\n", traced("strace")), ours);
  }

  /** Who is given orphans waits for them. */
  /** As root of a privileged container: the kernel's programs know other ids, ptrace does not. */
  @Test
  void attachesByPtraceWhereProcessIdsAreNotTheMachines() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")));
    String attach = "sleep 1 & \"$0\" -p $! -e trace=none";
    Process process =
        new ProcessBuilder("unshare", "-pf", "--mount-proc", "sh", "-c", attach, JSTRACE)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    String said = Files.readString(directory.resolve("out"));
    assumeTrue(!said.startsWith("unshare:"), said);
    assertEquals(0, process.exitValue(), said);
    assertTrue(
        said.matches("jstrace: Process \\d+ attached\n\\+\\+\\+ exited with 0 \\+\\+\\+\n"), said);
  }

  @Test
  void orphansDoNotStayZombies() throws Exception {
    assumeNamespaces();
    String script =
        "(sh -c 'echo $$ >pid' &); i=0; while [ $i -lt 40 ]; do sleep 0.05; i=$((i+1));"
            + " [ -s pid ] && ! kill -0 $(cat pid) 2>/dev/null && exit 0; done; exit 7";
    assertEquals(0, unshare(JSTRACE, "-o", "log", "-e", "none", "sh", "-c", script));
    assertEquals(
        0, unshare(JSTRACE, "-f", "-o", "log", "-e", "trace=exit_group", "sh", "-c", script));
  }
}
