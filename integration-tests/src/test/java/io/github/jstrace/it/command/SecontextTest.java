// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.it.differential.Workspace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code --secontext}, as the manual of strace 7.2 describes it, on files whose contexts root gives
 * them: no SELinux is needed for that.
 */
@Tag("any-java")
class SecontextTest {
  private static final String CONTEXT = "staff_u:object_r:some_type_t:s0";

  /** A policy, in a namespace of mounts of its own. */
  private static final String WITH_POLICY =
      """
      mount -t tmpfs none /etc/selinux && mkdir -p /etc/selinux/test/contexts/files &&
      printf 'SELINUX=permissive\\nSELINUXTYPE=test\\n' >/etc/selinux/config &&
      printf '/.* -- system_u:object_r:other_type_t:s0\\n/.* -d %s\\n' \
        >/etc/selinux/test/contexts/files/file_contexts && exec "$@"
      """
          .formatted(CONTEXT);

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void giveContexts() throws Exception {
    file = Files.createFile(directory.resolve("file"));
    String set = "import os, sys\nfor f in sys.argv[2:]: os.setxattr(f, 'security.selinux',";
    List<String> words = new ArrayList<>(List.of("python3", "-c"));
    words.add(set + " sys.argv[1].encode() + b'\\0')");
    words.addAll(List.of(CONTEXT, file.toString(), directory.toString()));
    assumeTrue(run(words) == 0, "attributes of this name cannot be set here");
  }

  private int run(List<String> words) throws Exception {
    Process process =
        new ProcessBuilder(words)
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), words.toString());
    return process.exitValue();
  }

  /** The last line about a file of ours. */
  private String openat(List<String> before, String... options) throws Exception {
    List<String> words = new ArrayList<>(before);
    words.add(Workspace.root().resolve("jstrace").toString());
    words.addAll(List.of(options));
    words.addAll(List.of("-a", "1", "-e", "signal=none", "-e", "trace=openat", "cat"));
    words.add(file.toString());
    assertEquals(0, run(words), () -> words.toString());
    String[] lines =
        Files.readString(directory.resolve("err"), StandardCharsets.ISO_8859_1).split("\n");
    return lines[lines.length - 2];
  }

  private String line(String context) {
    return "openat(AT_FDCWD, \"" + file + "\"" + context + ", O_RDONLY) = 3" + context;
  }

  @Test
  void typesOrAllOfContexts() throws Exception {
    assertEquals(line(" [some_type_t]"), openat(List.of(), "--secontext"));
    assertEquals(line(" [some_type_t]"), openat(List.of(), "-e", "secontext=!full,mismatch"));
    assertEquals(line(" [" + CONTEXT + "]"), openat(List.of(), "--secontext=full"));
    assertEquals(line(""), openat(List.of()));
  }

  /** Where there is no policy, that is said, and nothing is compared. */
  @Test
  void whatThePolicyHasInstead() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/etc/selinux")), "no place for a policy");
    List<String> policy = List.of("unshare", "-m", "sh", "-c", WITH_POLICY, "sh");
    List<String> probe = new ArrayList<>(policy);
    probe.add("true");
    assumeTrue(run(probe) == 0, "may not mount a policy");
    List<String> library =
        List.of("python3", "-c", "import ctypes; ctypes.CDLL('libselinux.so.1')");
    assumeTrue(run(library) == 0, "libselinux is not installed");
    assertEquals(line(" [some_type_t!!other_type_t]"), openat(policy, "--secontext=mismatch"));
    assertEquals(
        line(" [" + CONTEXT + "!!system_u:object_r:other_type_t:s0]"),
        openat(policy, "--secontext=full,mismatch"));
    // a directory has what it ought to have
    List<String> open = new ArrayList<>(policy);
    open.add(Workspace.root().resolve("jstrace").toString());
    open.addAll(
        List.of("--secontext=mismatch", "-e", "trace=chdir", "sh", "-c", "cd " + directory));
    assertEquals(0, run(open));
    String said = Files.readString(directory.resolve("err"));
    assertTrue(said.startsWith("chdir(\"" + directory + "\" [some_type_t])"), said);
  }
}
