// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.decode.DecodeOptions;
import io.github.jstrace.core.filter.FdSet;
import io.github.jstrace.core.filter.FilterSyntaxException;
import io.github.jstrace.core.filter.SignalFilter;
import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.core.summary.SummaryOptions.Column;
import io.github.jstrace.core.summary.SummaryOptions.SortBy;
import io.github.jstrace.core.tamper.Injection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command line asks for, in the order of the words on it; {@link Consistency} then looks at
 * the whole. Strings have one char per byte (ISO 8859-1), so that any file name survives.
 */
final class Settings implements Getopt.Receiver {
  /** {@code -X}. */
  enum ConstStyle {
    RAW,
    ABBREV,
    VERBOSE
  }

  /** {@code -x}. */
  enum HexStyle {
    NONE,
    NON_ASCII_CHARS,
    NON_ASCII,
    ALL
  }

  /** {@code -t}. */
  enum TimeFormat {
    NONE,
    TIME_OF_DAY,
    UNIX
  }

  /** What is counted ({@code -c}, {@code -C}). */
  enum Summary {
    NONE,
    ONLY,
    ALSO
  }

  /** {@code --secontext}. */
  enum Secontext {
    NONE,
    TYPE,
    FULL
  }

  /** {@code --color}. */
  enum Color {
    AUTO,
    ALWAYS,
    NEVER
  }

  /** {@code --backend}. */
  enum Backend {
    AUTO,
    PTRACE,
    EBPF
  }

  /** {@code --summary-by}. */
  enum SummaryBy {
    NOTHING,
    PROCESS,
    THREAD
  }

  static final int QUIET_ATTACH = 1;
  static final int QUIET_EXIT = 2;
  static final int QUIET_PATH_RESOLUTION = 4;
  static final int QUIET_PERSONALITY = 8;
  static final int QUIET_THREAD_EXECVE = 16;
  static final int QUIET_ALL = 31;

  static final int PIDS_COMM = 1;
  static final int PIDS_PIDNS = 2;

  static final int CPU_AUTO = -1;
  static final int CPU_OFF = -2;

  /** As {@link #CPU_AUTO} for a command, as {@link #CPU_OFF} if there is a process to attach to. */
  static final int CPU_DEFAULT = -3;

  /** The kernel knows of no more CPUs. */
  private static final int MAX_CPU = 8191;

  /** {@code TASK_COMM_LEN} without the final NUL. */
  static final int MAX_COMM = 15;

  /** 10 ms, in nanoseconds. */
  private static final long MIN_INTERVAL = 10_000_000;

  private static final long MIN_BUFFER = 1 << 16;
  private static final long MAX_BUFFER = 512 << 20;

  /** The longest string that {@code -s} may ask for. */
  private static final int MAX_STRING = 0x3fffffff;

  private static final int MICROSECONDS = 6;

  /** What a user should know before tracing begins. */
  final List<String> warnings = new ArrayList<>();

  private final Qualifiers qualifiers = new Qualifiers(this);

  // Tracing
  int followForksLetters;
  boolean followForksWord;
  boolean outputSeparatelyWord;
  boolean detachOnExecve;
  final List<Integer> attach = new ArrayList<>();
  final List<String> environment = new ArrayList<>();
  @Nullable String user;

  /** What the command is to be called in its {@code argv[0]}; null: as it is. */
  @Nullable String argv0;

  /** {@code -I}: 1 to 4; 0 if not given. */
  int interruptible;

  boolean killOnExit;

  /** How often {@code -D} was given. */
  int daemonLetters;

  /** What {@code --daemonize} says, 1 to 3 as {@code -D} to {@code -DDD}; 0 if not given. */
  int daemonWord;

  /** After so many calls tracing ends; 0: never. */
  int syscallLimit;

  /** How often {@code -F} was given. */
  int oldFollowForksLetters;

  String[] command = {};

  /** The CPU to share with tracees, or one of {@code CPU_*}. */
  int cpu = CPU_DEFAULT;

  Backend backend = Backend.AUTO;

