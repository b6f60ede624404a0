// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is not decoded has a reason, and only that. */
@Tag("any-java")
class CoverageTest {
  @Test
  void reasonsAreComplete() {
    Set<String> incomplete = new TreeSet<>();
    for (Abi abi : Abi.inTables()) {
      for (Coverage.Row row : new Coverage(abi).rows()) {
        if (row.degree() != Coverage.Degree.DECODED) {
          incomplete.add(row.syscall().name());
        }
      }
    }
    assertEquals(new TreeSet<>(Coverage.reasons().keySet()), incomplete);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void degreesAreToldApart(Abi abi) {
    int rows = 0;
    for (Coverage.Row row : new Coverage(abi).rows()) {
      rows++;
      switch (row.syscall().name()) {
        case "openat" -> assertEquals(Coverage.Degree.DECODED, row.degree());
        case "io_uring_register" -> {
          assertEquals(Coverage.Degree.PARTLY, row.degree());
          assertTrue(row.missing().toString().contains("IORING_REGISTER_SEND_MSG_RING"));
        }
        case "nfsservctl" -> assertEquals(Coverage.Degree.RAW, row.degree());
        default -> {}
      }
    }
    assertTrue(rows > 300, () -> abi + " has too few calls");
  }

  @Test
  void ioctlCommands() {
    Map<Integer, Coverage.Ioctls> families = new Coverage(Abi.X86_64).ioctls();
    Coverage.Ioctls terminals = families.get(0x54);
    assertTrue(terminals.decoded() > 50 && terminals.named() > terminals.decoded());
  }
}
