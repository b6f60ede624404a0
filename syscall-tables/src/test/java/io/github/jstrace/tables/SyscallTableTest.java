// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("any-java")
class SyscallTableTest {
  /** The last call that the oldest supported headers and strace know. */
  private static final int LAST_KNOWN = 449;

  @TempDir private Path directory = Path.of("/");

  /** Numbers and names against {@code asm/unistd.h}, both ways. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void numbersAreThoseOfTheHeaders(Abi abi) {
    Map<Integer, String> headers = headerNumbers(abi);
    assertTrue(headers.size() > 250, () -> "only " + headers.size() + " numbers");
    System.out.println(
        "compared with the headers of " + abi.tableName() + ": " + headers.size() + " calls");
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<Integer, String> entry : headers.entrySet()) {
      Syscall row = SyscallTable.byNumber(abi, entry.getKey());
      String name = row == null ? "nothing" : row.name();
      if (!name.equals(entry.getValue())) {
        wrong.add(entry.getKey() + ": headers " + entry.getValue() + ", table " + name);
      }
    }
    for (Syscall row : SyscallTable.all()) {
      int number = row.number(abi);
      boolean optional = number == 335 || number == 336; // uretprobe, uprobe: Linux 6.11, 6.18
      if (number >= 0 && number <= LAST_KNOWN && !optional && !headers.containsKey(number)) {
        wrong.add(number + ": not in the headers, table " + row.name());
      }
    }
    wrong.removeIf(line -> line.contains("memfd_secret")); // asm-generic has it only for some
    assertEquals(List.of(), wrong);
  }

  /** The calls of x32, and those of x86-64 that x32 has not, against {@code asm/unistd_x32.h}. */
  @Test
  void numbersOfX32AreThoseOfTheHeaders() {
    Tools.write(directory.resolve("n.c"), "#include <asm/unistd_x32.h>\n");
    List<String> command = new ArrayList<>(Tools.gcc(Abi.X86_64));
    command.addAll(List.of("-E", "-dM", "n.c"));
    Matcher matcher =
        Pattern.compile("#define __NR_(\\w+) \\(__X32_SYSCALL_BIT \\+ (\\d+)\\)")
            .matcher(Tools.run(directory, command).output());
    Map<Integer, String> headers = new HashMap<>();
    while (matcher.find()) {
      headers.put(Integer.valueOf(matcher.group(2)), matcher.group(1));
    }
    assertTrue(headers.size() > 300, () -> "only " + headers.size() + " numbers");
    for (int number = 0; number <= LAST_KNOWN || number >= 512 && number < 600; number++) {
      int x32 = (1 << 30) + number;
      Syscall row = SyscallTable.byNumber(Abi.X86_64, x32);
      assertEquals(headers.get(number), row == null ? null : row.name(), "number " + number);
      Syscall refused = X32.refused(x32);
      Syscall wide = SyscallTable.byNumber(Abi.X86_64, number);
      assertEquals(row == null ? wide : null, refused, "number " + number);
      assertEquals(row != null || refused != null, SyscallTable.has(Abi.X86_64, x32));
      number = number == LAST_KNOWN ? 511 : number;
    }
  }

