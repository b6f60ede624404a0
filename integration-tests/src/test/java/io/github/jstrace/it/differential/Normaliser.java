// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes out of a trace line what two runs of one tracer differ in: process ids, addresses, times,
 * and numbers the kernel hands out (inodes, ephemeral ports, random bytes). Nothing else: flags,
 * names, escapes, alignment and small numbers stay as they are.
 */
final class Normaliser {
  private static final Pattern NUMBER =
      Pattern.compile("(?<=^|[^\\w.]|\\\\[nrt]|_pid)(\\d{2,10})(?!\\w)");

  /** Where the user-space addresses of a process are: stack, libraries, PIE code and heap. */
  enum Addresses {
    X86_64("0x(7[ef]|5[5-9a-f]|6[0-4])[0-9a-f]{10}\\b"),
    /** Of programs on x86-64 that make calls of i386, too. */
    I386("0x(?:(7[ef]|5[5-9a-f]|6[0-4])[0-9a-f]{10}|(f[4-9a-f]|5[6-9]|[89ab])[0-9a-f]{6})\\b"),
    AARCH64("0x(ffff|aaa[ab])[0-9a-f]{8}\\b");

    private final Pattern pattern;

    /** Of a program of this machine. */
    static Addresses ours() {
      return System.getProperty("os.arch", "").equals("aarch64") ? AARCH64 : X86_64;
    }

    Addresses(String pattern) {
      this.pattern = Pattern.compile(pattern);
    }
  }

  private static final Pattern POINTER_PREFIX = Pattern.compile("^\\[[0-9a-f]{8,16}\\] ");

  private static final Rule[] RULES = {
    // Where the tracer's child had the environment that it passed on.
    new Rule("\\b0x[0-9a-f]+ /\\* (\\d+ vars?) \\*/", "ADDR /* $1 */"),
    // At the same address is what a thread clears when it ends, which may be before its maker
    // looks.
    new Rule("=> \\{parent_tid=\\[\\d+\\]", "=> {parent_tid=[TID]"),
    // A struct that strace 6.1 shows as an address, and its length in hex.
    new Rule(
        "\\brseq\\((?:\\{.*\\}|ADDR|0x[0-9a-f]+), (?:0x[0-9a-f]+|\\d+), (?=.*, 0x)",
        "rseq(RSEQ, LENGTH, "),
    // Times of files and of signals.
    new Rule("\\b(stx?_[abcm]time(?:_nsec)?)=-?\\d+", "$1=TIME"),
    new Rule(
        "/\\* \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?[+-]\\d{4} \\*/", "/* DATE */"),
    new Rule("\\bsi_([us])time=\\d+(?: /\\* [^*]* \\*/)?", "si_$1time=TIME"),
    // An absolute time; a relative one given by the program stays.
    new Rule("\\btv_sec=-?\\d{9,},? tv_([nu])sec=\\d+", "tv_sec=TIME, tv_$1sec=TIME"),
    new Rule("\\bleft \\{tv_sec=\\d+, tv_([nu])sec=\\d+\\}", "left {tv_sec=TIME, tv_$1sec=TIME}"),
    // Inodes, and the kernel's names for objects that are known by them.
    new Rule("\\b(st_ino|stx_ino|d_ino|d_off)=\\d+", "$1=INO"),
    new Rule("\\b((?:socket|pipe|[A-Z]+[-A-Z0-9]*(?:v6)?):\\[)\\d{3,}->\\d{3,}", "$1INO->INO"),
    new Rule(
        "\\b((?:socket|pipe|mnt|net|pid|ipc|uts|user|cgroup|[A-Z]+[-A-Z0-9]*(?:v6)?):\\[)\\d{3,}",
        "$1INO"),
    // The kernel's choice of a port is the process id if that is free.
    new Rule("\\b(NETLINK:\\[[A-Z0-9_]+:)-?\\d{2,}", "$1PORT"),
    new Rule("/#\\d{3,}>\\(deleted\\)", "/#INO>(deleted)"),
    new Rule("\\binode=\\d{3,}", "inode=INO"),
    // Ports from the ephemeral range, pseudo-terminals, whichever is free.
    new Rule(
        "(sin6?_port=)\"[^\"]*\" /\\* htons\\((?:3[2-9]|4\\d|5\\d|60)\\d{3}\\) \\*/",
        "$1htons(PORT)"),
    new Rule("(sin6?_port=htons\\()(?:3[2-9]|4\\d|5\\d|60)\\d{3}\\)", "$1PORT)"),
    new Rule("([0-9\\]]):(?:3[2-9]|4\\d|5\\d|60)\\d{3}(?=[\\]\\->])", "$1:PORT"),
    // Random names of temporary files.
    new Rule("/tmp/cc[A-Za-z0-9]{6}\\b", "/tmp/ccRANDOM"),
    new Rule("\\btmp_obj_[A-Za-z0-9]{6}\\b", "tmp_obj_RANDOM"),
    // and under -xx
    new Rule(
        "(\\\\x2f\\\\x74\\\\x6d\\\\x70\\\\x2f\\\\x63\\\\x63)(?:\\\\x[0-9a-f]{2}){6}", "$1RANDOM"),
    new Rule(
        "(\\\\x74\\\\x6d\\\\x70\\\\x5f\\\\x6f\\\\x62\\\\x6a\\\\x5f)(?:\\\\x[0-9a-f]{2}){6}",
        "$1RANDOM"),
    new Rule("/dev/pts/\\d+(<char 136:\\d+>)?", "/dev/pts/N"),
    new Rule("(type=BPF_\\w+, id=)\\d+", "$1ID"),
    new Rule("\\bload_time=\\d+", "load_time=TIME"),
    new Rule("\\beventfd-id=\\d+", "eventfd-id=ID"),
    new Rule("<char 136:\\d+>", "<char 136:N>"),
    new Rule("makedev\\(0x88, 0x?[0-9a-f]+\\)", "makedev(0x88, N)"),
    new Rule("(TIOCGPTN, )\\[\\d+\\]", "$1[N]"),
  };

