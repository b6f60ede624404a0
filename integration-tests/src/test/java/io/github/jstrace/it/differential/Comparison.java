// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One command under strace and under the tracer that is tested, with one set of options.
 *
 * <p>The share of identical lines is the length of the longest common subsequence of each task's
 * two streams, summed, divided by the lines of the longer stream, summed: a missing line, an extra
 * one and a different one cost the same.
 *
 * <p>Some programs do not make the same calls twice (the JVM's threads, contended futexes, a parent
 * that may or may not wait). If the two differ in more than a few lines, strace runs several times
 * for those; the tested run is compared with the strace run that is nearest to it, and only
 * differences beyond the least that two strace runs differ by are held against it. Both numbers are
 * reported. Nor is it held against it if it names what the installed strace does not know ({@link
 * NewerNames}).
 */
public final class Comparison {
  /** How often strace runs when the command does not make the same calls each time. */
  private static final int REFERENCES = 4;

  /** The share of a racing program's lines that, if the first run of strace has it, is enough. */
  private static final double NEAR = 0.98;

  /** A lock for each subject, by name: it has one directory, and its ports are always the same. */
  private static final Map<String, Object> RUNNING = new ConcurrentHashMap<>();

  private final Subject subject;
  private final List<String> options;
  private TracedRun reference;
  private TracedRun tested;
  private int total;
  private int different;
  private int baseline;
  private int baselineTotal;
  private double known = 1;
  private double size;
  private List<Difference> differences = new ArrayList<>();
  private Map<String, int[]> children = new TreeMap<>();

  private record Difference(
      String task, String call, List<String> reference, List<String> tested, boolean newer) {}

  private record Result(
      int total, int different, List<Difference> differences, Map<String, int[]> children) {}

  private Comparison(Subject subject, List<String> options, TracedRun reference, TracedRun tested) {
    this.subject = subject;
    this.options = options;
    this.reference = reference;
    this.tested = tested;
  }

  /** Runs the command under both tracers and compares. */
  public static Comparison of(
      Subject subject, List<String> options, Tracer underTest, boolean baseline)
      throws IOException, InterruptedException {
    return of(Tracer.strace(), subject, options, underTest, baseline);
  }

  /** The same with another tracer in strace's place. One subject is compared once at a time. */
  static Comparison of(
      Tracer strace, Subject subject, List<String> options, Tracer underTest, boolean baseline)
      throws IOException, InterruptedException {
    synchronized (RUNNING.computeIfAbsent(subject.name(), name -> new Object())) {
      return compare(strace, subject, options, underTest, baseline);
    }
  }

  private static Comparison compare(
      Tracer strace, Subject subject, List<String> options, Tracer underTest, boolean baseline)
      throws IOException, InterruptedException {
    List<TracedRun> references = new ArrayList<>();
    references.add(TracedRun.of(strace, options, subject));
    TracedRun tested = TracedRun.of(underTest, options, subject);
    Comparison first = of(subject, options, references, tested);
    if (!baseline && (subject.steady() || first.share() >= NEAR)) {
      return first;
    }
    while (references.size() < (subject.steady() ? 2 : REFERENCES)) {
      references.add(TracedRun.of(strace, options, subject));
    }
    return of(subject, options, references, tested);
  }

