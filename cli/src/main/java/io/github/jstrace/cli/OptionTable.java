// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

/** What has become of each option of strace, in Markdown, from {@link Opt}. */
final class OptionTable {
  private static final String BEFORE =
      """
      # Options of strace

      Every option of strace 7.2, and what it does here. *Same*: as in strace; where the installed strace (6.1) has the option,
      tests compare line by line. Options of jstrace alone are in `jstrace -h`. Generated from the table of options; not to be edited.

      | option | here | remarks |
      |---|---|---|
      """;

  private OptionTable() {}

  static String text() {
    StringBuilder out = new StringBuilder(BEFORE);
    for (Opt option : Opt.all()) {
      if (option.inherited()) {
        String remark = remark(option);
        boolean better = remark.startsWith("better: ");
        boolean different = remark.startsWith("differs: ");
        row(
            out,
            spellings(option),
            better ? "better" : different ? "differs" : "same",
            better || different ? remark.substring(remark.indexOf(' ') + 1) : remark);
      }
    }
    return out.toString();
  }

  private static void row(StringBuilder out, String names, String state, String remark) {
    out.append("| ").append(names).append(" | ").append(state).append(" | ");
    out.append(remark.replace("|", "\\|")).append(" |\n");
  }

  private static String spellings(Opt option) {
    StringBuilder out = new StringBuilder();
    if (option.letter != 0) {
      out.append("`-").append(option.letter).append('`');
    }
    for (String name : option.names) {
      out.append(out.length() == 0 ? "" : ", ").append("`--").append(name).append('`');
    }
    return out.toString();
  }

  /** What is to be said of an option, beginning with how it compares unless it is the same. */
  private static String remark(Opt option) {
    switch (option) {
      case DEBUG:
        return "same for options, wait statuses, threads and invalid numbers; its queue of events is not ours";
      case HELP:
      case VERSION:
        return "differs: text of our own";
      case STACK_TRACE:
        return "better: functions of just-in-time compilers, too, from `/tmp/perf-PID.map`; `-kk` needs no other build, but libdw";
      case TRACE_PATH:
        return "better: both paths of calls that take two count";
      case READ:
      case WRITE:
        return "better: buffers behind an empty one are shown, too";
      case INJECT:
        return "better: a signal is sent along with `delay_enter` as well; wrong hex digits are refused";
      case SECCOMP_BPF:
        return "better: the default, also without `-f`; where it is given, what strace refuses is refused with its words; see"
            + " [ARCHITECTURE.md](../ARCHITECTURE.md), \"Filters in the kernel\"";
      case COLUMNS:
        return "better: any number; strace runs out of memory at very large ones";
      case OUTPUT:
        return "better: that the output cannot be written, or its command has ended, is said once";
      case OUTPUT_SEPARATELY:
        return "better: with `-f`, too, as the manual says; strace takes it with `--follow-forks` alone";
      case ATTACH:
        return "that there is no such process is said in words of our own if it is the eBPF backend that looks for it";
      case SUMMARY_ONLY:
      case SUMMARY:
        return "as 7.2: calls that `-z`, `-Z` or `-e status=` leave out do not count, and calls without a name do";
      case STATUS:
      case SUCCESSFUL_ONLY:
      case FAILED_ONLY:
        return "as 7.2: with `-c` and `-C`, too";
      case DAEMONIZE:
        return "the kernel filters no calls then, and the start takes two Javas, one after the other";
      case DECODE_FDS:
        return "`eventfd`, `signalfd` and the other end of `/dev/ptmx` as in 7.2";
      case USER:
        return "better: `UID:GID` is two numbers and no more, where strace takes `0:0:0`";
      case KVM:
        return "differs: `vcpu+` (the whole `kvm_run`) is refused";
      case SECONTEXT:
        return "better: in every build; `mismatch` takes libselinux, and says so";
      case TIPS:
        return "differs: tips of our own, and no ostrich";
      case COLOR:
        return "better: `--color` alone means `always`; the colours of 7.2, with fewer changes of colour between them";
      case ARG_NAMES:
        return "differs: the names are those of the kernel's `SYSCALL_DEFINE`, as in the JSON, for many arguments others than"
            + " strace's (`filename`, not `pathname`; `dfd`, not `dirfd`); tested by what the manual says";
      case NAMESPACE:
      case SYSCALL_LIMIT:
      case KILL_ON_EXIT:
      case ARGV0:
      case ALWAYS_SHOW_PID:
      case TRACE_FDS:
      case STACK_TRACE_FRAME_LIMIT:
        return "newer than 6.1: tested by what the manual says";
      case FOLLOW_FORKS_OLD:
        return "deprecated, with strace's warning";
      default:
        return "";
    }
  }
}
