// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.tables.Abi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The compiler that looks at C sources with the headers of an ABI. */
final class HeaderGcc {
  private HeaderGcc() {}

  /**
   * gcc with the headers of an ABI; for AArch64 those of its own, compiled as x86-64. {@code
   * -Djstrace.gcc.abi=ABI} and {@code -Djstrace.gcc=COMMAND} name another compiler for one ABI, and
   * skip the tests of the others. Skips the test where there are no headers.
   */
  static List<String> of(Abi abi) {
    String given = System.getProperty("jstrace.gcc.abi");
    List<String> command = new ArrayList<>();
    if (given != null) {
      assumeTrue(given.equals(abi.tableName()), "not of " + given);
      command.addAll(List.of(System.getProperty("jstrace.gcc", "gcc").split(" ")));
    } else {
      command.add("gcc");
    }
    command.addAll(List.of("-w", "-D_GNU_SOURCE", "-fsyntax-only"));
    if (given == null && abi == Abi.I386) {
      command.addAll(List.of("-m32", "-isystem", "/usr/include/x86_64-linux-gnu"));
    } else if (given == null && abi == Abi.AARCH64) {
      Path headers = Path.of("/usr/aarch64-linux-gnu/include");
      assumeTrue(
          Files.isDirectory(headers.resolve("asm")), "linux-libc-dev-arm64-cross is not installed");
      command.addAll(List.of("-U__x86_64__", "-D__aarch64__", "-nostdinc"));
      command.addAll(List.of("-isystem", headers.toString()));
    }
    return command;
  }
}
