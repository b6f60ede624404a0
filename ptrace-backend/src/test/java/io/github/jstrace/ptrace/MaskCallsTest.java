// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MaskCallsTest {
  private static final Set<String> NAMES =
      Set.of(
          "sched_getaffinity",
          "sched_setaffinity",
          "clone",
          "clone3",
          "fork",
          "vfork",
          "execve",
          "execveat",
          "io_uring_setup");

  private static final Map<String, Integer> OPENING = Map.of("open", 0, "openat", 1, "openat2", 1);

  /** The tables are compared with the kernel's headers elsewhere. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void agreesWithTheTables(Abi abi) {
    for (int number = 0; number < 500; number++) {
      Syscall row = SyscallTable.byNumber(abi, number);
      int path = row == null ? -1 : OPENING.getOrDefault(row.name(), -1);
      assertEquals(path, MaskCalls.pathArgument(abi.auditArch(), number), abi + " " + number);
      boolean expected = row != null && NAMES.contains(row.name());
      assertEquals(
          expected, MaskCalls.contains(abi.auditArch(), number), abi + " " + number + " " + row);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/proc/self/status, true",
    "status, true",
    "../1/status, true",
    "/etc/passwd, false",
    "statuses, false",
    "/pro, false"
  })
  void suspectsFilesThatTellTheMask(String path, boolean expected) {
    FakeKernel kernel = new FakeKernel();
    kernel.number = 257;
    byte[] bytes = (path + "\0more").getBytes(StandardCharsets.US_ASCII);
    boolean found =
        new MaskCalls()
            .reveals(
                kernel,
                (address, into, offset, length) -> {
                  int count = Math.min(length, bytes.length);
                  System.arraycopy(bytes, 0, into, offset, count);
                  return count;
                });
    assertEquals(expected, found);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void suspectsCallsOfUnknownAbis(Abi abi) {
    assertTrue(MaskCalls.contains(abi.auditArch() ^ 0x10000000, 0));
  }
}