  /** {@code --all}: every process. */
  boolean all;

  /** Bytes, a power of two; 0 if left to the backend. */
  int buffer;

  // Filtering

  /** Names of threads, at most {@link #MAX_COMM} bytes each; all if empty. */
  final List<String> comms = new ArrayList<>();

  @Nullable String cgroup;

  /** Nanoseconds that a call has to take, at least. */
  long minDuration;

  SyscallFilter trace = SyscallFilter.ALL;
  SyscallFilter abbrev = SyscallFilter.ALL;
  SyscallFilter verbose = SyscallFilter.ALL;
  SyscallFilter raw = SyscallFilter.NONE;
  SignalFilter signals = SignalFilter.ALL;

  /** {@code -P}. */
  final List<String> paths = new ArrayList<>();

  /** {@code -e trace-fds=}. */
  @Nullable FdSet descriptors;

  StatusFilter status = StatusFilter.ALL;
  int statusShortcuts;

  // Tampering
  final List<Injection> injections = new ArrayList<>();

  // Output
  @Nullable String output;

  /** Descriptors whose data is shown whole. */
  FdSet dumpRead = FdSet.NONE;

  FdSet dumpWritten = FdSet.NONE;
  boolean append;
  boolean json;
  int column = 40;
  int stringLimit = 32;
  boolean instructionPointer;
  boolean syscallNumber;

  /** How often {@code -k} was given: 1 for functions, 2 for source lines, too. */
  int stackTrace;

  /** The most frames of a stack that are shown. */
  int stackLimit = 256;

  boolean alwaysShowPid;
  boolean argNames;
  ConstStyle constStyle = ConstStyle.ABBREV;
  int hexLetters;
  @Nullable HexStyle hexWord;
  int fdLetters;
  int fdWord = -1;

  /** {@code PIDS_*} bits. */
  int decodePids;

  /** {@code -e kvm=vcpu}. */
  boolean vcpuExits;

  /** {@code -e namespace=new}. */
  boolean newNamespaces;

  Secontext secontext = Secontext.NONE;
  Color color = Color.AUTO;

  /** {@code --tips}; null if not given. */
  @Nullable Tips tips;

  /** Whether the kernel may let calls through that are not traced. */
  boolean seccompFilter = true;

  int quietLetters;
  int quietWord = -1;
  int timeLetters;
  boolean timeWord;
  TimeFormat timeFormat = TimeFormat.NONE;

  /** Digits behind the point: 0, 3, 6 or 9. */
  int timeDigits;

  /** Digits behind the point of {@code -r}, -1 if not asked for. */
  int relativeDigits = -1;

  /** Digits behind the point of {@code -T}, -1 if not asked for. */
  int durationDigits = -1;

  // Statistics
  Summary summary = Summary.NONE;
  boolean wallClock;
  @Nullable SortBy sortBy;
  Column @Nullable [] columns;

  /** Nanoseconds; negative if left to be measured. */
  long overhead = -1;

  boolean latency;
  boolean latencyBars;

  /** Nanoseconds between tables; 0 if there is only the one at the end. */
  long interval;

  SummaryBy summaryBy = SummaryBy.NOTHING;

  // Miscellaneous
  boolean debug;
  boolean help;
  boolean version;

  /** Whether the grammar of {@code -h} or {@code -V} ended the reading. */
  boolean wantsInformation() {
    return help || version;
  }

  /** Whether threads are traced that nobody has named by number. */
  boolean tracesStrangers() {
    return all || !comms.isEmpty() || cgroup != null;
  }

  boolean followForks() {
    return followForksLetters > 0 || followForksWord || oldFollowForksLetters > 0;
  }

  /**
   * Whether JSON takes stdout, so that it can be piped; what the command writes there goes to
   * stderr then.
   */
  boolean jsonToStdout() {
    return json && output == null;
  }

  /** Whether {@code -o} names a shell command that the trace is piped to. */
  boolean outputIsCommand() {
    return output != null && (output.startsWith("|") || output.startsWith("!"));
  }

