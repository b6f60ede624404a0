// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.FlagSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Messages on netlink sockets (netlink(7), rtnetlink(7)). */
final class Netlink {
  private static final int HEADER = 16;

  private static final int NETLINK_ROUTE = 0;
  private static final int NETLINK_SOCK_DIAG = 4;
  private static final int NETLINK_XFRM = 6;
  private static final int NETLINK_AUDIT = 9;
  private static final int NETLINK_KOBJECT_UEVENT = 15;
  private static final int NETLINK_GENERIC = 16;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;

  /** Types below are the same for all protocols. */
  private static final int NLMSG_MIN_TYPE = 16;

  private static final int NLM_F_CAPPED = 0x100;

  /** As many messages as anybody would want to see of one buffer. */
  private static final int MAX_MESSAGES = 1 << 16;

  /** An error holds the message it is about, which may be an error; nobody needs more of that. */
  private static final int MAX_DEPTH = 8;

  private int depth;

  private final TypeCompiler compiler;
  private final SockDiag sockDiag;
  private final Map<String, NetlinkAttributes> attributes = new HashMap<>();

  Netlink(TypeCompiler compiler) {
    this.compiler = compiler;
    this.sockDiag = new SockDiag(this);
  }

  TypeCompiler compiler() {
    return compiler;
  }

  NetlinkAttributes attributes(String set) {
    NetlinkAttributes known = attributes.get(set);
    if (known == null) {
      known = new NetlinkAttributes(compiler, set);
      attributes.put(set, known);
    }
    return known;
  }

  /** The messages in a buffer of {@code length} bytes; one alone is not in brackets. */
  Value messages(DecodeContext c, long address, long length, int protocol) {
    if (protocol == NETLINK_KOBJECT_UEVENT || address == 0 || length <= 0) {
      return c.bytes(address, length, c.maxString());
    }
    MemoryView m = c.readUpTo(address, (int) Math.min(length, DecodeContext.MAX_READ));
    int end = m.length();
    if (end == 0 || end < HEADER && end < length) {
      return Value.unreadable(address);
    }
    int limit = c.brief() ? c.maxString() : MAX_MESSAGES;
    List<Value> items = new ArrayList<>(1);
    for (int at = 0; at < end; ) {
      if (items.size() >= limit) {
        return new Value.Arr(items.toArray(new Value[0]), true);
      }
      if (end - at < HEADER) {
        items.add(NetlinkTypes.hex(c, m, at, end - at));
        break;
      }
      long claimed = m.u32(at);
      items.add(message(c, m, at, end, protocol));
      if (claimed < HEADER || claimed > end - at) {
        break;
      }
      at += (int) (claimed + 3 & ~3);
    }
    return items.size() == 1 ? items.get(0) : new Value.Arr(items.toArray(new Value[0]), false);
  }

  /** The message at {@code at}, of whose bytes those below {@code limit} can be seen. */
  private Value message(DecodeContext c, MemoryView m, int at, int limit, int protocol) {
    long length = m.u32(at);
    int type = m.u16(at + 4);
    int flags = m.u16(at + 6);
    Value header =
        Value.struct(
            Value.field("nlmsg_len", Value.udec(length)),
            Value.field("nlmsg_type", typeName(c, protocol, type)),
            Value.field("nlmsg_flags", flagNames(c, protocol, type, flags)),
            Value.field("nlmsg_seq", Value.udec(m.u32(at + 8))),
            Value.field("nlmsg_pid", c.pid(m.s32(at + 12))));
    int end = (int) Math.min(at + length, limit);
    if (end <= at + HEADER) {
      return header;
    }
    List<Value> parts = new ArrayList<>(3);
    parts.add(header);
    payload(c, m, at + HEADER, end, protocol, type, flags, parts);
    return new Value.Arr(parts.toArray(new Value[0]), false);
  }

