// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErrnoAndSignalsTest {
  /** strace 6.1 has no name for it. */
  private static final int ENOPARAM = 519;

  @TempDir private Path directory = Path.of("/");

  /** Name and message of every number, as strace shows a call that fails with it. */
  @Test
  void errorsAreThoseOfStrace() {
    List<String> wrong = new ArrayList<>();
    Syscall sync = SyscallTable.byName("sync").get(0);
    List<StraceProbes.Call> calls = new ArrayList<>();
    for (int i = 1; i <= 531; i++) {
      calls.add(new StraceProbes.Call(sync.number(Abi.X86_64)));
    }
    // One rule holds for one call only, so that the error is chosen by the call's number.
    List<StraceProbes.Call> distinct = new ArrayList<>();
    List<String> rules = new ArrayList<>();
    rules.add("!execve:error=ENOSYS");
    List<Integer> errors = new ArrayList<>();
    List<Syscall> rows = SyscallTable.all();
    int next = 1;
    while (next <= calls.size()) {
      distinct.clear();
      errors.clear();
      rules.subList(1, rules.size()).clear();
      for (int i = 0; i < rows.size() && next <= calls.size(); i++) {
        Syscall row = rows.get(i);
        int number = row.number(Abi.X86_64);
        if (number >= 0 && number < 335 && !row.name().startsWith("exec")) {
          distinct.add(new StraceProbes.Call(number));
          rules.add(row.name() + ":error=" + next);
          errors.add(next++);
        }
      }
      List<String> lines =
          StraceProbes.lines(directory, Abi.X86_64, distinct, rules.toArray(new String[0]));
      for (int i = 0; i < lines.size(); i++) {
        int error = errors.get(i);
        String line = lines.get(i);
        String strace = line.substring(line.lastIndexOf(" = ") + 3);
        if (error != ENOPARAM && !strace.equals(result(error) + " (INJECTED)")) {
          wrong.add(error + ": strace " + strace + ", ours " + result(error));
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  private static String result(int error) {
    String name = Errno.name(error);
    String start = Errno.isRestart(error) ? "? " : "-1 ";
    return name == null
        ? start + "(errno " + error + ")"
        : start + name + " (" + Errno.message(error) + ")";
  }

  @Test
  void signalsAreThoseOfStrace() {
    List<StraceProbes.Call> calls = new ArrayList<>();
    int kill = SyscallTable.byName("kill").get(0).number(Abi.X86_64);
    for (int i = 1; i <= Signals.MAX; i++) {
      calls.add(new StraceProbes.Call(kill, 1, i));
    }
    List<String> lines = StraceProbes.lines(directory, Abi.X86_64, calls, "!execve:error=ENOSYS");
    for (int i = 1; i <= Signals.MAX; i++) {
      assertEquals(StraceProbes.argument(lines.get(i - 1), 1), Signals.name(i));
    }
  }

  @Test
  void namesToNumbers() {
    for (int i = 1; i <= Signals.MAX; i++) {
      assertEquals(i, Signals.number(Signals.shortName(i)));
      assertEquals(i, Signals.number("sig" + Signals.shortName(i)));
    }
    assertEquals(-1, Signals.number("SIG"));
    assertEquals(-1, Signals.number("0"));
    assertNull(Signals.name(0));
    assertNull(Signals.name(65));
    assertEquals(2, Errno.number("enoent"));
    assertEquals(11, Errno.number("EWOULDBLOCK"));
    assertEquals(-1, Errno.number("ENONE"));
    assertNull(Errno.name(0));
    assertNull(Errno.name(-1));
    assertNull(Errno.name(4095));
    assertEquals("Unknown error 41", Errno.message(41));
    assertTrue(Errno.isRestart(512));
    assertFalse(Errno.isRestart(515));
  }
}
