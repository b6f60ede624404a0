// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names, values and order of the flag sets against strace; the sets are in {@code probes.txt}. */
@Tag("any-java")
class StraceFlagSetsTest {
  /** A line of {@code probes.txt}. */
  private record Probe(
      FlagSet set, boolean flags, int argument, Syscall call, int bits, String[] arguments) {
    StraceProbes.Call with(long value) {
      long[] values = new long[arguments.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = arguments[i].equals("*") ? value : Long.parseLong(arguments[i]);
      }
      return new StraceProbes.Call(call.number(Abi.X86_64), values);
    }
  }

  @TempDir private Path directory = Path.of("/");

  private static List<Probe> probes() throws Exception {
    List<Probe> probes = new ArrayList<>();
    try (var in =
        Objects.requireNonNull(StraceFlagSetsTest.class.getResourceAsStream("probes.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.startsWith("#")) {
          String[] words = line.split(" ");
          probes.add(
              new Probe(
                  FlagSetFiles.get(words[0]),
                  words[1].equals("flags"),
                  Integer.parseInt(words[2]),
                  SyscallTable.byName(words[3]).get(0),
                  Integer.parseInt(words[4]),
                  Arrays.copyOfRange(words, 5, words.length)));
        }
      }
    }
    return probes;
  }

  /**
   * Each constant alone. Where strace has a name, ours is the same; where it has none, the constant
   * is newer than this strace.
   */
  @Test
  void eachConstant() throws Exception {
    List<Probe> probes = new ArrayList<>();
    List<Long> values = new ArrayList<>();
    List<StraceProbes.Call> calls = new ArrayList<>();
    for (Probe probe : probes()) {
      for (String constant : probe.set.names(Abi.X86_64)) {
        long value = Objects.requireNonNull(probe.set.lookup(constant, Abi.X86_64));
        probes.add(probe);
        values.add(value);
        calls.add(probe.with(value));
      }
    }
    List<String> lines = StraceProbes.lines(directory, Abi.X86_64, calls, "!execve:error=ENOSYS");
    List<String> wrong = new ArrayList<>();
    int newer = 0;
    for (int i = 0; i < lines.size(); i++) {
      Probe probe = probes.get(i);
      String strace = argument(lines.get(i), probe);
      String ours = text(probe, values.get(i));
      if (strace.equals(ours)) {
        continue;
      }
      if (strace.contains("0x") && !ours.contains("0x") || strace.matches("\\d+")) {
        newer++;
      } else {
        wrong.add(probe.set.name() + ": strace " + strace + ", ours " + ours);
      }
    }
    assertEquals(List.of(), wrong);
    int unknown = newer;
    assertTrue(newer < calls.size() / 10, () -> unknown + " of " + calls.size() + " are unknown");
  }

  /** All bits at once: the order of the names, and which of them are composites. */
  @Test
  void allBits() throws Exception {
    List<Probe> probes = new ArrayList<>();
    List<StraceProbes.Call> calls = new ArrayList<>();
    for (Probe probe : probes()) {
      if (probe.flags) {
        probes.add(probe);
        calls.add(probe.with(all(probe)));
      }
    }
    List<String> lines = StraceProbes.lines(directory, Abi.X86_64, calls, "!execve:error=ENOSYS");
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Probe probe = probes.get(i);
      String text = argument(lines.get(i), probe);
      List<String> strace = new ArrayList<>(Arrays.asList(text.split("\\|")));
      strace.removeIf(part -> part.matches("0x[0-9a-f]+|0\\d*|\\d+"));
      String names = String.join("|", probe.set.decompose(all(probe), Abi.X86_64).names());
      List<String> ours = new ArrayList<>(Arrays.asList(names.split("\\|")));
      ours.removeIf(part -> !strace.contains(part));
      if (!ours.equals(strace)) {
        wrong.add(probe.set.name() + ": strace " + strace + ", ours " + ours);
      }
    }
    assertEquals(List.of(), wrong);
  }

  /**
   * All commands that we name, and a third of those without a size: what strace calls them, we do,
   * too.
   */
  @ParameterizedTest
  @EnumSource(names = {"X86_64", "I386"})
  void ioctlCommands(Abi abi) throws Exception {
    Set<Long> commands = new TreeSet<>();
    for (Set<Integer> numbers : HeaderIoctlsTest.tables(abi).values()) {
      for (int number : numbers) {
        commands.add(Integer.toUnsignedLong(number));
      }
    }
    for (long command = 0; command < 0x10000; command += 3) {
      commands.add(command);
    }
    List<StraceProbes.Call> calls = new ArrayList<>();
    int ioctl = SyscallTable.byName("ioctl").get(0).number(abi);
    for (long command : commands) {
      calls.add(new StraceProbes.Call(ioctl, 99, command));
    }
    List<String> lines = StraceProbes.lines(directory, abi, calls, "!execve:error=ENOSYS");
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      long command = calls.get(i).arguments()[1];
      String strace = String.valueOf(StraceProbes.argument(lines.get(i), 1));
      String ours = FlagSets.ioctlName((int) command, abi);
      List<String> all = ours == null ? List.of() : List.of(ours.split(" or "));
      if (!strace.startsWith("_IOC(") && !all.containsAll(List.of(strace.split(" or ")))) {
        wrong.add(Long.toHexString(command) + ": strace " + strace + ", ours " + ours);
      }
    }
    assertEquals(List.of(), wrong);
  }

  /** What strace printed, without the label that clone(2) has. */
  private static String argument(String line, Probe probe) {
    String text = String.valueOf(StraceProbes.argument(line, probe.argument));
    return text.startsWith("flags=") ? text.substring("flags=".length()) : text;
  }

  private static long all(Probe probe) {
    return probe.bits == 64 ? -1 : (1L << probe.bits) - 1;
  }

  private static String text(Probe probe, long value) {
    if (!probe.flags) {
      String name = probe.set.nameOf(value, Abi.X86_64);
      return name == null ? "0x" + Long.toHexString(value) : name;
    }
    FlagSet.Decomposition parts = probe.set.decompose(value, Abi.X86_64);
    String names = String.join("|", parts.names());
    return parts.rest() == 0 ? names : names + "|0x" + Long.toHexString(parts.rest());
  }
}
