// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

/** Internet addresses as inet_ntop(3) writes them. */
public final class InetText {
  private InetText() {}

  /** The text of an address of 4 or 16 bytes in network order. */
  public static String format(byte[] address) {
    return address.length == 4 ? v4(address, 0) : v6(address);
  }

  private static String v4(byte[] a, int at) {
    return (a[at] & 0xff)
        + "."
        + (a[at + 1] & 0xff)
        + "."
        + (a[at + 2] & 0xff)
        + "."
        + (a[at + 3] & 0xff);
  }

  /**
   * RFC 5952, with the last 32 bits dotted where glibc does so: mapped and compatible addresses.
   */
  private static String v6(byte[] a) {
    int[] words = new int[8];
    for (int i = 0; i < 8; i++) {
      words[i] = (a[2 * i] & 0xff) << 8 | a[2 * i + 1] & 0xff;
    }
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; ) {
      int j = i;
      while (j < 8 && words[j] == 0) {
        j++;
      }
      if (j - i > bestLength) {
        bestStart = i;
        bestLength = j - i;
      }
      i = Math.max(j, i + 1);
    }
    StringBuilder s = new StringBuilder(40);
    for (int i = 0; i < 8; i++) {
      if (bestStart >= 0 && i >= bestStart && i < bestStart + bestLength) {
        if (i == bestStart) {
          s.append(':');
        }
        continue;
      }
      if (i > 0) {
        s.append(':');
      }
      boolean dotted =
          i == 6
              && bestStart == 0
              && (bestLength == 6
                  || bestLength == 7 && words[7] != 1
                  || bestLength == 5 && words[5] == 0xffff);
      if (dotted) {
        return s.append(v4(a, 12)).toString();
      }
      s.append(Integer.toHexString(words[i]));
    }
    if (bestStart >= 0 && bestStart + bestLength == 8) {
      s.append(':');
    }
    return s.toString();
  }
}
