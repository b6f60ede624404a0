// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.decode.DecodeOptions;
import io.github.jstrace.core.filter.FdSet;
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
 * What a command line asks for: {@link OptionReader} fills it in, {@link Consistency} then looks at
 * the whole. Strings have one char per byte (ISO 8859-1), so that any file name survives.
 */
final class Settings {
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

  /** {@code TASK_COMM_LEN} without the final NUL. */
  static final int MAX_COMM = 15;

  /** What a user should know before tracing begins. */
  final List<String> warnings = new ArrayList<>();

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
  long syscallLimit;

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

  boolean stackLimitGiven;

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

  /** {@code --secontext=mismatch}. */
  boolean contextMismatches;

  Color color = Color.AUTO;

  /** {@code --tips}; null if not given. */
  @Nullable Tips tips;

  /** Whether the kernel may let calls through that are not traced. */
  boolean seccompFilter = true;

  /** It was asked for as strace is asked: refused where strace refuses it, and with its words. */
  boolean seccompAsked;

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

  /** Whether signals that end a program end this one as any other. */
  boolean dieOfSignals() {
    return interruptible == 1;
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
}
