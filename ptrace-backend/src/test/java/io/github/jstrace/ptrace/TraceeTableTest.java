// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TraceeTableTest {
  @Test
  void agreesWithAHashMap() {
    Random random = new Random(1);
    TraceeTable table = new TraceeTable();
    Map<Integer, TraceeState> map = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      int tid = 1 + random.nextInt(3000);
      TraceeState known = map.get(tid);
      assertSame(known, table.get(tid));
      if (known == null) {
        TraceeState state = new TraceeState(new Tracee(tid, tid, TraceeMemory.NONE));
        table.add(state);
        map.put(tid, state);
      } else {
        table.remove(known);
        table.remove(known);
        map.remove(tid);
        assertNull(table.get(tid));
      }
      assertEquals(map.size(), table.size());
    }
    assertEquals(map.size(), table.all().length);
  }
}
