// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.filter.FilterSyntaxException;
import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.core.summary.SummaryOptions.SortBy;
import org.jspecify.annotations.Nullable;

/** Writes down in {@link Settings} what each option says, in the order of the words. */
final class OptionReader implements Getopt.Receiver {
  /** The kernel knows of no more CPUs. */
  private static final int MAX_CPU = 8191;

  /** 10 ms, in nanoseconds. */
  private static final long MIN_INTERVAL = 10_000_000;

  private static final long MIN_BUFFER = 1 << 16;
  private static final long MAX_BUFFER = 512 << 20;

  /** The longest string that {@code -s} may ask for. */
  private static final int MAX_STRING = 0x3fffffff;

  private static final int MICROSECONDS = 6;

  private final Settings settings;
  private final Qualifiers qualifiers;

  OptionReader(Settings settings) {
    this.settings = settings;
    this.qualifiers = new Qualifiers(settings);
  }

  @Override
  public void option(Opt option, @Nullable String argument, @Nullable String word)
      throws UsageException {
    if (settings.wantsInformation()) {
      return; // as if the program had ended at -h or -V
    }
    try {
      apply(option, argument == null ? "" : argument, argument != null, word);
    } catch (FilterSyntaxException e) {
      throw new UsageException(String.valueOf(e.getMessage()), e.hint());
    }
  }

