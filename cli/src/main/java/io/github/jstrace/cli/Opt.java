// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

/**
 * Every option, once: what the parser accepts, what {@code -h}, the man page and the completions
 * say. To add one, add a constant here and its meaning in {@link OptionReader#apply}.
 *
 * <p>The order is strace's (by letter, then those without), because it shows in messages about
 * ambiguous abbreviations.
 */
enum Opt {
  COLUMNS(
      'a',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "COLUMN",
      "align results to COLUMN (default 40)",
      "columns"),
  APPEND(
      'A',
      Group.OUTPUT,
      "append to the file of -o instead of overwriting it",
      "output-append-mode"),
  DETACH_ON(
      'b',
      true,
      Arg.REQUIRED,
      Group.TRACING,
      "SYSCALL",
      "let go of a process at its next SYSCALL; only execve is possible",
      "detach-on"),
  SUMMARY_ONLY(
      'c',
      Group.STATISTICS,
      "count time, calls and errors of each system call and print only that",
      "summary-only"),
  SUMMARY('C', Group.STATISTICS, "like -c, and print the calls too", "summary"),
  DEBUG(
      'd',
      Group.MISC,
      "show on stderr what ptrace is asked and reports, and the stack trace of an internal error",
      "debug"),
  DAEMONIZE(
      'D',
      false,
      Arg.OPTIONAL,
      Group.TRACING,
      "PLACE",
      "trace from a grandchild of the command, which thus is the very process that was started;"
          + " -D or grandchild; -DD or pgroup: the tracer in a process group of its own; -DDD or session:"
          + " in a session of its own",
      "daemonize",
      "daemonised",
      "daemonized"),
  EXPR(
      'e',
      true,
      Arg.NONE,
      Group.FILTERING,
      "EXPR",
      "a qualifying expression: KEY=[!]VALUE[,VALUE]..., where KEY= is one of"
          + " trace, abbrev, verbose, raw, signal, status, quiet, decode-fds, decode-pids, inject, fault, trace-fds,"
          + " read, write, kvm, namespace, secontext;"
          + " trace= may be left out"),
  ENV(
      'E',
      true,
      Arg.REQUIRED,
      Group.STARTUP,
      "VAR[=VALUE]",
      "put VAR=VALUE into the command's environment, or take VAR out of it",
      "env"),
  FOLLOW_FORKS(
      'f',
      Group.TRACING,
      "trace child processes and threads as they are made; -ff: each into a file of its own,"
          + " as with --output-separately",
      "follow-forks"),
  OUTPUT_SEPARATELY(
      '\0',
      Group.OUTPUT,
      "with -o FILE, write each process's trace to FILE.PID",
      "output-separately"),
  FOLLOW_FORKS_OLD('F', Group.TRACING, "old spelling of -f"),
  HELP('h', Group.MISC, "print this help and exit", "help"),
  INSTRUCTION_POINTER(
      'i', Group.OUTPUT, "print the instruction pointer at each call", "instruction-pointer"),
  INTERRUPTIBLE(
      'I',
      true,
      Arg.REQUIRED,
      Group.TRACING,
      "WHEN",
      "what signals that end a program do to jstrace itself: 1 or anywhere: end it at once; 2 or waiting: end the"
          + " tracing (default); 3 or never: nothing (default with -o FILE PROG); 4 or never_tstp: nothing, nor does ^Z stop it",
      "interruptible"),
  KILL_ON_EXIT(
      '\0',
      Group.TRACING,
      "kill all tracees when jstrace ends, however it does, instead of letting them go on",
      "kill-on-exit"),
  SYSCALL_LIMIT(
      '\0',
      true,
      Arg.REQUIRED,
      Group.TRACING,
      "LIMIT",
      "let go of all tracees after LIMIT calls that were shown",
      "syscall-limit"),
  ALWAYS_SHOW_PID(
      '\0',
      Group.OUTPUT,
      "print the thread id on each line, also if there is only one thread",
      "always-show-pid"),
  STACK_TRACE(
      'k',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "KIND",
      "print the stack of the thread after each call and signal, through libunwind: -k or symbol with"
          + " functions, also those in /tmp/perf-PID.map; -kk or source with source files and lines, too,"
          + " through libdw",
      "stack-trace",
      "stack-traces"),
  STACK_TRACE_FRAME_LIMIT(
      '\0',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "LIMIT",
      "print at most LIMIT frames of a stack (default 256)",
      "stack-trace-frame-limit"),
  SYSCALL_NUMBER('n', Group.OUTPUT, "print the number of each call", "syscall-number"),
  ARG_NAMES('N', Group.OUTPUT, "print the names of arguments", "arg-names"),
  ARGV0(
      '\0', true, Arg.REQUIRED, Group.STARTUP, "NAME", "name the command NAME to itself", "argv0"),
  OUTPUT(
      'o',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "FILE",
      "write the trace to FILE; '|COMMAND' or '!COMMAND': pipe it to a shell command",
      "output"),
  OVERHEAD(
      'O',
      true,
      Arg.REQUIRED,
      Group.STATISTICS,
      "OVERHEAD[UNIT]",
      "subtract OVERHEAD from the time of each call; units: s, ms, us, ns (default us)",
      "summary-syscall-overhead"),
  ATTACH(
      'p',
      true,
      Arg.REQUIRED,
      Group.STARTUP,
      "PID",
      "trace the process PID; several are separated by commas, and -p may be repeated",
      "attach"),
  QUIET(
      'q',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "SET",
      "leave out messages: attach, exit, path-resolution, personality, thread-execve."
          + " -q: attach and personality; -qq: exit status too; -qqq: all of them",
      "quiet",
      "silent",
      "silence"),
  RELATIVE_TIMESTAMPS(
      'r',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "PRECISION",
      "print the time since the previous call began; precision: s, ms, us, ns" + " (default us)",
      "relative-timestamps"),
  STRING_LIMIT(
      's',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "SIZE",
      "print at most SIZE characters of a string (default 32)",
      "string-limit"),
  SORT_BY(
      'S',
      true,
      Arg.REQUIRED,
      Group.STATISTICS,
      "COLUMN",
      "sort the summary by time, min-time, max-time, avg-time, wall-total, wall-min, wall-max, wall-avg,"
          + " calls, errors, name or nothing"
          + " (default time)",
      "summary-sort-by"),
  ABSOLUTE_TIMESTAMPS(
      't',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "FORMAT",
      "print the time of day; -tt: with microseconds; -ttt: as seconds since 1970 with"
          + " microseconds. FORMAT is [format:]none|time|unix and [precision:]s|ms|us|ns, separated by a comma",
      "absolute-timestamps",
      "timestamps"),
  SYSCALL_TIMES(
      'T',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "PRECISION",
      "print the time spent in each call; precision: s, ms, us, ns (default us)",
      "syscall-times"),
  USER(
      'u',
      true,
      Arg.REQUIRED,
      Group.STARTUP,
      "USER|UID:GID",
      "run the command as USER with its groups, or with these numbers (needs root)",
      "user"),
  SUMMARY_COLUMNS(
      'U',
      true,
      Arg.REQUIRED,
      Group.STATISTICS,
      "COLUMNS",
      "show these columns in the summary: time-percent, total-time, min-time, max-time, avg-time,"
          + " wall-total, wall-min, wall-max, wall-avg, calls, errors, name",
      "summary-columns"),
  NO_ABBREV('v', Group.OUTPUT, "print structures, arrays and environments whole", "no-abbrev"),
  VERSION('V', Group.MISC, "print the version and exit", "version"),
  WALL_CLOCK(
      'w',
      Group.STATISTICS,
      "summarise the time between begin and end of a call instead of the system CPU time",
      "summary-wall-clock"),
  STRINGS_IN_HEX(
      'x',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "STYLE",
      "print non-ASCII strings in hex; -xx: all strings. STYLE: none, non-ascii-chars,"
          + " non-ascii, all",
      "strings-in-hex"),
  CONST_PRINT_STYLE(
      'X',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "STYLE",
      "print named constants and flags as raw, abbrev or verbose (default abbrev)",
      "const-print-style"),
  DECODE_FDS(
      'y',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "SET",
      "print what file descriptors stand for: -y their paths, -yy details of sockets, devices, pidfds, eventfds and signalfds"
          + " too. SET: path, socket, dev, pidfd, eventfd, signalfd, all, none",
      "decode-fds"),
  DECODE_PIDS(
      'Y',
      false,
      Arg.REQUIRED,
      Group.OUTPUT,
      "SET",
      "print what process ids stand for; SET: comm, the command names; pidns, the ids that jstrace has for"
          + " them in another pid namespace; all, none. -Y: comm",
      "decode-pids"),
  PIDNS_TRANSLATION('\0', Group.OUTPUT, "as --decode-pids=pidns", "pidns-translation"),
  TRACE_PATH(
      'P',
      true,
      Arg.REQUIRED,
      Group.FILTERING,
      "PATH",
      "trace only calls that work on PATH, by that name or a descriptor that refers to it; may be repeated",
      "trace-path"),
  SUCCESSFUL_ONLY('z', Group.FILTERING, "print only calls that succeeded", "successful-only"),
  FAILED_ONLY('Z', Group.FILTERING, "print only calls that failed", "failed-only", "failing-only"),
  SECCOMP_BPF(
      '\0',
      false,
      Arg.OPTIONAL,
      Group.FILTERING,
      "WHEN",
      "let the kernel filter the calls of a command (seccomp-BPF), so that those which are not"
          + " traced cost next to nothing: auto (default): wherever that changes nothing else; off:"
          + " never",
      "seccomp-bpf"),
  TRACE(
      '\0',
      true,
      Arg.REQUIRED,
      Group.FILTERING,
      "SET",
      "trace only the calls in SET: names, numbers, %CLASS, /REGEX, all, none; ! before the whole"
          + " set inverts it, ? before an item ignores it if unknown, @64 or @32 behind one limits it to an ABI",
      "trace"),
  ABBREV(
      '\0',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "SET",
      "print structures of the calls in SET in brief (default all)",
      "abbrev"),
  VERBOSE(
      '\0',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "SET",
      "print structures of the calls in SET at all (default all)",
      "verbose"),
  RAW(
      '\0',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "SET",
      "print the arguments of the calls in SET undecoded (default none)",
      "raw"),
  SIGNALS(
      '\0',
      true,
      Arg.REQUIRED,
      Group.FILTERING,
      "SET",
      "report only the signals in SET (default all)",
      "signals",
      "signal"),
  STATUS(
      '\0',
      true,
      Arg.REQUIRED,
      Group.FILTERING,
      "SET",
      "print only calls that ended in a way of SET: successful, failed, unfinished, unavailable,"
          + " detached",
      "status"),
  TRACE_FDS(
      '\0',
      true,
      Arg.REQUIRED,
      Group.FILTERING,
      "SET",
      "trace only calls that work on the descriptors in SET, or else on a path of -P",
      "trace-fds"),
  READ(
      '\0',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "SET",
      "show all data read from the descriptors in SET, in hex and as ASCII",
      "read"),
  WRITE(
      '\0',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "SET",
      "show all data written to the descriptors in SET, in hex and as ASCII",
      "write"),
  INJECT(
      '\0',
      true,
      Arg.REQUIRED,
      Group.TAMPERING,
      "SET:WHAT",
      "tamper with the calls in SET, as far as they are traced; what: see TAMPERING",
      "inject"),
  FAULT(
      '\0',
      true,
      Arg.REQUIRED,
      Group.TAMPERING,
      "SET[:error=ERRNO][:when=WHEN]",
      "let the calls in SET fail, with ENOSYS unless another error is given",
      "fault"),
  KVM(
      '\0',
      true,
      Arg.REQUIRED,
      Group.OUTPUT,
      "vcpu",
      "print why a virtual CPU stopped, behind the result of ioctl(KVM_RUN)",
      "kvm"),
  NAMESPACE(
      '\0',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "new",
      "print the namespaces that clone, clone3, setns and unshare enter, behind their results",
      "namespace"),
  SECONTEXT(
      '\0',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "FORMAT",
      "print the SELinux contexts of processes, files and descriptors: their types, or with full"
          + " all of them; with mismatch also what the policy has, where that differs",
      "secontext"),
  COLOR(
      '\0',
      false,
      Arg.OPTIONAL,
      Group.OUTPUT,
      "WHEN",
      "colour the trace: always, never or auto (default): on a terminal, unless NO_COLOR is set. The"
          + " environment variable STRACE_COLORS has the colours",
      "color"),
  TIPS(
      '\0',
      false,
      Arg.OPTIONAL,
      Group.MISC,
      "FORMAT",
      "print a tip at the end; FORMAT is [id:]NUMBER|random and [format:]none|compact|full,"
          + " separated by a comma",
      "tips"),
  // Ours; strace has none of these, so they take no part in what its abbreviations mean.
  JSON(
      '\0',
      false,
      Arg.NONE,
      Group.OUTPUT,
      "",
      "write one JSON object a line, as --format=json; to stdout if there is no -o, and what the command writes to its stdout then goes to stderr",
      "json"),
  FORMAT('\0', true, Arg.REQUIRED, Group.OUTPUT, "FORMAT", "text (default) or json", "format"),
  LATENCY(
      '\0',
      false,
      Arg.OPTIONAL,
      Group.STATISTICS,
      "bars",
      "add latency percentiles of each call to the summary, and with =bars a histogram of each;"
          + " means -c unless -C is given",
      "latency"),
  CPU(
      '\0',
      true,
      Arg.REQUIRED,
      Group.TRACING,
      "WHERE",
      "whether to share a CPU with a thread that makes many calls, which is several times faster:"
          + " auto (default for a command), off (default with -p): never; N: CPU N",
      "cpu"),
  BACKEND(
      '\0',
      true,
      Arg.REQUIRED,
      Group.TRACING,
      "BACKEND",
      "how to trace: ptrace; ebpf: by programs in the kernel, which stop no process; auto (default):"
          + " ptrace for a command, ebpf for -p and --all where it is available and serves every option",
      "backend"),
  BUFFER(
      '\0',
      true,
      Arg.REQUIRED,
      Group.TRACING,
      "SIZE",
      "room for SIZE bytes of events that the kernel has recorded and jstrace has not shown yet;"
          + " K or M may follow; 64K to 512M (default 32M); a power of two, else the next one (ebpf)",
      "buffer"),
  SYSTEM(
      '\0',
      Group.STARTUP,
      "trace every process of the system but jstrace itself, until it is interrupted or COMMAND"
          + " ends (ebpf)",
      "all"),
  COMM(
      '\0',
      true,
      Arg.REQUIRED,
      Group.FILTERING,
      "NAME",
      "trace only threads named NAME when they enter a call; may be repeated; of the whole system"
          + " if there is neither COMMAND nor -p (ebpf)",
      "comm"),
  CGROUP(
      '\0',
      true,
      Arg.REQUIRED,
      Group.FILTERING,
      "PATH",
      "trace only processes in the control group of this directory (version 2) and those below it;"
          + " of the whole system if there is neither COMMAND nor -p (ebpf)",
      "cgroup"),
  MIN_DURATION(
      '\0',
      true,
      Arg.REQUIRED,
      Group.FILTERING,
      "TIME[UNIT]",
      "only calls that took at least TIME from begin to end; units: s, ms, us, ns (default us)",
      "min-duration"),
  INTERVAL(
      '\0',
      true,
      Arg.REQUIRED,
      Group.STATISTICS,
      "SECONDS",
      "with -c, print a table of what happened meanwhile every SECONDS, which may have a fraction"
          + " (ebpf)",
      "interval"),
  SUMMARY_BY(
      '\0',
      true,
      Arg.REQUIRED,
      Group.STATISTICS,
      "WHAT",
      "with -c, a table for each process or thread (ebpf)",
      "summary-by");

