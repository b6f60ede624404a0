// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.filter.FilterSyntaxException;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program answers, against the filter it is made of. */
class FilterProgramTest {
  private static final int TRACE = FilterProgram.RET_TRACE;
  private static final int ALLOW = FilterProgram.RET_ALLOW;
  private static final int PR_SET_NAME = 15;
  private static final int PR_SET_SECCOMP = 22;

  private static SyscallFilter filter(String expression) throws FilterSyntaxException {
    return SyscallFilter.parse(expression, Abi.X86_64, Abi.I386);
  }

  private static BpfInterpreter program(SyscallFilter filter, Abi... abis) {
    byte[] program = FilterProgram.of(filter, false, abis);
    assertNotNull(program);
    return new BpfInterpreter(Objects.requireNonNull(program));
  }

  private static int number(String name, Abi abi) {
    for (int i = 0; i < SyscallTable.size(); i++) {
      Syscall row = SyscallTable.row(i);
      if (row.name().equals(name) && row.number(abi) >= 0) {
        return row.number(abi);
      }
    }
    return -1;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none",
        "all",
        "!all",
        "!none",
        "openat",
        "!openat",
        "read,write",
        "0,1,59",
        "%file",
        "%desc",
        "%process",
        "%network",
        "%signal",
        "%ipc",
        "%memory",
        "%creds",
        "%clock",
        "%pure",
        "%stat",
        "%lstat",
        "%fstat",
        "%%stat",
        "%statfs",
        "!%file,%desc",
        "!%process",
        "/^open",
        "/[aeiou]$",
        "!/e",
        "?nonsense,statx",
        "openat@64,open@32",
        "%file@32",
        "restart_syscall",
        "prctl",
        "seccomp",
      })
  void answersAsTheFilter(String expression) throws FilterSyntaxException {
    SyscallFilter filter = filter(expression);
    BpfInterpreter program = program(filter, Abi.X86_64, Abi.I386);
    for (Abi abi : new Abi[] {Abi.X86_64, Abi.I386}) {
      for (int number = 0; number < 1100; number++) {
        boolean selected =
            number < SyscallTable.FIRST_SUBCALL
                ? filter.contains(abi, number)
                : filter.containsUnknown(abi);
        int expected = selected || mustBeSeen(filter, abi, number) ? TRACE : ALLOW;
        assertEquals(
            expected, program.run(abi.auditArch(), number, PR_SET_NAME), abi + " " + number);
      }
      assertEquals(
          filter.containsUnknown(abi) ? TRACE : ALLOW, program.run(abi.auditArch(), X32_BIT - 1));
    }
  }

  /** Whoever is not traced notifies of exactly the calls at which it would stop. */
  @Test
  void listenersProgramNotifiesOfTheSame() throws FilterSyntaxException {
    byte[] program =
        Objects.requireNonNull(FilterProgram.of(filter("%file,prctl"), true, Abi.X86_64, Abi.I386));
    BpfInterpreter traced = new BpfInterpreter(program);
    BpfInterpreter released = new BpfInterpreter(FilterProgram.forListener(program));
    for (Abi abi : new Abi[] {Abi.X86_64, Abi.I386, Abi.AARCH64}) {
      for (int number = 0; number < 1100; number++) {
        int answer = traced.run(abi.auditArch(), number, 22);
        assertEquals(
            answer == TRACE ? FilterProgram.RET_USER_NOTIF : answer,
            released.run(abi.auditArch(), number, 22));
      }
    }
  }

  private static final int X32_BIT = 0x40000000;

  /** Calls that are seen though the filter has them not, by name. */
  private static boolean mustBeSeen(SyscallFilter filter, Abi abi, int number) {
    if (number == number("seccomp", abi)
        || number == number("socketcall", abi)
        || number == number("ipc", abi)) {
      return true;
    }
    if (!filter.contains(abi, number("restart_syscall", abi))) {
      return false;
    }
    for (String name :
        new String[] {
          "nanosleep", "clock_nanosleep", "clock_nanosleep_time64", "poll", "futex", "futex_time64"
        }) {
      if (number == number(name, abi)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void seesOwnFilters() throws FilterSyntaxException {
    BpfInterpreter program = program(filter("openat"), Abi.X86_64, Abi.I386);
    for (Abi abi : new Abi[] {Abi.X86_64, Abi.I386}) {
      int prctl = number("prctl", abi);
      assertEquals(TRACE, program.run(abi.auditArch(), prctl, PR_SET_SECCOMP));
      assertEquals(TRACE, program.run(abi.auditArch(), prctl, 0xffffffff00000000L | 22));
      assertEquals(ALLOW, program.run(abi.auditArch(), prctl, PR_SET_NAME));
      assertTrue(FilterProgram.installsFilter(abi, prctl, 22));
      assertTrue(!FilterProgram.installsFilter(abi, prctl, 15));
      assertTrue(FilterProgram.installsFilter(abi, number("seccomp", abi), 1));
    }
  }

  @Test
  void seesWhatShowsTheMask() throws FilterSyntaxException {
    byte[] code = FilterProgram.of(filter("getpid"), true, Abi.X86_64, Abi.I386);
    assertNotNull(code);
    BpfInterpreter program = new BpfInterpreter(Objects.requireNonNull(code));
    for (Abi abi : new Abi[] {Abi.X86_64, Abi.I386}) {
      for (String name : new String[] {"openat", "open", "clone", "execve", "sched_getaffinity"}) {
        assertEquals(TRACE, program.run(abi.auditArch(), number(name, abi)), name);
      }
      for (String name : new String[] {"write", "close", "mmap2", "lseek"}) {
        if (number(name, abi) >= 0) {
          assertEquals(ALLOW, program.run(abi.auditArch(), number(name, abi)), name);
        }
      }
    }
  }

  @Test
  void whatIsUnknownIsSeen() throws FilterSyntaxException {
    BpfInterpreter program = program(filter("openat"), Abi.X86_64, Abi.I386);
    assertEquals(TRACE, program.run(0xc00000b7, 57));
    // x32
    assertEquals(TRACE, program.run(Abi.X86_64.auditArch(), X32_BIT));
    assertEquals(TRACE, program.run(Abi.X86_64.auditArch(), -1));
    assertEquals(ALLOW, program.run(Abi.I386.auditArch(), -1));
  }

  @Test
  void otherMachines() throws FilterSyntaxException {
    SyscallFilter filter = SyscallFilter.parse("%file", Abi.AARCH64);
    BpfInterpreter program = program(filter, Abi.AARCH64);
    for (int number = 0; number < 1100; number++) {
      boolean expected =
          filter.contains(Abi.AARCH64, number) || mustBeSeen(filter, Abi.AARCH64, number);
      assertEquals(
          expected ? TRACE : ALLOW, program.run(Abi.AARCH64.auditArch(), number, PR_SET_NAME));
    }
    assertEquals(TRACE, program.run(0x40000028, 5));
  }

  /** Every other call: the most ranges, so that jumps exceed 255 instructions. */
  @Test
  void longPrograms() throws FilterSyntaxException {
    StringBuilder expression = new StringBuilder("1");
    for (int number = 3; number < 450; number += 2) {
      if (number % 64 != 63 && SyscallTable.byNumber(Abi.X86_64, number) != null) {
        expression.append(',').append(number);
      }
    }
    SyscallFilter filter = filter(expression.toString());
    BpfInterpreter program = program(filter, Abi.X86_64, Abi.I386);
    assertTrue(program.length() > 600, "instructions: " + program.length());
    for (Abi abi : new Abi[] {Abi.X86_64, Abi.I386}) {
      for (int number = 0; number < 1100; number++) {
        boolean expected = filter.contains(abi, number) || mustBeSeen(filter, abi, number);
        assertEquals(
            expected ? TRACE : ALLOW,
            program.run(abi.auditArch(), number, PR_SET_NAME),
            abi + " " + number);
      }
    }
  }
}
