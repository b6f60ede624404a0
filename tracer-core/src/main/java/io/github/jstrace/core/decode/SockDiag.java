// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import java.util.ArrayList;
import java.util.List;

/** Messages of {@code NETLINK_SOCK_DIAG} (sock_diag(7)), which {@code ss} asks about sockets. */
final class SockDiag {
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int AF_NETLINK = 16;
  private static final int AF_PACKET = 17;
  private static final int NLM_F_REQUEST = 1;

  private static final int INET_REQUEST = 56;
  private static final int INET_MESSAGE = 72;
  private static final int INET_ID = 48;

  private final Netlink netlink;

  SockDiag(Netlink netlink) {
    this.netlink = netlink;
  }

  void message(DecodeContext c, MemoryView m, int at, int end, int flags, List<Value> parts) {
    boolean request = (flags & NLM_F_REQUEST) != 0;
    int family = m.u8(at);
    switch (family) {
      case AF_UNIX:
        if (request) {
          netlink.body(c, m, at, end, "unix_diag_req", "sdiag_family", "unix_diag", parts);
        } else {
          netlink.body(c, m, at, end, "unix_diag_msg", "udiag_family", "unix_diag", parts);
        }
        break;
      case AF_NETLINK:
        if (request) {
          netlink.body(c, m, at, end, "netlink_diag_req", "sdiag_family", "netlink_diag", parts);
        } else {
          netlink.body(c, m, at, end, "netlink_diag_msg", "ndiag_family", "netlink_diag", parts);
        }
        break;
      case AF_PACKET:
        if (!request) {
          netlink.body(c, m, at, end, "packet_diag_msg", "pdiag_family", "packet_diag", parts);
          break;
        }
        other(c, m, at, end, parts);
        break;
      case AF_INET:
      case AF_INET6:
        inet(c, m, at, end, request, parts);
        break;
      default:
        other(c, m, at, end, parts);
        break;
    }
  }

  private static void other(DecodeContext c, MemoryView m, int at, int end, List<Value> parts) {
    Value data = end == at + 1 ? Value.OMITTED : NetlinkTypes.hex(c, m, at + 1, end - at - 1);
    Value family = Netlink.family(c, m.u8(at));
    parts.add(Value.struct(Value.field("family", family), Value.field("data", data)));
  }

  /** {@code struct inet_diag_req_v2} and {@code inet_diag_msg} of {@code linux/inet_diag.h}. */
  private void inet(
      DecodeContext c, MemoryView m, int at, int end, boolean request, List<Value> parts) {
    int size = request ? INET_REQUEST : INET_MESSAGE;
    int family = m.u8(at);
    Value.Field first =
        Value.field(request ? "sdiag_family" : "idiag_family", Netlink.family(c, family));
    if (end - at < size) {
      parts.add(new Value.Struct(new Value.Field[] {first}, true));
      return;
    }
    parts.add(request ? request(c, m, at, first) : reply(c, m, at, first));
    if (at + size < end) {
      parts.add(netlink.attributes("inet_diag").read(c, m, at + size, end, family));
    }
  }

  private static Value request(DecodeContext c, MemoryView m, int at, Value.Field first) {
    return Value.struct(
        first,
        Value.field("sdiag_protocol", Sets.constant("inet_protocol", c.abi(), m.u8(at + 1))),
        Value.field("idiag_ext", Sets.flags("inet_diag_ext", c.abi(), m.u8(at + 2))),
        Value.field("idiag_states", Sets.flags("tcp_states", c.abi(), m.u32(at + 4))),
        Value.field("id", id(c, m, at + 8, m.u8(at))));
  }

  private static Value reply(DecodeContext c, MemoryView m, int at, Value.Field first) {
    int rest = at + 4 + INET_ID;
    return Value.struct(
        first,
        Value.field("idiag_state", Sets.constant("tcp_state", c.abi(), m.u8(at + 1))),
        Value.field("idiag_timer", Value.udec(m.u8(at + 2))),
        Value.field("idiag_retrans", Value.udec(m.u8(at + 3))),
        Value.field("id", id(c, m, at + 4, m.u8(at))),
        Value.field("idiag_expires", Value.udec(m.u32(rest))),
        Value.field("idiag_rqueue", Value.udec(m.u32(rest + 4))),
        Value.field("idiag_wqueue", Value.udec(m.u32(rest + 8))),
        Value.field("idiag_uid", Value.udec(m.u32(rest + 12))),
        Value.field("idiag_inode", Value.udec(m.u32(rest + 16))));
  }

  /** {@code struct inet_diag_sockid}. */
  private static Value id(DecodeContext c, MemoryView m, int at, int family) {
    boolean six = family == AF_INET6;
    Value cookie = Value.array(Value.udec(m.u32(at + 40)), Value.udec(m.u32(at + 44)));
    return Value.struct(
        Value.field("idiag_sport", Sockaddr.port(m, at)),
        Value.field("idiag_dport", Sockaddr.port(m, at + 2)),
        Value.field("idiag_src", address(m, at + 4, six)),
        Value.field("idiag_dst", address(m, at + 20, six)),
        Value.field("idiag_if", InterfaceNames.index(c, m.u32(at + 36))),
        Value.field("idiag_cookie", cookie));
  }

  /** strace takes the whole room for an address of either family. */
  private static Value address(MemoryView m, int at, boolean six) {
    return six
        ? Sockaddr.inet6Address(m, at)
        : Sockaddr.coded(m, at, 16, "inet_addr", Sockaddr.ascii(InetText.format(m.copy(at, 4))));
  }

  /**
   * {@code struct inet_diag_sockopt}: two bytes of flags, of which those that are set are shown.
   */
  static final class Options extends NetlinkTypes.Payload {
    private static final String[] NAMES = {
      "recverr",
      "is_icsk",
      "freebind",
      "hdrincl",
      "mc_loop",
      "transparent",
      "mc_all",
      "nodefrag",
      "bind_address_no_port",
      "recverr_rfc4884",
      "defer_connect"
    };

    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      if (length < 2) {
        return NetlinkTypes.hex(c, m, at, length);
      }
      int bits = m.u16(at);
      List<Value.Field> brief = new ArrayList<>();
      List<Value.Field> full = new ArrayList<>();
      for (int i = 0; i < NAMES.length; i++) {
        int bit = bits >> i & 1;
        Value.Field field = Value.field(NAMES[i], Value.dec(bit));
        full.add(field);
        if (bit != 0) {
          brief.add(field);
        }
      }
      int unused = bits >> NAMES.length;
      Value.Field rest = Value.field("unused", new Value.Commented(Value.hex(unused), "bits 3..8"));
      full.add(rest);
      if (unused != 0) {
        brief.add(rest);
      }
      return new Value.Abbrev(
          Value.struct(brief.toArray(new Value.Field[0])),
          Value.struct(full.toArray(new Value.Field[0])));
    }
  }
}