  private void apply(Opt option, String arg, boolean hasArg, @Nullable String word)
      throws UsageException, FilterSyntaxException {
    boolean isLong = word != null;
    String name = isLong ? "--" + word : "-" + option.letter;
    switch (option) {
      case COLUMNS:
        settings.column = (int) OptionValues.number(name, arg, Integer.MAX_VALUE);
        break;
      case APPEND:
        settings.append = true;
        break;
      case DETACH_ON:
        if (!arg.equals("execve")) {
          throw new UsageException("Syscall '" + arg + "' for -b isn't supported", false);
        }
        settings.detachOnExecve = true;
        break;
      case SUMMARY_ONLY:
        summarise(Settings.Summary.ONLY);
        break;
      case SUMMARY:
        summarise(Settings.Summary.ALSO);
        break;
      case DEBUG:
        settings.debug = true;
        break;
      case DAEMONIZE:
        if (isLong) {
          settings.daemonWord = OptionValues.daemon(name, hasArg ? arg : "grandchild");
        } else {
          settings.daemonLetters++;
        }
        break;
      case EXPR:
        qualifiers.expression(arg);
        break;
      case ENV:
        settings.environment.add(arg);
        break;
      case FOLLOW_FORKS:
        if (isLong) {
          settings.followForksWord = true;
        } else {
          settings.followForksLetters++;
        }
        break;
      case FOLLOW_FORKS_OLD:
        settings.oldFollowForksLetters++;
        break;
      case INTERRUPTIBLE:
        settings.interruptible = OptionValues.interruptible(name, arg);
        break;
      case KILL_ON_EXIT:
        settings.killOnExit = true;
        break;
      case SYSCALL_LIMIT:
        settings.syscallLimit = OptionValues.number(name, arg, Long.MAX_VALUE);
        if (settings.syscallLimit == 0) {
          throw OptionValues.invalid(name, arg);
        }
        break;
      case ARGV0:
        settings.argv0 = arg;
        break;
      case ALWAYS_SHOW_PID:
        settings.alwaysShowPid = true;
        break;
      case OUTPUT_SEPARATELY:
        settings.outputSeparatelyWord = true;
        break;
      case HELP:
        settings.help = true;
        break;
      case INSTRUCTION_POINTER:
        settings.instructionPointer = true;
        break;
      case STACK_TRACE:
        settings.stackTrace =
            hasArg ? OptionValues.stackTrace(name, arg) : isLong ? 1 : settings.stackTrace + 1;
        break;
      case STACK_TRACE_FRAME_LIMIT:
        settings.stackLimitGiven = true;
        settings.stackLimit = (int) OptionValues.number(name, arg, Integer.MAX_VALUE);
        if (settings.stackLimit == 0) {
          throw OptionValues.invalid(name, arg);
        }
        break;
      case SYSCALL_NUMBER:
        settings.syscallNumber = true;
        break;
      case ARG_NAMES:
        settings.argNames = true;
        break;
      case OUTPUT:
        settings.output = arg;
        break;
      case OVERHEAD:
        settings.overhead = Numbers.nanoseconds(arg);
        if (settings.overhead < 0) {
          throw OptionValues.invalid(name, arg);
        }
        break;
      case ATTACH:
        attach(arg);
        break;
      case QUIET:
        if (isLong) {
          qualifiers.quiet(hasArg ? arg : "attach,personality");
        } else {
          settings.quietLetters++;
        }
        break;
      case RELATIVE_TIMESTAMPS:
        settings.relativeDigits = hasArg ? OptionValues.digits(name, arg) : MICROSECONDS;
        break;
      case STRING_LIMIT:
        settings.stringLimit = (int) OptionValues.number(name, arg, MAX_STRING);
        break;
      case SORT_BY:
        settings.sortBy = SortBy.of(arg);
        if (settings.sortBy == null) {
          throw new UsageException("invalid sortby: '" + arg + "'", true);
        }
        break;
      case ABSOLUTE_TIMESTAMPS:
        if (isLong) {
          settings.timeWord = true;
          if (settings.timeFormat == Settings.TimeFormat.NONE || !hasArg) {
            settings.timeFormat = Settings.TimeFormat.TIME_OF_DAY;
          }
          absoluteTimestamps(name, arg);
        } else {
          settings.timeLetters++;
          settings.timeFormat =
              settings.timeLetters < 3 ? Settings.TimeFormat.TIME_OF_DAY : Settings.TimeFormat.UNIX;
          settings.timeDigits = settings.timeLetters == 1 ? 0 : MICROSECONDS;
        }
        break;
      case SYSCALL_TIMES:
        settings.durationDigits = hasArg ? OptionValues.digits(name, arg) : MICROSECONDS;
        break;
      case USER:
        settings.user = arg;
        break;
      case SUMMARY_COLUMNS:
        settings.columns = SummaryColumns.parse(arg);
        break;
      case NO_ABBREV:
        settings.abbrev = SyscallFilter.NONE;
        break;
      case VERSION:
        settings.version = true;
        break;
      case WALL_CLOCK:
        settings.wallClock = true;
        break;
      case STRINGS_IN_HEX:
        if (isLong) {
          settings.hexWord = OptionValues.hexStyle(name, hasArg ? arg : "all");
        } else {
          settings.hexLetters++;
        }
        break;
      case CONST_PRINT_STYLE:
        settings.constStyle = OptionValues.constStyle(name, arg);
        break;
      case DECODE_FDS:
        if (isLong) {
          qualifiers.decodeFds(hasArg ? arg : "path");
        } else {
          settings.fdLetters++;
        }
        break;
      case DECODE_PIDS:
        if (isLong) {
          qualifiers.decodePids(arg);
        } else {
          settings.decodePids = Settings.PIDS_COMM;
        }
        break;
      case PIDNS_TRANSLATION:
        settings.decodePids = Settings.PIDS_PIDNS;
        break;
      case TRACE_PATH:
        settings.paths.add(arg);
        break;
      case SUCCESSFUL_ONLY:
        settings.statusShortcuts++;
        settings.status = StatusFilter.of(StatusFilter.SUCCESSFUL);
        break;
      case FAILED_ONLY:
        settings.statusShortcuts++;
        settings.status = StatusFilter.of(StatusFilter.FAILED);
        break;
      case SECCOMP_BPF:
        seccompFilter(arg);
        break;
      case TRACE:
      case ABBREV:
      case VERBOSE:
      case RAW:
      case SIGNALS:
      case STATUS:
      case INJECT:
      case FAULT:
      case TRACE_FDS:
      case READ:
      case WRITE:
        qualifiers.apply(option.names[0], arg);
        break;
      case KVM:
        qualifiers.apply(option.names[0], arg);
        break;
      case NAMESPACE:
        qualifiers.apply(option.names[0], hasArg ? arg : "new");
        break;
      case SECONTEXT:
        if (hasArg) {
          qualifiers.apply(option.names[0], arg);
        } else {
          settings.secontext = Settings.Secontext.TYPE;
          settings.contextMismatches = false;
        }
        break;
      case COLOR:
        settings.color = OptionValues.color(name, hasArg ? arg : "always");
        break;
      case TIPS:
        settings.tips = settings.tips == null ? new Tips() : settings.tips;
        settings.tips.set(arg);
        break;
      case JSON:
        settings.json = true;
        break;
      case FORMAT:
        settings.json = arg.equals("json");
        if (!settings.json && !arg.equals("text")) {
          throw OptionValues.invalid(name, arg);
        }
        break;
      case LATENCY:
        settings.latency = true;
        if (hasArg && !arg.equals("bars")) {
          throw OptionValues.invalid(name, arg);
        }
        settings.latencyBars |= hasArg;
        break;
      case CPU:
        cpu(name, arg);
        break;
      case BACKEND:
        settings.backend = OptionValues.backend(name, arg);
        break;
      case BUFFER:
        settings.buffer = (int) Numbers.size(arg, MIN_BUFFER, MAX_BUFFER);
        if (settings.buffer <= 0) {
          throw new UsageException("--buffer='" + arg + "': must be 64K to 512M", false);
        }
        break;
      case SYSTEM:
        settings.all = true;
        break;
      case COMM:
        if (arg.isEmpty() || arg.length() > Settings.MAX_COMM) {
          throw new UsageException(
              "--comm '"
                  + arg
                  + "': the kernel keeps 1 to "
                  + Settings.MAX_COMM
                  + " bytes of a name",
              false);
        }
        settings.comms.add(arg);
        break;
      case CGROUP:
        settings.cgroup = arg;
        break;
      case MIN_DURATION:
        settings.minDuration = Numbers.nanoseconds(arg);
        if (settings.minDuration < 0) {
          throw OptionValues.invalid(name, arg);
        }
        break;
      case INTERVAL:
        settings.interval = Numbers.seconds(arg);
        if (settings.interval < MIN_INTERVAL) {
          throw OptionValues.invalid(name, arg);
        }
        break;
      case SUMMARY_BY:
        settings.summaryBy = OptionValues.summaryBy(name, arg);
        break;
    }
  }

