// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.FlagSet;
import org.jspecify.annotations.Nullable;

/**
 * Which of the sets {@code netlink_flags_…} the flags of a message are from: some bits mean one
 * thing in a message that asks for something, and others in one that makes or deletes it
 * (netlink(7)).
 */
final class NetlinkFlags {
  private static final int NLMSG_MIN_TYPE = 16;

  private static final int RTM_DELACTION = 49;

  private final TypeCompiler compiler;
  private @Nullable NetlinkRows netfilter;

  NetlinkFlags(TypeCompiler compiler) {
    this.compiler = compiler;
  }

  FlagSet of(DecodeContext c, @Nullable String protocol, int type) {
    return Sets.get(name(c, protocol, type));
  }

  private String name(DecodeContext c, @Nullable String protocol, int type) {
    if (protocol == null || type < NLMSG_MIN_TYPE) {
      return "netlink_flags";
    }
    switch (protocol) {
      case "NETLINK_SOCK_DIAG":
      case "NETLINK_GENERIC":
        return "netlink_flags_get";
      case "NETLINK_ROUTE":
        // In each group of four the types are new, delete, get and set.
        return byKind(type == RTM_DELACTION ? 2 : type & 3);
      case "NETLINK_XFRM":
        return byName(Sets.get("xfrm_msg").nameOf(type, c.abi()));
      case "NETLINK_CRYPTO":
        return byName(Sets.get("crypto_msg").nameOf(type, c.abi()));
      case "NETLINK_NETFILTER":
        return byName(netfilterMessage(c, type));
      default:
        return "netlink_flags";
    }
  }

  private @Nullable String netfilterMessage(DecodeContext c, int type) {
    NetlinkRows rows = netfilter;
    if (rows == null) {
      rows = new NetlinkRows(compiler, "netfilter_subsystems");
      netfilter = rows;
    }
    Type messages = rows.get(Sets.get("nfnl_subsys").nameOf(type >> 8, c.abi()));
    return messages != null
            && messages.decode(c, type & 0xff) instanceof Value.Sym message
            && message.names().length > 0
        ? message.names()[0]
        : null;
  }

  private static String byKind(int kind) {
    switch (kind) {
      case 0:
        return "netlink_flags_new";
      case 1:
        return "netlink_flags_delete";
      case 2:
        return "netlink_flags_get";
      default:
        return "netlink_flags";
    }
  }

  private static String byName(@Nullable String message) {
    if (message == null || message.startsWith("IPSET_")) {
      return "netlink_flags";
    }
    if (message.contains("_NEW")) {
      return "netlink_flags_new";
    }
    if (message.contains("_DEL")) {
      return "netlink_flags_delete";
    }
    return message.contains("_GET") ? "netlink_flags_get" : "netlink_flags";
  }
}
