// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.differential;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the installed strace, being older than the tables, shows as a number or leaves out: a value
 * or bits that have got a name since, and the bytes of control messages and the parts of addresses
 * it does not decode. That the names are right is shown by the comparison of the tables with the
 * kernel's headers.
 */
final class NewerNames {
  /**
   * A value without a name; bits left over; a descriptor; the end of a control message; an address.
   */
  private static final Pattern UNKNOWN =
      Pattern.compile(
          "(?<value>(?:0x[0-9a-f]+|\\d+) /\\* \\w+\\?\\?\\? \\*/)"
              + "|(?<bits>\\|0x[0-9a-f]+)(?![0-9a-f ])"
              + "|(?<control>cmsg_type=[^,{}]*)\\}"
              + "|(?<descriptor><anon_inode:\\[(?:eventfd|signalfd)\\]>|<char 5:2>)"
              + "|(?<address>sa_data=\"(?:[^\"\\\\]|\\\\.)*\")");

  private NewerNames() {}

  /** Whether a line of the tested tracer is strace's line, but for what strace does not know. */
  static boolean explain(String strace, String tested) {
    StringBuilder pattern = new StringBuilder();
    Matcher unknown = UNKNOWN.matcher(strace);
    int end = 0;
    while (unknown.find()) {
      pattern.append(Pattern.quote(strace.substring(end, unknown.start())));
      if (unknown.group("value") != null) {
        pattern.append("(?:").append(Pattern.quote(unknown.group())).append("|[A-Z]\\w+)");
      } else if (unknown.group("bits") != null) {
        pattern.append("(?:\\|[A-Z]\\w+)*(?:\\|0x[0-9a-f]+)?");
      } else if (unknown.group("descriptor") != null) {
        pattern.append("<(?:\\{eventfd-[^<>]*|signalfd:[^<>]*|char 5:2(?: @/dev/pts/N)?)>");
      } else if (unknown.group("address") != null) {
        pattern.append("[a-z]\\w+=[^{}]*");
      } else {
        String type = unknown.group("control");
        String known = Pattern.quote(type);
        if (type.endsWith("*/")) {
          known = "(?:" + known + "|cmsg_type=[A-Z]\\w+)";
        }
        pattern.append(known).append("(?:, cmsg_data=[^{}]*)?\\}");
      }
      end = unknown.end();
    }
    return end > 0
        && Pattern.matches(pattern.append(Pattern.quote(strace.substring(end))).toString(), tested);
  }
}
