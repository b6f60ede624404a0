// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import java.util.List;

/**
 * Options that do not go together, and those without effect, in the order in which strace finds
 * them.
 */
final class Consistency {
  private static final int MAX_DAEMON_LETTERS = 3;

  private final Settings settings;
  private final List<String> warnings;

  private Consistency(Settings settings, List<String> warnings) {
    this.settings = settings;
    this.warnings = warnings;
  }

  /**
   * Checks the whole command line, once all of it was read.
   *
   * @param warnings is added to, even if this fails: they are to be shown before tracing begins
   * @throws UsageException for the first contradiction
   */
  static void check(Settings settings, List<String> warnings) throws UsageException {
    new Consistency(settings, warnings).run();
  }

  private void run() throws UsageException {
    boolean system = settings.all || !settings.comms.isEmpty() || settings.cgroup != null;
    if (settings.command.length == 0 && settings.attach.isEmpty() && !system) {
      throw new UsageException("must have PROG [ARGS] or -p PID", true);
    }
    daemon();
    if (settings.killOnExit && !settings.attach.isEmpty()) {
      throw new UsageException(
          "--kill-on-exit and -p/--attach are mutually exclusive options", false);
    }
    exclude(settings.timeLetters > 0 && settings.timeWord, "-t and --absolute-timestamps");
    exclude(settings.followForksLetters > 0 && settings.followForksWord, "-f and --follow-forks");
    exclude(
        settings.followForksLetters > 1 && settings.outputSeparatelyWord,
        "-ff and --output-separately");
    exclude(settings.hexLetters > 0 && settings.hexWord != null, "-x and --strings-in-hex");
    exclude(settings.fdLetters > 0 && settings.fdWord >= 0, "-y and --decode-fds");
    if (settings.latency && settings.summary == Settings.Summary.NONE) {
      settings.summary = Settings.Summary.ONLY;
    }
    boolean counts = settings.summary != Settings.Summary.NONE;
    if (counts && settings.outputSeparately()) {
      throw new UsageException(
          "(-c/--summary-only or -C/--summary) and -ff/--output-separately are mutually exclusive",
          true);
    }
    if (settings.seccompAsked) {
      seccompFilter();
    }
    if (settings.oldFollowForksLetters > 0) {
      warnings.add(
          settings.followForksLetters > 0 || settings.followForksWord
              ? "deprecated option -F ignored"
              : "option -F is deprecated, please use -f/--follow-forks instead");
    }
    if (settings.wallClock && !counts) {
      throw new UsageException(needsSummary("-w/--summary-wall-clock"), true);
    }
    if (settings.columns != null && !counts) {
      throw new UsageException(needsSummary("-U/--summary-columns"), true);
    }
    boolean only = settings.summary == Settings.Summary.ONLY;
    if (settings.interval > 0 && !only) {
      throw new UsageException("--interval must be given with -c/--summary-only", true);
    }
    if (settings.summaryBy != Settings.SummaryBy.NOTHING && !only) {
      throw new UsageException("--summary-by must be given with -c/--summary-only", true);
    }
    if (settings.all && !settings.attach.isEmpty()) {
      throw new UsageException("--all and -p/--attach are mutually exclusive", true);
    }
    if (settings.sortBy != null && !counts) {
      warnings.add(
          "-S/--summary-sort-by has no effect without (-c/--summary-only or -C/--summary)");
    }
    exclude(settings.quietLetters > 0 && settings.quietWord >= 0, "-q and -e quiet/--quiet");
    withoutEffect();
    if (settings.statusShortcuts > 1) {
      warnings.add(
          "Only the last of -z/--successful-only/-Z/--failed-only options will take effect."
              + " See status qualifier for more complex filters.");
    }
  }

  private void seccompFilter() {
    if (settings.detachOnExecve) {
      warnings.add("--seccomp-bpf is not enabled because it is not compatible with -b");
      settings.seccompFilter = false;
      return;
    }
    if (settings.syscallLimit > 0) {
      warnings.add(
          "--seccomp-bpf is not enabled because it is not compatible with --syscall-limit");
      settings.seccompFilter = false;
      return;
    }
    if (settings.command.length == 0) {
      warnings.add("--seccomp-bpf is not enabled for processes attached with -p");
    }
    if (settings.followForksLetters == 0 && !settings.followForksWord) {
      warnings.add("--seccomp-bpf cannot be used without -f/--follow-forks, disabling");
      settings.seccompFilter = false;
    } else if (settings.trace.isAll()) {
      warnings.add(
          "Seccomp filter is requested but there are no syscalls to filter."
              + "  See -e trace to filter syscalls.");
    }
  }

  private void daemon() throws UsageException {
    exclude(settings.daemonLetters > 0 && settings.daemonWord > 0, "-D and --daemonize");
    if (settings.daemon() > 0 && settings.command.length == 0) {
      throw new UsageException("PROG [ARGS] must be specified with -D/--daemonize", true);
    }
    if (settings.daemonLetters > MAX_DAEMON_LETTERS) {
      throw new UsageException(
          "Too many -D's ("
              + settings.daemonLetters
              + "), maximum supported -D count is "
              + MAX_DAEMON_LETTERS,
          true);
    }
  }

  private static String needsSummary(String option) {
    return option + " must be given with (-c/--summary-only or -C/--summary)";
  }

  private static void exclude(boolean both, String options) throws UsageException {
    if (both) {
      throw new UsageException(options + " cannot be provided simultaneously", false);
    }
  }

  private void withoutEffect() {
    boolean only = settings.summary == Settings.Summary.ONLY;
    idle(only && settings.instructionPointer, "-i/--instruction-pointer");
    idle(only && settings.stackTrace > 0, "-k/--stack-traces");
    idle(only && settings.syscallNumber, "-n/--syscall-number");
    idle(only && settings.argNames, "-N/--arg-names");
    idle(only && settings.relativeDigits >= 0, "-r/--relative-timestamps");
    idle(only && settings.timeFormat != Settings.TimeFormat.NONE, "-t/--absolute-timestamps");
    idle(only && settings.durationDigits >= 0, "-T/--syscall-times");
    idle(only && settings.decodeFds() != 0, "-y/--decode-fds");
    idle(only && settings.secontext != Settings.Secontext.NONE, "--secontext");
    idle(only && settings.buffer > 0, "--buffer");
    if (settings.stackLimitGiven && settings.stackTrace == 0) {
      warnings.add("--stack-trace-frame-limit has no effect without -k/--stack-trace");
    }
    if (settings.output == null) {
      if (settings.outputSeparatelyWord) {
        warnings.add("--output-separately has no effect without -o/--output");
      }
      if (settings.append) {
        warnings.add("-A/--output-append-mode has no effect without -o/--output");
      }
    }
  }

  private void idle(boolean given, String option) {
    if (given) {
      warnings.add(option + " has no effect with -c/--summary-only");
    }
  }
}