  private static Value typeName(DecodeContext c, int protocol, int type) {
    if (type >= NLMSG_MIN_TYPE) {
      switch (protocol) {
        case NETLINK_ROUTE:
          return Sets.constant("rtnetlink_type", c.abi(), type);
        case NETLINK_SOCK_DIAG:
          return Sets.constant("sock_diag_type", c.abi(), type);
        case NETLINK_XFRM:
          return Sets.constant("xfrm_msg", c.abi(), type);
        case NETLINK_AUDIT:
          return Sets.constant("audit_type", c.abi(), type);
        case NETLINK_GENERIC:
          // The one generic family whose number is fixed (GENL_ID_CTRL).
          if (type == NLMSG_MIN_TYPE) {
            return Value.name(type, "nlctrl");
          }
          break;
        default:
          break;
      }
    }
    return Sets.constant("netlink_type", c.abi(), type);
  }

  private static Value flagNames(DecodeContext c, int protocol, int type, int flags) {
    FlagSet set = Sets.get("netlink_flags");
    if (type == NLMSG_ERROR) {
      set = Sets.get("netlink_flags_ack");
    } else if (protocol == NETLINK_SOCK_DIAG && type >= NLMSG_MIN_TYPE) {
      set = Sets.get("netlink_flags_get");
    } else if (protocol == NETLINK_ROUTE && type >= NLMSG_MIN_TYPE) {
      // In each group of four the types are new, delete, get and set.
      switch (type & 3) {
        case 0:
          set = Sets.get("netlink_flags_new");
          break;
        case 1:
          set = Sets.get("netlink_flags_delete");
          break;
        case 2:
          set = Sets.get("netlink_flags_get");
          break;
        default:
          break;
      }
    }
    return Sets.flags(set, c.abi(), flags, Value.Base.HEX);
  }

  private void payload(
      DecodeContext c,
      MemoryView m,
      int at,
      int end,
      int protocol,
      int type,
      int flags,
      List<Value> parts) {
    if (type == NLMSG_ERROR && depth < MAX_DEPTH) {
      depth++;
      parts.add(error(c, m, at, end, protocol, flags));
      depth--;
    } else if (type == NLMSG_DONE) {
      parts.add(end - at < 4 ? NetlinkTypes.hex(c, m, at, end - at) : errorNumber(m.s32(at)));
    } else if (type >= NLMSG_MIN_TYPE && protocol == NETLINK_ROUTE) {
      route(c, m, at, end, type, parts);
    } else if (type >= NLMSG_MIN_TYPE && protocol == NETLINK_SOCK_DIAG) {
      sockDiag.message(c, m, at, end, flags, parts);
    } else if (type == NLMSG_MIN_TYPE && protocol == NETLINK_GENERIC && end - at >= 4) {
      parts.add(compiler.requireStruct("genl_ctrl").read(c, m, at));
      if (at + 4 < end) {
        parts.add(attributes("ctrl_attr").read(c, m, at + 4, end, 0));
      }
    } else {
      parts.add(NetlinkTypes.hex(c, m, at, end - at));
    }
  }

  private static Value errorNumber(int error) {
    String name = error < 0 ? Errno.name(-error) : null;
    return name == null
        ? Value.dec(error)
        : new Value.Sym(error, Value.Base.DEC, new String[] {"-" + name}, 0, null, false);
  }

  /** {@code struct nlmsgerr}: an error, or 0 as an acknowledgement, and the message it is about. */
  private Value error(DecodeContext c, MemoryView m, int at, int end, int protocol, int flags) {
    if (end - at < 4) {
      return NetlinkTypes.hex(c, m, at, end - at);
    }
    Value.Field error = Value.field("error", errorNumber(m.s32(at)));
    int message = at + 4;
    if (message >= end) {
      return Value.struct(error);
    }
    if (end - message < HEADER) {
      Value rest = NetlinkTypes.hex(c, m, message, end - message);
      return Value.struct(error, Value.field("msg", rest));
    }
    // With NLM_F_CAPPED only the header has been sent back.
    long length = (flags & NLM_F_CAPPED) != 0 ? HEADER : m.u32(message);
    int messageEnd = (int) Math.min(end, message + Math.max(HEADER, length));
    Value told =
        Value.struct(error, Value.field("msg", message(c, m, message, messageEnd, protocol)));
    int attributesAt = message + (messageEnd - message + 3 & ~3);
    return attributesAt >= end
        ? told
        : Value.array(told, attributes("nlmsgerr_attr").read(c, m, attributesAt, end, 0));
  }

