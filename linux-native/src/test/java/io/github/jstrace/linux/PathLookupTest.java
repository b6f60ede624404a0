// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finds the file that the installed strace finds. */
class PathLookupTest {
  @TempDir private Path dir;

  @BeforeEach
  void makeCommands() throws IOException {
    for (String name : new String[] {"a/cmd", "b/cmd", "plain/cmd", "c/sub/cmd"}) {
      Path file = dir.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "#!/bin/sh\n");
      assertTrue(file.toFile().setExecutable(!name.startsWith("plain")));
    }
    Files.createDirectories(dir.resolve("directory/cmd"));
  }

  private String straces(String name, String path) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("/usr/bin/strace", "-s", "9999", "-e", "trace=execve", name);
    builder.environment().put("PATH", path);
    Process process =
        builder.directory(dir.resolve("a").toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    if (output.startsWith("execve(\"")) {
      return output.substring(8, output.indexOf('"', 8));
    }
    return output.replaceAll("(?s).*': (.*)\n", "$1");
  }

  private String ours(String name, String path) {
    PathLookup lookup = new PathLookup(Libc.get());
    int result = lookup.find(bytes(name), bytes(path));
    if (result == 0) {
      return new String(lookup.path(), StandardCharsets.UTF_8);
    }
    return switch (-result) {
      case Errno.ENOENT -> "No such file or directory";
      case Errno.ENOTDIR -> "Not a directory";
      default -> "errno " + -result;
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void agreesWithStrace() throws IOException, InterruptedException {
    assumeTrue(new File("/usr/bin/strace").canExecute(), "needs strace");
    String d = dir.toString();
    String[] paths = {
      d + "/a",
      d + "/a/",
      d + "/b:" + d + "/a",
      d + "/nothing:" + d + "/a",
      d + "/plain:" + d + "/b",
      d + "/directory:" + d + "/b",
      d + "/plain",
      d + "/directory",
      "/",
      d + "/nothing:",
    };
    for (String path : paths) {
      assertEquals(straces("cmd", path), ours("cmd", path), path);
      assertEquals(straces("sub/cmd", path), ours("sub/cmd", path), path);
    }
    for (String name : new String[] {d + "/a/cmd", d + "/a/cmd/x", d + "/none", d + "/directory"}) {
      assertEquals(straces(name, "/bin"), ours(name, "/bin"), name);
    }
  }

  @Test
  void nothingIsFoundWithoutAPath() {
    assertEquals("No such file or directory", ours("cmd", ""));
    assertEquals("errno " + Errno.ENAMETOOLONG, ours("x".repeat(5000), "/bin"));
    assertEquals(-Errno.ENOENT, new PathLookup(Libc.get()).find(bytes("cmd"), null));
  }
}
