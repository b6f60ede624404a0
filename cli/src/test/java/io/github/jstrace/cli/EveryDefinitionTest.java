// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each option there is, in each of its spellings, with {@code --json} and with {@code
 * --backend=ebpf}: it is taken, or named as what is not served, before anything runs. A new option
 * without an argument here fails.
 */
class EveryDefinitionTest {
  /** An argument that is right. */
  private static final Map<String, String> ARGUMENTS =
      Map.ofEntries(
          Map.entry("COLUMN", "80"),
          Map.entry("SYSCALL", "execve"),
          Map.entry("PLACE", "pgroup"),
          Map.entry("EXPR", "trace=openat"),
          Map.entry("VAR[=VALUE]", "A=b"),
          Map.entry("WHEN", ""),
          Map.entry("LIMIT", "5"),
          Map.entry("NAME", "x"),
          Map.entry("KIND", "symbol"),
          Map.entry("FILE", "/dev/null"),
          Map.entry("OVERHEAD[UNIT]", "1us"),
          Map.entry("PID", "4194303"),
          Map.entry("SET", ""),
          Map.entry("PRECISION", "ms"),
          Map.entry("SIZE", "64K"),
          Map.entry("FORMAT", ""),
          Map.entry("USER|UID:GID", "0:0"),
          Map.entry("COLUMNS", "name,calls"),
          Map.entry("STYLE", ""),
          Map.entry("PATH", "/tmp"),
          Map.entry("SET:WHAT", "openat:error=EIO"),
          Map.entry("SET[:error=ERRNO][:when=WHEN]", "openat"),
          Map.entry("vcpu", "vcpu"),
          Map.entry("new", "new"),
          Map.entry("bars", "bars"),
          Map.entry("WHERE", "0"),
          Map.entry("BACKEND", "ebpf"),
          Map.entry("TIME[UNIT]", "5ms"),
          Map.entry("SECONDS", "1"),
          Map.entry("WHAT", "process"));

  /** Where one label stands for arguments of several kinds. */
  private static final Map<Opt, String> SPECIAL =
      Map.ofEntries(
          Map.entry(Opt.INTERRUPTIBLE, "never"),
          Map.entry(Opt.SECCOMP_BPF, "auto"),
          Map.entry(Opt.COLOR, "always"),
          Map.entry(Opt.QUIET, "exit"),
          Map.entry(Opt.DECODE_FDS, "path"),
          Map.entry(Opt.DECODE_PIDS, "pidns"),
          Map.entry(Opt.TRACE, "%file"),
          Map.entry(Opt.ABBREV, "none"),
          Map.entry(Opt.VERBOSE, "all"),
          Map.entry(Opt.RAW, "all"),
          Map.entry(Opt.SIGNALS, "!chld"),
          Map.entry(Opt.STATUS, "failed"),
          Map.entry(Opt.TRACE_FDS, "3"),
          Map.entry(Opt.READ, "3"),
          Map.entry(Opt.WRITE, "all"),
          Map.entry(Opt.STRING_LIMIT, "80"),
          Map.entry(Opt.SORT_BY, "calls"),
          Map.entry(Opt.STRINGS_IN_HEX, "all"),
          Map.entry(Opt.CONST_PRINT_STYLE, "raw"),
          Map.entry(Opt.ABSOLUTE_TIMESTAMPS, "unix"),
          Map.entry(Opt.SECONTEXT, "full"),
          Map.entry(Opt.TIPS, "none"),
          Map.entry(Opt.FORMAT, "json"));

  /** What only stopping a process can do. */
  private static final Set<Opt> NOT_EBPF =
      EnumSet.of(
          Opt.DETACH_ON,
          Opt.SUMMARY,
          Opt.DAEMONIZE,
          Opt.KILL_ON_EXIT,
          Opt.SYSCALL_LIMIT,
          Opt.STACK_TRACE,
          Opt.DECODE_PIDS,
          Opt.PIDNS_TRANSLATION,
          Opt.TRACE_PATH,
          Opt.TRACE_FDS,
          Opt.READ,
          Opt.WRITE,
          Opt.INJECT,
          Opt.FAULT,
          Opt.KVM,
          Opt.NAMESPACE,
          Opt.SECONTEXT,
          Opt.CPU);

  private static String argument(Opt option) {
    String argument = SPECIAL.get(option);
    argument = argument == null ? ARGUMENTS.get(option.argLabel) : argument;
    assertNotNull(argument, option + " " + option.argLabel);
    return argument;
  }

  /** The words for each spelling, argument and all. */
  private static List<List<String>> spellings(Opt option) {
    List<List<String>> result = new ArrayList<>();
    if (option.letter != 0 && option != Opt.DECODE_PIDS) {
      String letter = "-" + option.letter;
      result.add(option.letterArg ? List.of(letter, argument(option)) : List.of(letter));
    }
    for (String name : option.names) {
      boolean argument = option.longArg != Opt.Arg.NONE;
      result.add(List.of("--" + name + (argument ? "=" + argument(option) : "")));
    }
    return result;
  }

  private static Settings settings(Opt option, List<String> spelling, String... more)
      throws UsageException {
    List<String> words = new ArrayList<>(Arrays.asList(more));
    if (option.group == Opt.Group.STATISTICS && !option.names[0].equals("summary")) {
      words.add("-c");
    }
    words.addAll(spelling);
    words.add("true");
    String[] args = words.toArray(new String[0]);
    Settings settings = new Settings();
    int operand = Getopt.parse(args, new OptionReader(settings));
    settings.command = Arrays.copyOfRange(args, operand, args.length);
    if (!settings.wantsInformation()) {
      Consistency.check(settings, settings.warnings);
    }
    return settings;
  }

  @ParameterizedTest
  @EnumSource
  void isTakenWithJson(Opt option) throws UsageException {
    for (List<String> spelling : spellings(option)) {
      Settings settings = settings(option, spelling, "--json");
      assertTrue(settings.json, spelling.toString());
      assertEquals(List.of(), withoutDeprecation(settings.warnings), spelling.toString());
    }
  }

  private static List<String> withoutDeprecation(List<String> warnings) {
    List<String> result = new ArrayList<>(warnings);
    result.removeIf(
        line ->
            line.startsWith("option -F is deprecated")
                || line.startsWith("--output-separately has no")
                || line.startsWith("-A/--output-append-mode has no")
                || line.startsWith("--stack-trace-frame-limit has no"));
    return result;
  }

  @ParameterizedTest
  @EnumSource
  void isServedByEbpfOrNamed(Opt option) throws UsageException {
    for (List<String> spelling : spellings(option)) {
      String refused = refusal(settings(option, spelling, "--backend=ebpf"));
      assertEquals(NOT_EBPF.contains(option), refused != null, spelling + ": " + refused);
      if (refused != null) {
        String named = "--backend=ebpf does not serve ";
        assertTrue(refused.startsWith(named), refused);
        assertTrue(names(refused.substring(named.length()), option), refused);
      }
    }
  }

  private static boolean names(String said, Opt option) {
    if (option == Opt.PIDNS_TRANSLATION || option == Opt.FAULT) {
      return said.equals("--decode-pids=pidns") || said.equals("-e inject");
    }
    return said.contains("--" + option.names[0]) || said.equals("-e " + option.names[0]);
  }

  private static @Nullable String refusal(Settings settings) {
    try {
      assertTrue(new BackendChoice(settings).isEbpf());
      return null;
    } catch (UsageException e) {
      return e.getMessage();
    }
  }
}
