// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import java.util.ArrayList;
import java.util.List;

/** {@code --tips}: which tip is to be shown at the end, and how. */
final class Tips {
  private static final String[] TIPS = {
    "jstrace -c -f make shows which system calls a build spends its time in.",
    "jstrace -c --latency adds the median and the slowest calls to the summary.",
    "-e trace=%file shows every call that takes a file's name; -e trace=%net all of the network.",
    "-P PATH shows only what is done to that file, whatever descriptor it is done through.",
    "-Z shows only calls that failed: often the shortest way to a missing file.",
    "--json writes one object a line, for jq and for programs; docs/json.md has the fields.",
    "-y shows what descriptors stand for, -yy the addresses of sockets, too.",
    "-k shows the stack of each call, -kk with source lines; Java programs have their frames in it"
        + " if they write a perf map.",
    "--all --backend=ebpf -c counts the calls of the whole system, and stops no process.",
    "-e inject=openat:error=ENOSPC:when=3 shows what a program does when the disk is full.",
    "-D leaves the traced program the child of whoever started it.",
    "-o '|grep ENOENT' reads the trace through a command while the program runs.",
    "--absolute-timestamps=format:unix,precision:ns shows nanoseconds; -T how long a call took.",
    "-ff -o log writes a file for each process; strace-log-merge(1) makes one of them.",
    "-s 1000 shows more of strings than 32 bytes, -v whole structures.",
  };

  private static final int WIDTH = 60;

  private int number = -1;
  private boolean none;
  private boolean full;

  /**
   * Reads the option's argument.
   *
   * @throws UsageException if it has a word that is none
   */
  void set(String list) throws UsageException {
    none = false;
    for (String item : OptionValues.lower(list).split(",")) {
      if (item.isEmpty()) {
        continue;
      }
      boolean isFormat = item.startsWith("format:");
      boolean isId = item.startsWith("id:");
      String word = item.substring(isFormat ? "format:".length() : isId ? "id:".length() : 0);
      long id = Numbers.unsigned(word, Integer.MAX_VALUE);
      if (!isId && (word.equals("none") || word.equals("compact") || word.equals("full"))) {
        none = word.equals("none");
        full = word.equals("full");
      } else if (!isFormat && (word.equals("random") || id >= 0)) {
        number = (int) id;
      } else {
        throw OptionValues.invalid("--tips", list);
      }
    }
  }

  /** The tip in a frame, with newlines; empty if there is to be none. */
  String text() {
    if (none) {
      return "";
    }
    int chosen = number >= 0 ? number : (int) (System.nanoTime() >>> 10 & 0xffff);
    List<String> lines = wrapped(TIPS[chosen % TIPS.length]);
    String rule = "+" + "-".repeat(WIDTH + 2) + "+\n";
    StringBuilder out = new StringBuilder(rule);
    if (full) {
      line(out, "A tip for users of " + Console.name() + " (" + chosen % TIPS.length + ")");
      line(out, "");
    }
    for (String line : lines) {
      line(out, line);
    }
    return out.append(rule).toString();
  }

  private static void line(StringBuilder out, String text) {
    out.append("| ").append(text).append(" ".repeat(WIDTH - text.length())).append(" |\n");
  }

  private static List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (line.length() > 0 && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() > 0 ? " " : "").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