  /** Whether a long option takes an argument. */
  enum Arg {
    NONE,
    REQUIRED,
    OPTIONAL
  }

  /** Heading that an option is listed under. */
  enum Group {
    STARTUP("Startup"),
    TRACING("Tracing"),
    FILTERING("Filtering"),
    OUTPUT("Output format"),
    STATISTICS("Statistics"),
    TAMPERING("Tampering"),
    MISC("Miscellaneous");

    final String title;

    Group(String title) {
      this.title = title;
    }
  }

  private static final Opt[] ALL = values();

  /** The letter, or NUL. */
  final char letter;

  /** Whether the letter takes an argument. */
  final boolean letterArg;

  /** What the long option takes. */
  final Arg longArg;

  final Group group;

  /** What the argument is called in the help; empty if there is none. */
  final String argLabel;

  /** One sentence without a full stop. */
  final String help;

  /** Long spellings without the dashes; the first is the one shown. */
  final String[] names;

  Opt(char letter, Group group, String help, String... names) {
    this(letter, false, Arg.NONE, group, "", help, names);
  }

  Opt(
      char letter,
      boolean letterArg,
      Arg longArg,
      Group group,
      String argLabel,
      String help,
      String... names) {
    this.letter = letter;
    this.letterArg = letterArg;
    this.longArg = longArg;
    this.group = group;
    this.argLabel = argLabel;
    this.help = help;
    this.names = names;
  }

  /** All options; the caller must not change the array. */
  @SuppressWarnings("MutableExpose")
  static Opt[] all() {
    return ALL;
  }

  /** Whether strace has it too. */
  boolean inherited() {
    return compareTo(JSON) < 0;
  }
}