  /**
   * Compares runs that were made already.
   *
   * @param references runs under strace
   */
  static Comparison of(
      Subject subject, List<String> options, List<TracedRun> references, TracedRun tested) {
    int count = references.size();
    List<TraceLog> logs = new ArrayList<>();
    for (TracedRun run : references) {
      logs.add(log(run, options, subject));
    }
    TraceLog testedLog = log(tested, options, subject);

    Comparison out = new Comparison(subject, options, references.get(0), tested);
    Result best = null;
    for (int i = 0; i < count; i++) {
      Result result = diff(logs.get(i), testedLog);
      double lines = logs.get(i).lines();
      double testedLines = testedLog.lines();
      out.size =
          Math.max(
              out.size, Math.min(lines, testedLines) / Math.max(1, Math.max(lines, testedLines)));
      if (best == null || result.different < best.different) {
        best = result;
        out.reference = references.get(i);
      }
    }
    out.total = best.total;
    out.different = best.different;
    out.differences = best.differences;
    out.children = best.children;
    int least = -1;
    for (int i = 0; i < count; i++) {
      for (int j = i + 1; j < count; j++) {
        Result result = diff(logs.get(i), logs.get(j));
        if (least < 0 || result.different < least) {
          least = result.different;
          out.baselineTotal = result.total;
        }
      }
    }
    out.baseline = least;
    double usual = 1;
    if (count > 1) {
      usual = 0;
      for (TraceLog log : logs) {
        List<TraceLog> others = new ArrayList<>(logs);
        others.remove(log);
        usual = Math.max(usual, known(others, log));
      }
    }
    out.known = Math.min(1, known(logs, testedLog) + 1 - usual);
    return out;
  }

  private static TraceLog log(TracedRun run, List<String> options, Subject subject) {
    boolean follow = false;
    boolean time = false;
    for (String option : options) {
      follow |= option.matches("-[a-zA-Z]*f.*") || option.startsWith("--follow-forks");
      time |=
          option.matches("-(t+|r|[fvyxTtr]*[tr][fvyxTtr]*)")
              || option.matches("--(absolute|relative)-timestamps.*");
    }
    Map<Long, String> others = new HashMap<>();
    others.put(run.pid(), "TRACER");
    return new TraceLog(run.log(), follow, time, subject.addresses(), others);
  }

  /** The share of the tested lines that one of the references has too, anywhere. */
  private static double known(List<TraceLog> references, TraceLog tested) {
    Set<String> seen = new HashSet<>();
    for (TraceLog log : references) {
      log.streams().values().forEach(lines -> seen.addAll(normal(lines)));
    }
    int found = 0;
    int all = 0;
    for (List<TraceLog.Line> lines : tested.streams().values()) {
      for (String line : normal(lines)) {
        all++;
        found += seen.contains(line) ? 1 : 0;
      }
    }
    return all == 0 ? 0 : (double) found / all;
  }

  private static Result diff(TraceLog left, TraceLog right) {
    int total = 0;
    int different = 0;
    List<Difference> out = new ArrayList<>();
    Map<String, int[]> children = new TreeMap<>();
    TreeSet<String> tasks = new TreeSet<>(left.streams().keySet());
    tasks.addAll(right.streams().keySet());
    for (String task : tasks) {
      List<TraceLog.Line> a = left.streams().getOrDefault(task, List.of());
      List<TraceLog.Line> b = right.streams().getOrDefault(task, List.of());
      int[] partner = LineDiff.match(normal(a), normal(b));
      int same = 0;
      int y = 0;
      List<TraceLog.Line> missing = new ArrayList<>();
      for (int x = 0; x <= a.size(); x++) {
        int next = x == a.size() ? b.size() : partner[x];
        if (next < 0) {
          missing.add(a.get(x));
          continue;
        }
        List<TraceLog.Line> extra = new ArrayList<>();
        while (y < next) {
          extra.add(b.get(y++));
        }
        pair(task, missing, extra, out);
        missing = new ArrayList<>();
        if (x < a.size()) {
          same++;
          y++;
        }
      }
      int longer = Math.max(a.size(), b.size());
      total += longer;
      different += longer - same;
      int[] child = children.computeIfAbsent(child(task), k -> new int[2]);
      child[0] += longer;
      child[1] += longer - same;
    }
    return new Result(total, different, out, children);
  }

  /** Of which child of the command a task is a descendant: {@code P.2} of {@code P.2.1}. */
  private static String child(String task) {
    String name = task.replace(" SIGCHLD", "");
    int end = name.indexOf('.');
    end = end < 0 ? -1 : name.indexOf('.', end + 1);
    return end < 0 ? name : name.substring(0, end);
  }

