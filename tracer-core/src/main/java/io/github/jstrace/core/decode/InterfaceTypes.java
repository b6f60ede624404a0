// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;

/** Parts of {@code struct ifreq} and {@code struct ifconf} (netdevice(7)). */
final class InterfaceTypes {
  private InterfaceTypes() {}

  /** A {@code struct sockaddr} in place. */
  static final class SockaddrInPlace extends FieldType {
    static final int SIZE = 16;

    SockaddrInPlace() {
      super(SIZE, 2);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      return Sockaddr.decode(c, m, offset, SIZE);
    }
  }

  /** A hardware address behind the type of link that it belongs to: {@code 00:16:3e:…}. */
  static final class MacAddress extends FieldType {
    MacAddress(String size) {
      super(size(size), 1);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      int length = offset < 2 ? size() : Math.min(size(), length(m.u16(offset - 2)));
      StringBuilder text = new StringBuilder(3 * length);
      for (int i = 0; i < length; i++) {
        int b = m.u8(offset + i);
        text.append(i == 0 ? "" : ":").append(b < 16 ? "0" : "").append(Integer.toHexString(b));
      }
      Value bytes = new Value.Str(m.copy(offset, size()), false, false, false);
      return new Value.Coded(bytes, new Value.Text(text.toString(), 0));
    }

    /** Bytes of an address by {@code ARPHRD_*} (linux/if_arp.h and the drivers, Linux 6.18). */
    private static int length(int link) {
      switch (link) {
        case 7: // ARCNET
        case 290: // MCTP
        case 773: // LOCALTLK
        case 820: // PHONET
        case 821: // PHONET_PIPE
        case 822: // CAIF
          return 1;
        case 15: // DLCI
          return 2;
        case 768: // TUNNEL
        case 776: // SIT
        case 777: // IPDDP
        case 778: // IPGRE
        case 779: // PIMREG
        case 783: // IRDA
          return 4;
        case 270: // ROSE
        case 271: // X25
          return 5;
        case 1: // ETHER
        case 6: // IEEE802
        case 772: // LOOPBACK
        case 774: // FDDI
        case 780: // HIPPI
        case 801: // IEEE80211 and its monitors
        case 802:
        case 803:
          return 6;
        case 0: // NETROM
        case 3: // AX25
          return 7;
        case 27: // EUI64
        case 804: // IEEE802154 and its monitor
        case 805:
        case 825: // 6LOWPAN
        case 826: // VSOCKMON
          return 8;
        default:
          return Integer.MAX_VALUE;
      }
    }
  }

  /** The list of interfaces that SIOCGIFCONF asks for: room and its size, and what was stored. */
  static final class Ifconf extends JavaType {
    private static final int NAME = 16;

    private final Abi abi;
    private final int word;
    private final int entry;

    Ifconf(Abi abi) {
      super(abi, Direction.IN);
      this.abi = abi;
      this.word = abi.wordSize();
      // struct ifreq has a union that is larger than a socket address on 64-bit ABIs only.
      this.entry = word == 8 ? 40 : 32;
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      c.setStash(raw == 0 ? null : c.read(raw, 2 * word));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!(c.stash() instanceof MemoryView before)) {
        return Value.unreadable(raw);
      }
      Value size = size(before.s32(0));
      long buffer = before.load(word, word, false);
      MemoryView m = c.failed() ? null : c.read(raw, 2 * word);
      if (m == null) {
        return buffer == 0
            ? Value.struct(Value.field("ifc_len", size), Value.field("ifc_buf", Value.NULL))
            : Value.struct(
                Value.field("ifc_len", size), Value.field("ifc_buf", Value.addr(buffer)));
      }
      // Without a buffer the call only tells how much room there should be.
      if (buffer == 0) {
        size = size(m.s32(0));
      } else if (m.s32(0) != before.s32(0)) {
        size = new Value.Changed(Value.dec(before.s32(0)), size(m.s32(0)));
      }
      return Value.struct(
          Value.field("ifc_len", size),
          Value.field("ifc_buf", entries(c, m.load(word, word, false), m.s32(0))));
    }

    /** Bytes, and how many entries they are room for. */
    private Value size(int bytes) {
      return bytes <= 0 || bytes % entry != 0
          ? Value.dec(bytes)
          : new Value.Commented(Value.dec(bytes), bytes / entry + " * sizeof(struct ifreq)");
    }

    private Value entries(DecodeContext c, long buffer, int length) {
      if (buffer == 0 || length < 0) {
        return Value.addr(buffer);
      }
      int claimed = length / entry;
      int shown = c.brief() ? Math.min(claimed, c.maxString()) : Math.min(claimed, 1 << 12);
      MemoryView m = c.read(buffer, shown * entry);
      if (m == null) {
        return Value.unreadable(buffer);
      }
      Value[] items = new Value[shown];
      for (int i = 0; i < shown; i++) {
        int at = i * entry;
        int end = at;
        while (end < at + NAME && m.u8(end) != 0) {
          end++;
        }
        byte[] address = m.copy(at + NAME, SockaddrInPlace.SIZE);
        items[i] =
            Value.struct(
                Value.field("ifr_name", new Value.Str(m.copy(at, end - at), false, true, true)),
                Value.field(
                    "ifr_addr",
                    Sockaddr.decode(
                        c, new MemoryView(address, address.length), 0, address.length)));
      }
      return new Value.Arr(items, shown < claimed);
    }
  }

  /** {@code struct rand_pool_info} of random(4), whose bytes stand behind it. */
  static final class EntropyPool extends JavaType {
    private static final int HEADER = 8;

    EntropyPool(Abi abi) {
      super(abi, Direction.IN);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, HEADER);
      return m == null
          ? Value.unreadable(raw)
          : Value.struct(
              Value.field("entropy_count", Value.dec(m.s32(0))),
              Value.field("buf_size", Value.dec(m.s32(4))),
              Value.field("buf", c.bytes(raw + HEADER, m.s32(4), c.maxString())));
    }
  }
}
