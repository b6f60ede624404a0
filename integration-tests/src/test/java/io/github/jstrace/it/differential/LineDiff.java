// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The longest common subsequence of two lists of lines (Myers, "An O(ND) Difference Algorithm").
 */
final class LineDiff {
  /** Above this many differences the exact search costs too much memory; see {@link #greedy}. */
  private static final int MAX_EDITS = 3000;

  private static final int WINDOW = 400;

  private LineDiff() {}

  /** For each line of {@code left} the index of its partner in {@code right}, or -1. */
  static int[] match(List<String> left, List<String> right) {
    Map<String, Integer> numbers = new HashMap<>();
    int[] a = numbered(left, numbers);
    int[] b = numbered(right, numbers);
    int[] partner = new int[a.length];
    Arrays.fill(partner, -1);
    int start = 0;
    while (start < a.length && start < b.length && a[start] == b[start]) {
      partner[start] = start;
      start++;
    }
    int endA = a.length;
    int endB = b.length;
    while (endA > start && endB > start && a[endA - 1] == b[endB - 1]) {
      partner[--endA] = --endB;
    }
    int[] midA = Arrays.copyOfRange(a, start, endA);
    int[] midB = Arrays.copyOfRange(b, start, endB);
    int[] mid = exact(midA, midB);
    for (int i = 0; i < mid.length; i++) {
      if (mid[i] >= 0) {
        partner[start + i] = start + mid[i];
      }
    }
    return partner;
  }

  private static int[] numbered(List<String> lines, Map<String, Integer> numbers) {
    int[] out = new int[lines.size()];
    for (int i = 0; i < out.length; i++) {
      Integer number = numbers.get(lines.get(i));
      if (number == null) {
        number = numbers.size();
        numbers.put(lines.get(i), number);
      }
      out[i] = number;
    }
    return out;
  }

  private static int[] exact(int[] a, int[] b) {
    int n = a.length;
    int m = b.length;
    int max = Math.min(n + m, MAX_EDITS);
    int[] v = new int[2 * max + 3];
    List<int[]> trace = new ArrayList<>();
    for (int d = 0; d <= max; d++) {
      trace.add(Arrays.copyOfRange(v, max - d, max + d + 3));
      for (int k = -d; k <= d; k += 2) {
        int at = max + 1 + k;
        int x = k == -d || (k != d && v[at - 1] < v[at + 1]) ? v[at + 1] : v[at - 1] + 1;
        int y = x - k;
        while (x < n && y < m && a[x] == b[y]) {
          x++;
          y++;
        }
        v[at] = x;
        if (x >= n && y >= m) {
          return walkBack(trace, d, n, m);
        }
      }
    }
    return greedy(a, b);
  }

  private static int[] walkBack(List<int[]> trace, int edits, int n, int m) {
    int[] partner = new int[n];
    Arrays.fill(partner, -1);
    int x = n;
    int y = m;
    for (int d = edits; d > 0; d--) {
      int[] v = trace.get(d);
      int k = x - y;
      int at = d + 1 + k;
      boolean down = k == -d || (k != d && v[at - 1] < v[at + 1]);
      int previousK = down ? k + 1 : k - 1;
      int previousX = v[d + 1 + previousK];
      int previousY = previousX - previousK;
      while (x > previousX && y > previousY && (down ? y > previousY + 1 : x > previousX + 1)) {
        partner[--x] = --y;
      }
      x = previousX;
      y = previousY;
    }
    while (x > 0 && y > 0) {
      partner[--x] = --y;
    }
    return partner;
  }

  /** Not the longest, but linear: the nearest next equal line wins. */
  private static int[] greedy(int[] a, int[] b) {
    int[] partner = new int[a.length];
    Arrays.fill(partner, -1);
    int y = 0;
    for (int x = 0; x < a.length && y < b.length; x++) {
      for (int ahead = 0; ahead < WINDOW && y + ahead < b.length; ahead++) {
        if (a[x] == b[y + ahead]) {
          partner[x] = y + ahead;
          y += ahead + 1;
          break;
        }
      }
    }
    return partner;
  }
}
