// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.StructLayout;
import io.github.jstrace.tables.StructLayouts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Where the fields of the tables' structs lie, against the headers that the comments behind their
 * names tell: {@code struct block.hd_geometry # struct hd_geometry <linux/hdreg.h>}. What the
 * installed headers do not have is left out; what they have must agree.
 */
@Tag("any-java")
class HeaderStructsTest {
  /** A struct of the tables and what it is in C. */
  private record Pair(String name, String abis, String type) {}

  private static final Pattern HEAD =
      Pattern.compile(
          "(?m)^struct ([\\w.]+)([^\\n#]*)#\\s*((?:struct|union) [\\w.]+) <([-\\w./]+)>$");

  /** Lines in front of the first assertion. */
  private static final int PREFIX_LINES = 4;

  /** Fields that the structs of older headers (Linux 6.1) have not. */
  private static final Pattern NEWER =
      Pattern.compile(
          "io_uring_buf_reg\\.flags|io_uring_sync_cancel_reg\\.opcode|bpf_link_uprobes?\\..*"
              + "|bpf_link_(?:hook|order)\\..*"
              + "|bpf_link_(?:netfilter|tcx|netkit)\\..*|bpf_(?:token|stream)(?:_create)?\\..*"
              + "|bpf_prog_stream_read\\..*|bpf_(?:assoc|prog_assoc_struct_ops|link_order_id|link_traces)\\..*"
              + "|bpf_link_(?:tcx|netkit|cgroup)_id\\..*|bpf_link_cgroup\\.cgroup|bpf_link_tracings\\..*"
              + "|bpf_btf_id\\.fd_by.*|bpf_btf_load\\.btf_(?:flags|log_true_size|token_fd)"
              + "|bpf_map_create\\.(?:excl_.*|map_token_fd|value_type.*)|bpf_obj\\.path_fd"
              + "|bpf_map_info\\.(?:btf_vmlinux_id|hash.*)"
              + "|bpf_prog_attach\\.(?:expected_revision|relative_.*|target_ifindex)"
              + "|bpf_prog_load\\.(?:fd_array_cnt|keyring_id|log_true_size|prog_token_fd|signature.*)"
              + "|bpf_query\\.(?:link_.*|revision|target_ifindex)|bpf_raw_tracepoint\\.cookie"
              + "|landlock_ruleset_attr\\.(?:handled_access_net|scoped|quiet_\\w+)");

  /**
   * Structs of which the end is not shown: reserved, of another use, an array of any length, or, in
   * {@code bpf_attr} and {@code ifreq}, a member of a union.
   */
  private static final Pattern BEGINNINGS =
      Pattern.compile(
          "bpf_.*|ifreq.*|.*_given|btrfs\\.(?:transid|quota_ctl|quota_rescan|quota_rescan_status)"
              + "|btrfs\\.(?:send|fs_info|scrub|scrub_id|received|search)|fs_disk_quota"
              + "|device\\.gpio_v2_bits|netdev\\.(?:tun_ifreq|tun_queue|ethtool)"
              + "|netdev\\.(?:bond_slave|ifreq_data|bridge_data)|console\\.kbdiacrs(?:uc)?"
              + "|kvm\\.(?:dirty_log|guest_debug|nmsrs|clock_data)"
              + "|landlock_ruleset_attr|sysctl_args|user_fpregs");

  /**
   * What has grown since those headers; a bit of a field, which has no place in C; what the kernel
   * reads as on 64 bits, though the header says otherwise for i386.
   */
  private static final Pattern LONGER =
      Pattern.compile(
          "(?:bpf_link_create_uprobe\\.link_create|bpf_link_uprobes?|bpf_link_hook|bpf_link_order"
              + "|bpf_token|bpf_stream|bpf_assoc|bpf_link_order_id|bpf_link_traces|bpf_prog_load"
              + "|bpf_query|bpf_prog_query\\.query|bpf_raw_tracepoint"
              + "|bpf_raw_tracepoint_open\\.raw_tracepoint|bpf_map_info"
              + "|bpf_link_trace|bpf_link_tracing\\.tracing|landlock_ruleset_attr) has \\d+ bytes"
              + "|bpf_prog_info\\.gpl_compatible (?:has|begins at) \\d+.*|bpf_link_trace\\.cookie begins at 8");

  /** Members of unions. */
  private static final Pattern MEMBERS =
      Pattern.compile("input\\.effect\\.(?:constant|ramp|periodic|rumble)");

  private static final Pattern ERROR = Pattern.compile("structs\\.c:(\\d+):\\d+: error: (.*)");

  private static String text(String file) throws IOException {
    try (InputStream in = StructLayouts.class.getResourceAsStream("structs/" + file)) {
      assertNotNull(in, file);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Map<String, List<Pair>> byHeader() throws IOException {
    Map<String, List<Pair>> headers = new TreeMap<>();
    for (String file : (text("files") + "\n" + text("rare_files")).split("\\s+")) {
      Matcher head = HEAD.matcher(text(file));
      while (head.find()) {
        headers
            .computeIfAbsent(head.group(4), header -> new ArrayList<>())
            .add(new Pair(head.group(1), head.group(2), head.group(3)));
      }
    }
    return headers;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void fieldsLieWhereTheHeadersSay(Abi abi, @TempDir Path directory) throws Exception {
    List<String> gcc = HeaderGcc.of(abi);
    List<String> wrong = new ArrayList<>();
    int fields = 0;
    for (Map.Entry<String, List<Pair>> header : byHeader().entrySet()) {
      StringBuilder c = new StringBuilder();
      c.append("typedef __SIZE_TYPE__ size_t;\n#include <linux/types.h>\n");
      c.append("#if __has_include(<").append(header.getKey()).append(">)\n#include <");
      c.append(header.getKey()).append(">\n");
      List<String> what = new ArrayList<>();
      while (what.size() < PREFIX_LINES) {
        what.add("");
      }
      for (Pair pair : header.getValue()) {
        StructLayout layout = StructLayouts.get(pair.name, abi);
        StructType struct = layout == null ? null : new TypeCompiler(abi).struct(pair.name);
        boolean other = pair.abis.contains("@") && !pair.abis.contains(abi.tableName());
        if (layout == null || struct == null || other) {
          continue; // not of this ABI
        }
        String size = "sizeof(" + type(pair.type) + ")";
        if (BEGINNINGS.matcher(pair.name).matches()) {
          assertion(c, size + " >= " + struct.size(), 1);
        } else {
          assertion(c, size, struct.size());
        }
        what.add(pair.name + " has " + struct.size() + " bytes");
        for (StructLayout.Field field : layout.fields()) {
          StructType.Field ours = struct.field(field.name());
          if (ours == null
              || field.name().isEmpty()
              || MEMBERS.matcher(pair.name + "." + field.name()).matches()) {
            continue;
          }
          if (field.hidden() || field.name().matches("resvd?\\d?|rsv|rest|__?pad\\d?")) {
            continue;
          }
          String member = "(((" + type(pair.type) + "*)0)->" + field.name() + ")";
          assertion(c, "(long)&" + member, ours.offset());
          what.add(pair.name + "." + field.name() + " begins at " + ours.offset());
          // a part of it may be shown, or what stands behind it
          assertion(c, ours.type().size() + " <= sizeof" + member, 1);
          what.add(pair.name + "." + field.name() + " has " + ours.type().size() + " bytes");
          fields++;
        }
      }
      c.append("#endif\n");
      wrong.addAll(errors(gcc, directory, c.toString(), what));
    }
    assertEquals(List.of(), wrong);
    int compared = fields;
    assertTrue(compared > 800, () -> "only " + compared + " fields");
    System.out.println(
        "compared with the headers of " + abi.tableName() + ": " + compared + " fields of structs");
  }

  /**
   * A struct that is compared by no test stands with a reason in {@code apart.txt}: regular
   * expressions of names.
   */
  @Test
  void everyStructIsCompared() throws IOException {
    Set<String> compared = new HashSet<>(StructOffsetsTest.names());
    byHeader().values().forEach(pairs -> pairs.forEach(pair -> compared.add(pair.name)));
    List<String> reasons = new ArrayList<>();
    try (InputStream in = HeaderStructsTest.class.getResourceAsStream("apart.txt")) {
      assertNotNull(in);
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.startsWith("#")) {
          reasons.add(line.split("\\s+", 2)[0]);
        }
      }
    }
    Set<String> unused = new TreeSet<>(reasons);
    Set<String> missing = new TreeSet<>();
    for (String file : (text("files") + "\n" + text("rare_files")).split("\\s+")) {
      Matcher head = Pattern.compile("(?m)^struct ([\\w.]+)").matcher(text(file));
      while (head.find()) {
        String name = head.group(1);
        boolean apart = compared.contains(name);
        for (String reason : reasons) {
          if (!apart && name.matches(reason)) {
            apart = true;
            unused.remove(reason);
          }
        }
        if (!apart) {
          missing.add(name);
        }
      }
    }
    assertEquals(Set.of(), missing);
    assertEquals(Set.of(), unused, "lines of apart.txt that are for nothing");
  }

  /** In C; {@code union bpf_attr.test} is the type of that field. */
  private static String type(String name) {
    int dot = name.indexOf('.');
    return dot < 0
        ? name
        : "__typeof__(((" + name.substring(0, dot) + "*)0)->" + name.substring(dot + 1) + ")";
  }

  private static void assertion(StringBuilder c, String what, int value) {
    c.append("char a").append(c.length()).append("[(").append(what).append(") == ");
    c.append(value).append(" ? 1 : -1];\n");
  }

  /** What does not hold. A struct or field that the headers do not have is no error. */
  private static List<String> errors(
      List<String> gcc, Path directory, String source, List<String> what)
      throws IOException, InterruptedException {
    Path file = directory.resolve("structs.c");
    Files.writeString(file, source);
    List<String> command = new ArrayList<>(gcc);
    command.add(file.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    process.waitFor();
    List<String> wrong = new ArrayList<>();
    Matcher error = ERROR.matcher(output);
    while (error.find()) {
      int line = Integer.parseInt(error.group(1)) - 1;
      String message = error.group(2);
      if (!message.contains("incomplete type") && !message.contains("undefined type")) {
        String field = line < what.size() ? what.get(line) : "";
        boolean newer =
            NEWER.matcher(field.substring(0, Math.max(0, field.indexOf(' ')))).matches();
        if (!(newer && message.contains("no member")) && !LONGER.matcher(field).matches()) {
          wrong.add(field + ": " + message);
        }
      }
    }
    if (process.exitValue() != 0 && !output.contains("structs.c:")) {
      wrong.add(output);
    }
    return wrong;
  }
}
