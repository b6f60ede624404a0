// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.FlagSets;
import io.github.jstrace.tables.StructLayout;
import io.github.jstrace.tables.StructLayouts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The paragraphs of {@code netlink.structs} that are no structs: a typing error shows hex. */
class NetlinkRowsTest {
  private static final String ATTRIBUTES = "_attributes";

  /** Paragraphs with names of their own, and the set that the names of their rows are from. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("netlink_types", "netlink_protocol"),
          Map.entry("netlink_payloads", "netlink_protocol"),
          Map.entry("netfilter_subsystems", "nfnl_subsys"),
          Map.entry("rtnetlink_messages", "rtnetlink_type"),
          Map.entry("sock_diag_requests", "socket_domain"),
          Map.entry("sock_diag_answers", "socket_domain"),
          Map.entry("sock_diag_old_requests", "socket_domain"),
          Map.entry("selinux_messages", "selinux_msg"),
          Map.entry("crypto_messages", "crypto_msg"),
          Map.entry("generic_messages", "generic_type"),
          Map.entry("ifla_prop_attributes", "ifla"),
          Map.entry("ifla_gre6_attributes", "ifla_gre"),
          Map.entry("ifla_iptun6_attributes", "ifla_iptun"),
          Map.entry("ifla_stats_af_attributes", "socket_domain"));

  @ParameterizedTest
  @EnumSource(Abi.class)
  void rowsNameConstantsAndKnownTypes(Abi abi) {
    TypeCompiler compiler = new TypeCompiler(abi);
    List<String> wrong = new ArrayList<>();
    int rows = 0;
    for (String paragraph : StructLayouts.names()) {
      String set = OTHERS.get(paragraph);
      if (set == null && paragraph.endsWith(ATTRIBUTES)) {
        set = paragraph.substring(0, paragraph.length() - ATTRIBUTES.length());
      }
      if (set == null && !paragraph.endsWith("_kinds")) {
        continue;
      }
      FlagSet names = set == null ? null : FlagSets.get(set);
      StructLayout layout = StructLayouts.get(paragraph, abi);
      assertNotNull(layout, paragraph);
      NetlinkRows compiled = new NetlinkRows(compiler, paragraph);
      for (StructLayout.Field row : layout.fields()) {
        rows++;
        assertNotNull(compiled.get(row.name()));
        boolean others = row.name().equals("others"); // stands for all types without a row
        if (set != null && !others && (names == null || names.lookup(row.name(), abi) == null)) {
          wrong.add(paragraph + " " + row.name());
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(List.of(), compiler.unknown());
    assertTrue(rows > 500, "rows: " + rows);
  }
}