  private static List<String> normal(List<TraceLog.Line> lines) {
    List<String> out = new ArrayList<>(lines.size());
    for (TraceLog.Line line : lines) {
      out.add(line.normal());
    }
    return out;
  }

  /**
   * Splits a block of differing lines into pairs of lines of the same call, where there are such.
   */
  private static void pair(
      String task, List<TraceLog.Line> missing, List<TraceLog.Line> extra, List<Difference> out) {
    int y = 0;
    for (TraceLog.Line line : missing) {
      String call = Normaliser.callName(line.raw());
      int found = -1;
      for (int i = y; i < extra.size() && found < 0; i++) {
        if (Normaliser.callName(extra.get(i).raw()).equals(call)) {
          found = i;
        }
      }
      if (found < 0) {
        out.add(new Difference(task, call, List.of(line.raw()), List.of(), false));
      } else {
        while (y < found) {
          out.add(extra(task, extra.get(y++).raw()));
        }
        TraceLog.Line tested = extra.get(y++);
        boolean newer = NewerNames.explain(line.normal(), tested.normal());
        out.add(new Difference(task, call, List.of(line.raw()), List.of(tested.raw()), newer));
      }
    }
    while (y < extra.size()) {
      out.add(extra(task, extra.get(y++).raw()));
    }
  }

  private static Difference extra(String task, String line) {
    return new Difference(task, Normaliser.callName(line), List.of(), List.of(line), false);
  }

  /** The share of identical lines, 0 to 1. */
  public double share() {
    return total == 0 ? 0 : 1 - (double) different / total;
  }

  /** The same for a child of the command with all its descendants, by its place; 0 if none. */
  double shareOfChild(int number) {
    int[] lines = children.get("P." + number);
    return lines == null ? 0 : 1 - (double) lines[1] / lines[0];
  }

  /** How many lines are compared. */
  int lines() {
    return total;
  }

  /** How many of them are identical. */
  int identicalLines() {
    return total - different;
  }

  /** The same between two runs of strace; 1 where it was run only once. */
  public double baselineShare() {
    return baseline <= 0 ? 1 : 1 - (double) baseline / baselineTotal;
  }

  /**
   * The share of lines that do not differ by more than two runs of strace do, or only in names that
   * are newer than strace.
   */
  public double adjustedShare() {
    if (total == 0) {
      return 0;
    }
    return 1 - (double) Math.max(0, different - newerNames() - Math.max(0, baseline)) / total;
  }

  /** How many lines differ only in what is newer than the installed strace. */
  private int newerNames() {
    int newer = 0;
    for (Difference one : differences) {
      newer += one.newer() ? 1 : 0;
    }
    return newer;
  }

  /**
   * The share of the tested lines that occur anywhere in the references, beyond what one run of
   * strace does not share with the others. For racing programs it tells a wrongly printed call from
   * one that was only made at another time.
   */
  public double knownShare() {
    return known;
  }

  /**
   * What is held against the promised share. For a racing program it is enough that every line is
   * known, whatever their order, and that there are about as many as in one of the references: how
   * often threads wait for each other differs from run to run. Lines that get lost show in the
   * steady programs and in the counts of the storms.
   */
  public double countedShare() {
    return subject.steady()
        ? adjustedShare()
        : Math.max(adjustedShare(), size < 0.9 ? size : known);
  }

  /** Whether both tracers ended the same way. */
  public boolean sameStatus() {
    return reference.status().equals(tested.status());
  }

  /** Whether what the command printed is the same: a tracer may not change it. */
  public boolean sameOutput() {
    return reference.stdout().equals(tested.stdout());
  }

  /** Whether command and tracer said the same on standard error, but for the tracer's name. */
  public boolean sameErrors() {
    return messages(reference).equals(messages(tested));
  }