  private void seccompFilter(@Nullable String arg) throws UsageException {
    settings.seccompAsked = arg == null || arg.isEmpty();
    if (settings.seccompAsked || "auto".equals(arg)) {
      settings.seccompFilter = true;
    } else if ("off".equals(arg)) {
      settings.seccompFilter = false;
    } else {
      throw new UsageException("invalid --seccomp-bpf argument: '" + arg + "'", false);
    }
  }

  private void cpu(String name, String arg) throws UsageException {
    if (arg.equals("auto")) {
      settings.cpu = Settings.CPU_AUTO;
    } else if (arg.equals("off")) {
      settings.cpu = Settings.CPU_OFF;
    } else {
      settings.cpu = (int) OptionValues.number(name, arg, MAX_CPU);
    }
  }

  private void summarise(Settings.Summary wanted) throws UsageException {
    if (settings.summary != Settings.Summary.NONE && settings.summary != wanted) {
      throw new UsageException("-c/--summary-only and -C/--summary are mutually exclusive", true);
    }
    settings.summary = wanted;
  }

  /** Process ids between commas or blanks. */
  private void attach(String list) throws UsageException {
    int at = 0;
    int length = list.length();
    while (at < length) {
      int end = at;
      while (end < length && ", \n\t".indexOf(list.charAt(end)) < 0) {
        end++;
      }
      String item = list.substring(at, end);
      long pid = Numbers.unsigned(item, Integer.MAX_VALUE);
      if (pid <= 0) {
        throw new UsageException("Invalid process id: '" + item + "'", false);
      }
      settings.attach.add((int) pid);
      at = end + 1;
    }
  }

  private void absoluteTimestamps(String name, String list) throws UsageException {
    int at = 0;
    while (at < list.length()) {
      int comma = list.indexOf(',', at);
      int end = comma < 0 ? list.length() : comma;
      String item = list.substring(at, end);
      at = end + 1;
      if (item.isEmpty()) {
        continue;
      }
      Settings.TimeFormat format =
          OptionValues.begins("precision:", item)
              ? null
              : OptionValues.timeFormat(OptionValues.without("format:", item));
      int digits =
          OptionValues.begins("format:", item)
              ? -1
              : OptionValues.unit(OptionValues.without("precision:", item));
      if (format != null) {
        settings.timeFormat = format;
      } else if (digits >= 0) {
        settings.timeDigits = digits;
      } else {
        throw OptionValues.invalid(name, list);
      }
    }
  }
}
