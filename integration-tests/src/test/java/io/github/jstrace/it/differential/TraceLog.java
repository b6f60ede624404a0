// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One trace, taken apart into a stream of lines per task, so that the order in which concurrent
 * tasks ran does not count.
 *
 * <p>{@code <unfinished ...>} and {@code <... resumed>} are joined, since where they fall depends
 * on the scheduler too. Tasks are named after their place in the family: {@code P} is the command,
 * {@code P.2} its second child, {@code P.2.1} that one's first. {@code SIGCHLD} comes when a child
 * happens to end, so those lines make a stream of their own for each task: what they say is
 * compared, where they stand is not.
 */
final class TraceLog {
  /** A line as it was printed (joined) and as it is compared. */
  record Line(String raw, String normal) {}

  private static final Pattern PID_PREFIX = Pattern.compile("^(\\d+)( +)");
  private static final Pattern TIME_PREFIX =
      Pattern.compile("^(?:\\d+\\.\\d{6}|\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{6})?| *\\d+\\.\\d{6}) ");
  private static final Pattern SPENT = Pattern.compile(" <\\d+\\.\\d{1,9}>$");
  private static final Pattern RESUMED =
      Pattern.compile("^((?:\\[[^\\]]*\\] )*)<\\.\\.\\. (\\S+) resumed>");
  private static final Pattern SUPERSEDED =
      Pattern.compile("^\\+\\+\\+ superseded by execve in pid (\\d+) \\+\\+\\+");
  private static final Pattern BIRTH =
      Pattern.compile(
          "^(?:\\[[^\\]]*\\] )*(?:clone|clone3|fork|vfork)\\(.*\\) += (\\d+)\\b.*", Pattern.DOTALL);
  private static final Pattern OWN_PID = Pattern.compile("^getpid\\(\\) += (\\d+)\\b.*");
  private static final Pattern PARTIAL =
      Pattern.compile(" <(?:unfinished|pid changed to \\d+) \\.\\.\\.>$");
  private static final String UNFINISHED = " <unfinished ...>";

  private final Map<Long, List<String>> raw = new LinkedHashMap<>();
  private final Map<Long, StringBuilder> pending = new HashMap<>();
  private final Map<String, List<Line>> streams = new TreeMap<>();
  private final Map<Long, String> names = new HashMap<>();
  private final boolean pidPrefix;
  private final boolean timePrefix;
  private int lines;

  /**
   * @param log what the tracer wrote, in order
   * @param pidPrefix whether lines begin with a process id
   * @param timePrefix whether a time comes before the call ({@code -t}, {@code -ttt}, {@code -r})
   * @param others further process ids that may be seen in the trace, with a name for each
   */
  TraceLog(
      List<String> log,
      boolean pidPrefix,
      boolean timePrefix,
      Normaliser.Addresses addresses,
      Map<Long, String> others) {
    this.pidPrefix = pidPrefix;
    this.timePrefix = timePrefix;
    names.putAll(others);
    for (String line : log) {
      add(line);
    }
    for (Map.Entry<Long, StringBuilder> left : pending.entrySet()) {
      stream(left.getKey()).add(left.getValue() + UNFINISHED);
    }
    nameTasks();
    Normaliser normaliser = new Normaliser(names, addresses);
    for (Map.Entry<Long, List<String>> stream : raw.entrySet()) {
      String name = names.getOrDefault(stream.getKey(), "P?" + stream.getKey());
      for (String line : stream.getValue()) {
        String key = line.startsWith("--- SIGCHLD ") ? name + " SIGCHLD" : name;
        streams
            .computeIfAbsent(key, k -> new ArrayList<>())
            .add(new Line(line, normaliser.normalise(line)));
        lines++;
      }
    }
  }

  /** The lines of each task, by the task's name. */
  Map<String, List<Line>> streams() {
    return streams;
  }

  int lines() {
    return lines;
  }

  private void add(String line) {
    long pid = 0;
    String text = Normaliser.align(line);
    if (pidPrefix) {
      Matcher prefix = PID_PREFIX.matcher(text);
      if (!prefix.find()) {
        stream(0).add(text);
        return;
      }
      pid = Long.parseLong(prefix.group(1));
      // strace pads the id to five characters and adds a blank.
      boolean padded = prefix.end() == Math.max(5, prefix.group(1).length()) + 1;
      text = (padded ? "" : "<prefix of " + prefix.end() + "> ") + text.substring(prefix.end());
    }
    String time = "";
    if (timePrefix) {
      Matcher prefix = TIME_PREFIX.matcher(text);
      if (prefix.find()) {
        time = "TIME ";
        text = text.substring(prefix.end());
      }
    }
    Matcher resumed = RESUMED.matcher(text);
    if (resumed.find()) {
      StringBuilder start = pending.remove(pid);
      String rest = text.substring(resumed.end());
      text =
          (start == null ? resumed.group(1) + "<... " + resumed.group(2) + " resumed>" : start)
              + rest;
    } else if (PARTIAL.matcher(text).find()) {
      String begun = time + text.substring(0, text.lastIndexOf(" <"));
      StringBuilder lost = pending.put(pid, new StringBuilder(begun));
      if (lost != null) {
        stream(pid).add(lost + UNFINISHED);
      }
      stream(pid);
      return;
    } else {
      text = time + text;
      Matcher superseded = SUPERSEDED.matcher(text.substring(time.length()));
      if (superseded.find()) {
        // The thread that called execve goes on under the leader's id.
        StringBuilder start = pending.remove(Long.valueOf(superseded.group(1)));
        if (start != null) {
          pending.put(pid, start);
        }
      }
    }
    Matcher spent = SPENT.matcher(text);
    if (spent.find()) {
      text = text.substring(0, spent.start()) + " <TIME>";
    }
    stream(pid).add(text);
  }

  private List<String> stream(long pid) {
    return raw.computeIfAbsent(pid, k -> new ArrayList<>());
  }

  private void nameTasks() {
    Set<Long> born = new HashSet<>();
    for (List<String> stream : raw.values()) {
      for (String line : stream) {
        Matcher birth = BIRTH.matcher(strip(line));
        if (birth.matches()) {
          born.add(Long.valueOf(birth.group(1)));
        }
      }
    }
    int strangers = 0;
    for (Map.Entry<Long, List<String>> stream : raw.entrySet()) {
      if (!born.contains(stream.getKey()) && !names.containsKey(stream.getKey())) {
        String name = strangers == 0 ? "P" : "P+" + strangers;
        strangers++;
        names.put(stream.getKey(), name);
        nameChildren(name, stream.getValue());
      }
    }
  }

  private void nameChildren(String name, List<String> stream) {
    int child = 0;
    for (String line : stream) {
      String text = strip(line);
      Matcher birth = BIRTH.matcher(text);
      if (birth.matches()) {
        child++;
        long pid = Long.parseLong(birth.group(1));
        String childName = name + "." + child;
        if (names.putIfAbsent(pid, childName) == null && raw.containsKey(pid)) {
          nameChildren(childName, stream(pid));
        }
      } else if (!pidPrefix) {
        Matcher own = OWN_PID.matcher(text);
        if (own.matches()) {
          names.putIfAbsent(Long.valueOf(own.group(1)), name);
        }
      }
    }
  }

  private static String strip(String line) {
    return line.startsWith("TIME ") ? line.substring(5) : line;
  }
}