  private static String messages(TracedRun run) {
    StringBuilder out = new StringBuilder();
    for (String line : run.stderr().split("\n")) {
      // strace tells its developers of memory it could not read in one go
      if (!line.contains("strace: umove") && !line.startsWith("jstrace: building ")) {
        out.append(
                line.replaceFirst("^[^ ]*strace: (?:poke_tcb: )?", "NAME: ")
                    .replaceAll("\\b\\d{3,}\\b", "N"))
            .append('\n');
      }
    }
    return out.toString().strip();
  }

  /** How strace ended, then how the tested tracer did. */
  public String statuses() {
    return reference.status() + " / " + tested.status();
  }

  /** One line: the command, the options, the numbers. */
  public String summary() {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(Locale.ROOT, "%-14s %-20s", subject.name(), String.join(" ", options)));
    out.append(
        String.format(
            Locale.ROOT,
            " identical %6.2f %% (%d of %d)",
            100 * share(),
            total - different,
            total));
    int newer = newerNames();
    if (newer > 0) {
      out.append(", newer names in ").append(newer);
    }
    if (baseline >= 0) {
      out.append(String.format(Locale.ROOT, ", strace-strace %6.2f %%", 100 * baselineShare()));
      out.append(String.format(Locale.ROOT, ", beyond that %6.2f %%", 100 * adjustedShare()));
      if (!subject.steady()) {
        out.append(String.format(Locale.ROOT, ", known lines %6.2f %%", 100 * known));
      }
    }
    if (!sameStatus()) {
      out.append(", STATUS ").append(statuses());
    }
    if (!sameOutput()) {
      out.append(", STDOUT differs");
    }
    if (!sameErrors()) {
      out.append(", STDERR differs");
    }
    return out.toString();
  }

  /** All differing lines of both runs, as they were printed. */
  List<String> differingLines() {
    List<String> out = new ArrayList<>();
    for (Difference difference : differences) {
      out.addAll(difference.reference());
      out.addAll(difference.tested());
    }
    return out;
  }

  /** The differing lines, the most frequent call first, at most {@code each} examples of a call. */
  public String report(int each) {
    Map<String, List<Difference>> byCall = new TreeMap<>();
    for (Difference difference : differences) {
      byCall.computeIfAbsent(difference.call(), k -> new ArrayList<>()).add(difference);
    }
    List<Map.Entry<String, List<Difference>>> calls = new ArrayList<>(byCall.entrySet());
    calls.sort((a, b) -> b.getValue().size() - a.getValue().size());
    StringBuilder out = new StringBuilder();
    for (Map.Entry<String, List<Difference>> call : calls) {
      out.append(call.getKey().isEmpty() ? "(other)" : call.getKey());
      out.append(": ").append(call.getValue().size()).append('\n');
      int shown = 0;
      for (Difference difference : call.getValue()) {
        if (shown++ == each) {
          out.append("  ...\n");
          break;
        }
        if (each > 1 && !difference.task().equals("P")) {
          out.append("  [").append(difference.task()).append("]\n");
        }
        difference.reference().forEach(line -> out.append("  - ").append(line).append('\n'));
        difference.tested().forEach(line -> out.append("  + ").append(line).append('\n'));
      }
    }
    if (!sameErrors()) {
      out.append("stderr of the tested run:\n").append(first(tested.stderr(), 500)).append('\n');
    }
    return out.toString();
  }

  private static String first(String text, int characters) {
    return text.length() <= characters ? text : text.substring(0, characters) + "...";
  }

  /** Writes summary and all differences to {@code target/differential/NAME-OPTIONS.diff}. */
  public Path write() throws IOException {
    String options = String.join("", this.options).replaceAll("[^A-Za-z0-9-]", "_");
    Path file = Workspace.output().resolve(subject.name() + options + ".diff");
    Files.createDirectories(Workspace.output());
    Files.writeString(file, summary() + "\n" + report(200), StandardCharsets.ISO_8859_1);
    return file;
  }
}