  boolean outputSeparately() {
    return followForksLetters > 1 || outputSeparatelyWord;
  }

  /** Whether tracer and tracees may share a CPU. */
  boolean coLocation() {
    return cpu != CPU_OFF && (cpu != CPU_DEFAULT || attach.isEmpty());
  }

  /** Whether signals that end a program are left to the command. */
  boolean ignoresInterrupts() {
    return interruptible == 0
        ? daemon() > 0 || output != null && command.length > 0
        : interruptible > 2;
  }

  /** Whether ^Z is left to the command, too. */
  boolean unstoppable() {
    return interruptible == 0 ? daemon() > 0 : interruptible > 3;
  }

  /** 0 to 3: how much the tracer is to be apart from the command ({@code -D} to {@code -DDD}). */
  int daemon() {
    return Math.max(daemonLetters, daemonWord);
  }

  boolean pidComms() {
    return (decodePids & PIDS_COMM) != 0;
  }

  HexStyle hexStyle() {
    if (hexWord != null) {
      return hexWord;
    }
    return hexLetters == 0 ? HexStyle.NONE : hexLetters == 1 ? HexStyle.NON_ASCII : HexStyle.ALL;
  }

  /** {@code DecodeOptions.FD_*} bits. */
  int decodeFds() {
    if (fdWord >= 0) {
      return fdWord;
    }
    return fdLetters == 0 ? 0 : fdLetters == 1 ? DecodeOptions.FD_PATH : DecodeOptions.FD_ALL;
  }

  /** {@code QUIET_*} bits. With a command and {@code -o}, strace is as quiet as with {@code -q}. */
  int quiet() {
    if (quietWord >= 0) {
      return quietWord;
    }
    switch (quietLetters) {
      case 0:
        return output != null && command.length > 0 ? QUIET_ATTACH | QUIET_PERSONALITY : 0;
      case 1:
        return QUIET_ATTACH | QUIET_PERSONALITY;
      case 2:
        return QUIET_ATTACH | QUIET_PERSONALITY | QUIET_EXIT;
      default:
        return QUIET_ALL;
    }
  }

  @Override
  public void option(Opt option, @Nullable String argument, boolean isLong) throws UsageException {
    if (wantsInformation()) {
      return; // as if the program had ended at -h or -V
    }
    try {
      apply(option, argument == null ? "" : argument, argument != null, isLong);
    } catch (FilterSyntaxException e) {
      throw new UsageException(String.valueOf(e.getMessage()), e.hint());
    }
  }