  /** Struct and attributes of a type of {@code NETLINK_ROUTE}: three kinds of each. */
  private void route(DecodeContext c, MemoryView m, int at, int end, int type, List<Value> parts) {
    // A type that has no name, such as one between those of two groups, says nothing.
    switch (Sets.get("rtnetlink_type").nameOf(type, c.abi()) == null ? 0 : type & ~3) {
      case 16: // RTM_NEWLINK
        body(c, m, at, end, "ifinfomsg", "ifi_family", "ifla", parts);
        break;
      case 20: // RTM_NEWADDR
      case 56: // RTM_GETMULTICAST
      case 60: // RTM_GETANYCAST
        body(c, m, at, end, "ifaddrmsg", "ifa_family", "ifa", parts);
        break;
      case 24: // RTM_NEWROUTE
        body(c, m, at, end, "rtmsg", "rtm_family", "rta", parts);
        break;
      case 28: // RTM_NEWNEIGH
        body(c, m, at, end, "ndmsg", "ndm_family", "nda", parts);
        break;
      case 32: // RTM_NEWRULE
        body(c, m, at, end, "fib_rule_hdr", "family", "fra", parts);
        break;
      case 36: // RTM_NEWQDISC
      case 40: // RTM_NEWTCLASS
      case 44: // RTM_NEWTFILTER
        body(c, m, at, end, "tcmsg", "tcm_family", "tca", parts);
        break;
      case 48: // RTM_NEWACTION
        body(c, m, at, end, "tcamsg", "tca_family", "tca_act", parts);
        break;
      case 64: // RTM_NEWNEIGHTBL
        body(c, m, at, end, "ndtmsg", "ndtm_family", "ndta", parts);
        break;
      case 72: // RTM_NEWADDRLABEL
        body(c, m, at, end, "ifaddrlblmsg", "ifal_family", "ifal", parts);
        break;
      case 76: // RTM_GETDCB
        body(c, m, at, end, "dcbmsg", "dcb_family", "dcb_attr", parts);
        break;
      case 80: // RTM_NEWNETCONF
        body(c, m, at, end, "netconfmsg", "ncm_family", "netconfa", parts);
        break;
      case 84: // RTM_NEWMDB
        body(c, m, at, end, "br_port_msg", "family", "mdba", parts);
        break;
      case 88: // RTM_NEWNSID
        body(c, m, at, end, "rtgenmsg", "rtgen_family", "netnsa", parts);
        break;
      case 104: // RTM_NEWNEXTHOP
        body(c, m, at, end, "nhmsg", "nh_family", "nha", parts);
        break;
      default:
        Value.Field family = Value.field("family", family(c, m.u8(at)));
        Value data = end == at + 1 ? Value.OMITTED : NetlinkTypes.hex(c, m, at + 1, end - at - 1);
        parts.add(Value.struct(family, Value.field("data", data)));
        break;
    }
  }

  static Value family(DecodeContext c, int family) {
    return Sets.constant("socket_domain", c.abi(), family);
  }

  /** A struct that begins with an address family, and attributes behind it. */
  void body(
      DecodeContext c,
      MemoryView m,
      int at,
      int end,
      String struct,
      String familyField,
      String set,
      List<Value> parts) {
    StructType type = compiler.requireStruct(struct);
    int family = m.u8(at);
    if (end - at < type.size()) {
      Value.Field first = Value.field(familyField, family(c, family));
      parts.add(new Value.Struct(new Value.Field[] {first}, true));
      return;
    }
    parts.add(type.read(c, m, at));
    int attributesAt = at + (type.size() + 3 & ~3);
    if (attributesAt < end) {
      parts.add(attributes(set).read(c, m, attributesAt, end, family));
    }
  }
}