  private static final Rule TIME_FIELDS =
      new Rule(
          "\\b(tv_sec|tv_nsec|tv_usec|tms_\\w+|ru_\\w+|uptime|loads|\\w*ram|bufferram|\\w*swap|\\w*high|procs"
              + "|offset|freq|maxerror|esterror|constant|time)=(?:-?\\d+(?: /\\* [^*]* \\*/)?|\\[[^\\]]*\\])",
          "$1=TIME");
  private static final Rule RESULT = new Rule("= \\d{5,}(?: \\(\\d{4}-.*?\\))?", "= TIME");
  private static final Rule SPACE_FIELDS =
      new Rule("\\b(f_bfree|f_bavail|f_ffree|f_files|f_blocks)=\\d+", "$1=SPACE");
  private static final Rule FIRST_STRING =
      new Rule("\\(\"(?:[^\"\\\\]|\\\\.)*\"(?:\\.\\.\\.)?", "(RANDOM");
  private static final Rule CPU = new Rule("\\[\\d+\\]", "[CPU]");

  /** The kernel counts System V identifiers up. */
  private static final Set<String> IPC_GET = Set.of("shmget", "semget", "msgget");

  private static final Set<String> IPC_CALLS =
      Set.of("shmat", "shmctl", "semop", "semtimedop", "semctl", "msgsnd", "msgrcv", "msgctl");
  private static final Rule IPC_RESULT = new Rule("= \\d+(?= <|$)", "= ID");
  private static final Rule IPC_ID = new Rule("\\(\\d+, ", "(ID, ");

  private static final Set<String> PID_CALLS =
      Set.of(
          "---",
          "+++",
          "clone",
          "clone3",
          "fork",
          "vfork",
          "wait4",
          "waitid",
          "waitpid",
          "kill",
          "tkill",
          "tgkill",
          "getpid",
          "gettid",
          "getppid",
          "set_tid_address",
          "setpgid",
          "getpgid",
          "getpgrp",
          "setsid",
          "getsid",
          "futex",
          "prlimit64",
          "kcmp",
          "pidfd_open",
          "rt_sigqueueinfo",
          "rt_tgsigqueueinfo",
          "process_vm_readv",
          "process_vm_writev",
          "sched_getaffinity",
          "timer_create");

  private static final Set<String> TIME_CALLS =
      Set.of(
          "clock_gettime",
          "clock_gettime64",
          "gettimeofday",
          "time",
          "times",
          "getrusage",
          "wait4",
          "waitid",
          "sysinfo",
          "adjtimex",
          "clock_adjtime",
          "timer_gettime",
          "getitimer",
          "timerfd_gettime");

  private final Map<Long, String> pidNames;
  private final Addresses addresses;

  /**
   * @param pidNames what to call each process id that is known to belong to the run
   * @param addresses which are to be taken out
   */
  Normaliser(Map<Long, String> pidNames, Addresses addresses) {
    this.pidNames = pidNames;
    this.addresses = addresses;
  }