  private Map<Integer, String> headerNumbers(Abi abi) {
    Tools.write(directory.resolve("n.c"), "#include <asm/unistd.h>\n");
    List<String> command = new ArrayList<>(Tools.gcc(abi));
    command.addAll(List.of("-E", "-dM", "n.c"));
    String output = Tools.run(directory, command).output();
    Map<String, String> macros = new HashMap<>();
    Matcher matcher = Pattern.compile("#define (__NR\\w+) (\\w+)").matcher(output);
    while (matcher.find()) {
      macros.put(matcher.group(1), matcher.group(2));
    }
    Map<Integer, String> numbers = new HashMap<>();
    macros.forEach(
        (macro, text) -> {
          String value = macros.getOrDefault(text, text);
          if (macro.startsWith("__NR_")
              && !macro.equals("__NR_syscalls")
              && !macro.equals("__NR_arch_specific_syscall")
              && value.matches("\\d+")) {
            numbers.put(Integer.valueOf(value), macro.substring("__NR_".length()));
          }
        });
    return numbers;
  }

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "I386"})
  void namesAreThoseOfStrace(Abi abi) {
    List<StraceProbes.Call> calls = calls(abi);
    List<String> lines = StraceProbes.lines(directory, abi, calls, "!execve:error=ENOSYS");
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      long number = calls.get(i).number();
      Syscall row = SyscallTable.byNumber(abi, number);
      String strace = StraceProbes.name(lines.get(i));
      String ours = row == null ? "syscall_0x" + Long.toHexString(number) : row.name();
      if (!strace.equals(ours)) {
        wrong.add(number + ": strace " + strace + ", table " + ours);
      }
    }
    assertEquals(List.of(), wrong);
  }

  /** The members of every class: strace tells them by failing them with another error. */
  @ParameterizedTest
  @EnumSource(names = {"X86_64", "I386"})
  void classesAreThoseOfStrace(Abi abi) {
    List<StraceProbes.Call> calls = calls(abi);
    List<String> wrong = new ArrayList<>();
    for (String word : SyscallClasses.names()) {
      long mask = SyscallClasses.mask(word);
      List<String> lines =
          StraceProbes.lines(directory, abi, calls, "!execve:error=ENOSYS", word + ":error=EXDEV");
      for (int i = 0; i < calls.size(); i++) {
        Syscall row = SyscallTable.byNumber(abi, calls.get(i).number());
        boolean ours = row != null && (row.classes() & mask) != 0;
        if (ours != lines.get(i).contains("EXDEV")) {
          wrong.add(word + ": " + row);
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  /** Every number up to the last that strace knows; but what would leave the program. */
  private static List<StraceProbes.Call> calls(Abi abi) {
    List<StraceProbes.Call> calls = new ArrayList<>();
    for (int number = 0; number <= LAST_KNOWN; number++) {
      boolean unassigned = abi == Abi.X86_64 && number > 334 && number < 424;
      // those without a name are not kept from being executed
      boolean none = SyscallTable.byNumber(abi, number) == null;
      Syscall execve = SyscallTable.byName("execve").get(0);
      if (!unassigned && !none && number != execve.number(abi)) {
        calls.add(new StraceProbes.Call(number, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6));
      }
    }
    return calls;
  }

  @Test
  void everySignatureParses() {
    for (Syscall row : SyscallTable.all()) {
      assertNotNull(row.signature(), row.name());
    }
    assertTrue(SyscallTable.size() > 470);
  }

  @Test
  void lookUpByName() {
    assertEquals(3, SyscallTable.byName("clone").size());
    assertEquals(List.of(), SyscallTable.byName("clon"));
    assertEquals(List.of(), SyscallTable.byName(""));
    assertEquals(257, SyscallTable.byName("openat").get(0).number(Abi.X86_64));
    assertEquals(-1, SyscallTable.byName("open").get(0).number(Abi.AARCH64));
    for (Syscall row : SyscallTable.all()) {
      assertTrue(SyscallTable.byName(row.name()).contains(row), row.name());
    }
  }

  @Test
  void numbersOutOfRange() {
    assertNull(SyscallTable.byNumber(Abi.X86_64, -1));
    assertNull(SyscallTable.byNumber(Abi.X86_64, (1 << 30) + 560));
    assertNull(SyscallTable.byNumber(Abi.X86_64, (1L << 32) + (1 << 30)));
    assertNull(SyscallTable.byNumber(Abi.I386, 1 << 30));
    assertNull(SyscallTable.byNumber(Abi.X86_64, Long.MAX_VALUE));
    assertNull(SyscallTable.byNumber(Abi.I386, 222));
  }

  /** No number twice, and rows of one name differ in their ABIs. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void numbersAreUnique(Abi abi) {
    TreeSet<Integer> numbers = new TreeSet<>();
    TreeSet<String> names = new TreeSet<>();
    for (Syscall row : SyscallTable.all()) {
      int number = row.number(abi);
      if (number >= 0) {
        assertTrue(numbers.add(number), row.name());
        assertTrue(number >= SyscallTable.FIRST_SUBCALL || names.add(row.name()), row.name());
        assertEquals(row, SyscallTable.byNumber(abi, number));
      }
    }
  }

  @Test
  void spellingsOfClasses() {
    assertEquals(SyscallClasses.mask("%file"), SyscallClasses.mask("file"));
    assertEquals(SyscallClasses.mask("%network"), SyscallClasses.mask("%net"));
    assertTrue(SyscallClasses.mask("%%stat") != SyscallClasses.mask("%stat"));
    for (String none : new String[] {"net", "stat", "creds", "%stat_like", "%%file", "%", ""}) {
      assertEquals(0, SyscallClasses.mask(none), none);
    }
  }
}
