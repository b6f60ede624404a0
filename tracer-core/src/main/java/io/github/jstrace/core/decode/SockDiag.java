// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What messages of {@code NETLINK_SOCK_DIAG} (sock_diag(7)) about internet sockets have that rows
 * cannot say: addresses in a struct within the struct that has their family.
 */
final class SockDiag {
  private static final int AF_INET6 = 10;

  private SockDiag() {}

  /**
   * {@code struct inet_diag_sockid} of {@code linux/inet_diag.h}. Its addresses are of the family
   * that the struct that it lies in begins with.
   */
  static final class Identity extends Type {
    @Override
    int size() {
      return 48;
    }

    @Override
    int align() {
      return Integer.BYTES;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.hex(raw);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int at) {
      boolean six = c.scopeField(0, 1, false) == AF_INET6;
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
  }

  /**
   * {@code struct inet_diag_sockopt}: two bytes of flags, of which those that are set are shown.
   */
  static final class Options extends NetlinkPayload {
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
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length < 2) {
        return null;
      }
      if (!b.has(at, 2)) {
        return b.missing(at);
      }
      int bits = b.view().u16(at);
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
      Value told =
          new Value.Abbrev(
              Value.struct(brief.toArray(new Value.Field[0])),
              Value.struct(full.toArray(new Value.Field[0])));
      if (length == 2 || zeros(b, at + 2, length - 2)) {
        return told;
      }
      String place = "/* bytes 2.." + (length - 1) + " */ ";
      return new Value.Seq(told, new Value.Prefixed(place, b.hex(at + 2, length - 2)));
    }

    private static boolean zeros(NetlinkBuffer b, int at, int length) {
      boolean zeros = b.has(at, length);
      for (int i = 0; zeros && i < length; i++) {
        zeros = b.view().u8(at + i) == 0;
      }
      return zeros;
    }
  }
}