  String normalise(String line) {
    String text = POINTER_PREFIX.matcher(line).replaceFirst("[PC] ");
    text = addresses.pattern.matcher(text).replaceAll("ADDR");
    if (text.indexOf('=') >= 0 || text.indexOf('[') >= 0 || text.indexOf('/') >= 0) {
      for (Rule rule : RULES) {
        text = rule.apply(text);
      }
    }
    String call = callName(text);
    if (TIME_CALLS.contains(call)) {
      text = TIME_FIELDS.apply(text);
      if (call.equals("times") || call.equals("time")) {
        text = RESULT.apply(text);
      }
    } else if (call.startsWith("statfs") || call.startsWith("fstatfs")) {
      text = SPACE_FIELDS.apply(text);
    } else if (call.equals("getrandom")) {
      text = FIRST_STRING.apply(text);
    } else if (IPC_GET.contains(call)) {
      text = IPC_RESULT.apply(text);
    } else if (IPC_CALLS.contains(call)) {
      text = IPC_ID.apply(text);
    } else if (call.equals("getcpu")) {
      text = CPU.apply(text);
    }
    return namePids(text, call);
  }

  /**
   * The name of the system call of {@code line}, or what stands for it ({@code ---}, {@code +++}).
   */
  static String callName(String line) {
    if (line.startsWith("TIME ")) {
      return callName(line.substring(5));
    }
    if (line.startsWith("--- ")) {
      return "---";
    }
    if (line.startsWith("+++ ")) {
      return "+++";
    }
    int start = 0;
    while (start < line.length() && line.charAt(start) == '[') {
      int end = line.indexOf("] ", start);
      if (end < 0) {
        break;
      }
      start = end + 2;
    }
    int end = start;
    while (end < line.length()
        && (Character.isLetterOrDigit(line.charAt(end)) || line.charAt(end) == '_')) {
      end++;
    }
    return line.substring(start, end);
  }

  /**
   * Replaces the blanks in front of {@code = result} by one blank where the column is right: 40,
   * counted from the beginning of the line, or one blank when the line is longer by then. The
   * column depends on the length of pids, times and addresses, so it is checked before those go.
   */
  static String align(String line) {
    int equals = resultColumn(line);
    if (equals < 0) {
      return line;
    }
    int blank = equals;
    while (blank > 0 && line.charAt(blank - 1) == ' ') {
      blank--;
    }
    boolean right = equals == 40 || (equals > 40 && equals - blank == 1);
    return line.substring(0, blank)
        + (right ? " " : " <column " + equals + "> ")
        + line.substring(equals);
  }

  /** The index of the {@code =} in front of the result, or -1. */
  static int resultColumn(String line) {
    for (int close = line.lastIndexOf(')'); close >= 0; close = line.lastIndexOf(')', close - 1)) {
      int at = close + 1;
      while (at < line.length() && line.charAt(at) == ' ') {
        at++;
      }
      if (at > close + 1
          && at + 1 < line.length()
          && line.charAt(at) == '='
          && line.charAt(at + 1) == ' ') {
        return at;
      }
      if (close == 0) {
        break;
      }
    }
    return -1;
  }

  /** Process ids that are likely to be sizes as well are ids only where a call is about those. */
  private static boolean ambiguous(long pid) {
    return pid < 10_000 || pid % 256 == 0 || pid % 1000 == 0;
  }

  private String namePids(String text, String call) {
    boolean about = PID_CALLS.contains(call);
    Matcher matcher = NUMBER.matcher(text);
    StringBuilder out = null;
    int from = 0;
    while (matcher.find()) {
      long number = Long.parseLong(matcher.group(1));
      String name = pidNames.get(number);
      if (name != null
          && (about
              || !ambiguous(number)
              || text.startsWith("pid=", matcher.start() - 4)
              || text.startsWith("<pid:", matcher.start() - 5)
              || text.startsWith("/proc/", matcher.start() - 6))) {
        if (out == null) {
          out = new StringBuilder(text.length() + 16);
        }
        out.append(text, from, matcher.start()).append(name);
        from = matcher.end();
      }
    }
    return out == null ? text : out.append(text, from, text.length()).toString();
  }

  private record Rule(Pattern pattern, String replacement) {
    Rule(String regex, String replacement) {
      this(Pattern.compile(regex), replacement);
    }

    String apply(String text) {
      Matcher matcher = pattern.matcher(text);
      return matcher.find() ? matcher.replaceAll(replacement) : text;
    }
  }
}