  private void apply(Opt option, String arg, boolean hasArg, boolean isLong)
      throws UsageException, FilterSyntaxException {
    switch (option) {
      case COLUMNS:
        column = (int) OptionValues.number(option, arg, isLong, Integer.MAX_VALUE);
        break;
      case APPEND:
        append = true;
        break;
      case DETACH_ON:
        if (!arg.equals("execve")) {
          throw new UsageException("Syscall '" + arg + "' for -b isn't supported", false);
        }
        detachOnExecve = true;
        break;
      case SUMMARY_ONLY:
        summarise(Summary.ONLY);
        break;
      case SUMMARY:
        summarise(Summary.ALSO);
        break;
      case DEBUG:
        debug = true;
        break;
      case DAEMONIZE:
        if (isLong) {
          daemonWord = OptionValues.daemon(option, hasArg ? arg : "grandchild");
        } else {
          daemonLetters++;
        }
        break;
      case EXPR:
        qualifiers.expression(arg);
        break;
      case ENV:
        environment.add(arg);
        break;
      case FOLLOW_FORKS:
        if (isLong) {
          followForksWord = true;
        } else {
          followForksLetters++;
        }
        break;
      case FOLLOW_FORKS_OLD:
        oldFollowForksLetters++;
        break;
      case INTERRUPTIBLE:
        interruptible = OptionValues.interruptible(option, arg, isLong);
        break;
      case KILL_ON_EXIT:
        killOnExit = true;
        break;
      case SYSCALL_LIMIT:
        syscallLimit = (int) OptionValues.number(option, arg, isLong, Integer.MAX_VALUE);
        if (syscallLimit == 0) {
          throw OptionValues.invalid(option, arg, isLong);
        }
        break;
      case ARGV0:
        argv0 = arg;
        break;
      case ALWAYS_SHOW_PID:
        alwaysShowPid = true;
        break;
      case OUTPUT_SEPARATELY:
        outputSeparatelyWord = true;
        break;
      case HELP:
        help = true;
        break;
      case INSTRUCTION_POINTER:
        instructionPointer = true;
        break;
      case STACK_TRACE:
        stackTrace = hasArg ? OptionValues.stackTrace(option, arg) : isLong ? 1 : stackTrace + 1;
        break;
      case STACK_TRACE_FRAME_LIMIT:
        stackLimit = (int) OptionValues.number(option, arg, isLong, Integer.MAX_VALUE);
        if (stackLimit == 0) {
          throw OptionValues.invalid(option, arg, isLong);
        }
        break;
      case SYSCALL_NUMBER:
        syscallNumber = true;
        break;
      case ARG_NAMES:
        argNames = true;
        break;
      case OUTPUT:
        output = arg;
        break;
      case OVERHEAD:
        overhead = Numbers.nanoseconds(arg);
        if (overhead < 0) {
          throw OptionValues.invalid(option, arg, isLong);
        }
        break;
      case ATTACH:
        attach(arg);
        break;
      case QUIET:
        if (isLong) {
          qualifiers.quiet(hasArg ? arg : "attach,personality");
        } else {
          quietLetters++;
        }
        break;
      case RELATIVE_TIMESTAMPS:
        relativeDigits = hasArg ? OptionValues.digits(option, arg) : MICROSECONDS;
        break;
      case STRING_LIMIT:
        stringLimit = (int) OptionValues.number(option, arg, isLong, MAX_STRING);
        break;
      case SORT_BY:
        sortBy = SortBy.of(arg);
        if (sortBy == null) {
          throw new UsageException("invalid sortby: '" + arg + "'", true);
        }
        break;
      case ABSOLUTE_TIMESTAMPS:
        if (isLong) {
          timeWord = true;
          timeFormat = TimeFormat.TIME_OF_DAY;
          timeDigits = 0;
          absoluteTimestamps(arg);
        } else {
          timeLetters++;
          timeFormat = timeLetters < 3 ? TimeFormat.TIME_OF_DAY : TimeFormat.UNIX;
          timeDigits = timeLetters == 1 ? 0 : MICROSECONDS;
        }
        break;
      case SYSCALL_TIMES:
        durationDigits = hasArg ? OptionValues.digits(option, arg) : MICROSECONDS;
        break;
      case USER:
        user = arg;
        break;
      case SUMMARY_COLUMNS:
        columns = SummaryColumns.parse(arg);
        break;
      case NO_ABBREV:
        abbrev = SyscallFilter.NONE;
        break;
      case VERSION:
        version = true;
        break;
      case WALL_CLOCK:
        wallClock = true;
        break;
      case STRINGS_IN_HEX:
        if (isLong) {
          hexWord = OptionValues.hexStyle(option, hasArg ? arg : "all");
        } else {
          hexLetters++;
        }
        break;
      case CONST_PRINT_STYLE:
        constStyle = OptionValues.constStyle(option, arg, isLong);
        break;
      case DECODE_FDS:
        if (isLong) {
          qualifiers.decodeFds(hasArg ? arg : "path");
        } else {
          fdLetters++;
        }
        break;
      case DECODE_PIDS:
        if (isLong) {
          qualifiers.decodePids(arg);
        } else {
          decodePids = PIDS_COMM;
        }
        break;
      case PIDNS_TRANSLATION:
        decodePids = PIDS_PIDNS;
        break;
      case TRACE_PATH:
        paths.add(arg);
        break;
      case SUCCESSFUL_ONLY:
        statusShortcuts++;
        status = StatusFilter.of(StatusFilter.SUCCESSFUL);
        break;
      case FAILED_ONLY:
        statusShortcuts++;
        status = StatusFilter.of(StatusFilter.FAILED);
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
      case NAMESPACE:
        qualifiers.apply(option.names[0], arg);
        break;
      case SECONTEXT:
        if (hasArg) {
          qualifiers.apply(option.names[0], arg);
        } else {
          secontext = Secontext.TYPE;
        }
        break;
      case COLOR:
        color = OptionValues.color(option, hasArg ? arg : "always");
        break;
      case TIPS:
        tips = tips == null ? new Tips() : tips;
        tips.set(arg);
        break;
      case JSON:
        json = true;
        break;
      case FORMAT:
        json = arg.equals("json");
        if (!json && !arg.equals("text")) {
          throw OptionValues.invalid(option, arg, isLong);
        }
        break;
      case LATENCY:
        latency = true;
        if (hasArg && !arg.equals("bars")) {
          throw OptionValues.invalid(option, arg, isLong);
        }
        latencyBars |= hasArg;
        break;
      case CPU:
        cpu(option, arg);
        break;
      case BACKEND:
        backend = OptionValues.backend(option, arg);
        break;
      case BUFFER:
        buffer = (int) Numbers.size(arg, MIN_BUFFER, MAX_BUFFER);
        if (buffer <= 0) {
          throw new UsageException("--buffer='" + arg + "': must be 64K to 512M", false);
        }
        break;
      case SYSTEM:
        all = true;
        break;
      case COMM:
        if (arg.isEmpty() || arg.length() > MAX_COMM) {
          throw new UsageException(
              "--comm '" + arg + "': the kernel keeps 1 to " + MAX_COMM + " bytes of a name",
              false);
        }
        comms.add(arg);
        break;
      case CGROUP:
        cgroup = arg;
        break;
      case MIN_DURATION:
        minDuration = Numbers.nanoseconds(arg);
        if (minDuration < 0) {
          throw OptionValues.invalid(option, arg, isLong);
        }
        break;
      case INTERVAL:
        interval = Numbers.seconds(arg);
        if (interval < MIN_INTERVAL) {
          throw OptionValues.invalid(option, arg, isLong);
        }
        break;
      case SUMMARY_BY:
        summaryBy = OptionValues.summaryBy(option, arg);
        break;
    }
  }

