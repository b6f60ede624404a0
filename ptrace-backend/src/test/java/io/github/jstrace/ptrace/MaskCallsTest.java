// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
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

  /** The tables are compared with the kernel's headers elsewhere. */
  @ParameterizedTest
  @EnumSource(Abi.class)
  void agreesWithTheTables(Abi abi) {
    for (int number = 0; number < 500; number++) {
      Syscall row = SyscallTable.byNumber(abi, number);
      boolean expected = row != null && NAMES.contains(row.name());
      assertEquals(
          expected, MaskCalls.contains(abi.auditArch(), number), abi + " " + number + " " + row);
    }
  }

  @ParameterizedTest
  @EnumSource(Abi.class)
  void suspectsCallsOfUnknownAbis(Abi abi) {
    assertTrue(MaskCalls.contains(abi.auditArch() ^ 0x10000000, 0));
  }
}
