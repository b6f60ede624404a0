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

  /** Fields that attributes of bpf(2) and of perf_event_open(2) have got since. */
  private static final Pattern FIELDS =
      Pattern.compile(
          "(?:, )?\\b(?:value_type_btf_obj_fd|map_token_fd|excl_prog_hash(?:_size)?|core_relo_cnt|core_relos"
              + "|core_relo_rec_size|log_true_size|prog_token_fd|fd_array_cnt|signature(?:_size)?|keyring_id"
              + "|path_fd|relative_(?:fd|id)|expected_revision|prog_attach_flags|link_ids|link_attach_flags"
              + "|revision|cookie|btf_log_true_size|btf_flags|btf_token_fd|fd_by_id_token_fd|hash|hash_size|btf_vmlinux_id|map_extra|attach_btf_obj_id|attach_btf_id"
              + "|target_btf_id|aux_start_paused|aux_pause|aux_resume|__reserved_3|config3|config4)"
              + "=(?:\"[^\"]*\"(?:\\.\\.\\.)?|-?[\\w|]+(?: /\\*.*?\\*/)?)");

  /** What strace shows instead, and what stands in place of such a struct. */
  private static final Pattern REST =
      Pattern.compile(
          "(?:, )?extra_data=\"[^\"]*\"(?:\\.\\.\\.)?(?: /\\* bytes \\d+\\.\\.\\d+ \\*/)?|, \\.\\.\\.(?=\\})| /\\* bytes 116\\.\\.119: \\w+ \\*/"
              + "|(?:, )?(?:cgroup|tracing|tracing_multi)=\\{\\}");

  /** Shown of a detached program since strace 6.8, too; links' flags had no names. */
  private static final Pattern DETACHED =
      Pattern.compile("(?:, )?(?:attach_bpf_fd|attach_flags|replace_bpf_fd)=[^,{}]*");

  /** A flag among the operations. */
  private static final Pattern REGISTERED_RING =
      Pattern.compile(
          "(.*io_uring_register\\([^,]*, )0x[89a-f]\\w{7} /\\* IORING_REGISTER_\\?\\?\\? \\*/, .*(, \\d+\\) = .*)");

  /** A struct that was an address. */
  private static final Pattern GETEVENTS =
      Pattern.compile("(.*io_uring_enter\\(.*, )(?:0x[0-9a-f]+|ADDR)(, 24\\) = .*)");

  private static final Pattern OPEN_FLAGS = Pattern.compile(", open_flags=[^,{}]*");
  private static final Pattern LINK_FLAGS = Pattern.compile("\\bflags=[^,{}]*");
  private static final Pattern ELEMENT_FLAGS =
      Pattern.compile("\\b(?:elem_)?flags=(?:0x|BPF_)[^,{}]*");

  /** Names of a number, and what is left of it. */
  private static final Pattern COMMENT = Pattern.compile(" /\\* ([A-Z]\\w*[\\w|?]*) \\*/");

  private NewerNames() {}

  /** Whether a line of the tested tracer is strace's line, but for what strace does not know. */
  static boolean explain(String strace, String tested) {
    if (strace.contains("bpf(BPF_") || strace.contains("perf_event_open(")) {
      String old = withoutNewFields(strace);
      String now = withoutNewFields(tested);
      return old.equals(now) || explainNames(old, now);
    }
    Matcher ring = REGISTERED_RING.matcher(strace);
    if (ring.matches() && tested.contains("|IORING_REGISTER_USE_REGISTERED_RING, ")) {
      return tested.startsWith(ring.group(1)) && tested.endsWith(ring.group(2));
    }
    Matcher wait = GETEVENTS.matcher(strace);
    if (wait.matches() && tested.contains(", {sigmask=")) {
      return tested.startsWith(wait.group(1)) && tested.endsWith(wait.group(2));
    }
    return explainNames(strace, tested) || explainComments(strace, tested);
  }

  /** Under {@code -X verbose} names are comments: the numbers are the same, and we know more. */
  private static boolean explainComments(String strace, String tested) {
    Matcher names = COMMENT.matcher(strace);
    if (!names.replaceAll("").equals(COMMENT.matcher(tested).replaceAll(""))) {
      return false;
    }
    names.reset();
    while (names.find()) {
      for (String name : names.group(1).split("\\|")) {
        if (!name.startsWith("0x") && !name.endsWith("???") && !tested.contains(name)) {
          return false;
        }
      }
    }
    return true;
  }

  private static String withoutNewFields(String line) {
    String known = REST.matcher(FIELDS.matcher(line).replaceAll("")).replaceAll("");
    if (line.contains("BPF_BTF_GET_FD_BY_ID")) {
      known = OPEN_FLAGS.matcher(known).replaceAll("");
    } else if (line.contains("BPF_PROG_DETACH")) {
      known = DETACHED.matcher(known).replaceAll("");
    } else if (line.contains("BPF_LINK_CREATE")) {
      known = LINK_FLAGS.matcher(known).replaceAll("flags");
    } else if (line.contains("BPF_MAP_")) {
      known = ELEMENT_FLAGS.matcher(known).replaceAll("flags");
    }
    return known;
  }

  private static boolean explainNames(String strace, String tested) {
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