  private void seccompFilter(@Nullable String arg) throws UsageException {
    if (arg == null || arg.isEmpty() || arg.equals("auto")) {
      seccompFilter = true;
    } else if (arg.equals("off")) {
      seccompFilter = false;
    } else {
      throw new UsageException("invalid --seccomp-bpf argument: '" + arg + "'", false);
    }
  }

  private void cpu(Opt option, String arg) throws UsageException {
    if (arg.equals("auto")) {
      cpu = CPU_AUTO;
    } else if (arg.equals("off")) {
      cpu = CPU_OFF;
    } else {
      cpu = (int) OptionValues.number(option, arg, true, MAX_CPU);
    }
  }

  private void summarise(Summary wanted) throws UsageException {
    if (summary != Summary.NONE && summary != wanted) {
      throw new UsageException("-c/--summary-only and -C/--summary are mutually exclusive", true);
    }
    summary = wanted;
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
      attach.add((int) pid);
      at = end + 1;
    }
  }

  private void absoluteTimestamps(String list) throws UsageException {
    int at = 0;
    while (at < list.length()) {
      int comma = list.indexOf(',', at);
      int end = comma < 0 ? list.length() : comma;
      String item = list.substring(at, end);
      at = end + 1;
      TimeFormat format =
          item.startsWith("precision:")
              ? null
              : OptionValues.timeFormat(OptionValues.without("format:", item));
      int digits =
          item.startsWith("format:")
              ? -1
              : OptionValues.unit(OptionValues.without("precision:", item));
      if (format != null) {
        timeFormat = format;
      } else if (digits >= 0) {
        timeDigits = digits;
      } else {
        throw OptionValues.invalid(Opt.ABSOLUTE_TIMESTAMPS, list, true);
      }
    }
  }
}
