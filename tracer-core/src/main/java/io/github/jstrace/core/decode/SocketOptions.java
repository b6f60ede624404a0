// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Values of socket options: getsockopt(2) and setsockopt(2). Most are an int, and what is not known
 * to be anything else is shown as one if it has four bytes, as a string otherwise. Sources:
 * socket(7), ip(7), ipv6(7), packet(7), raw(7), netlink(7).
 */
final class SocketOptions {
  private static final int SOL_IP = 0;
  private static final int SOL_SOCKET = 1;
  private static final int SOL_TCP = 6;
  private static final int SOL_IPV6 = 41;
  private static final int SOL_RAW = 255;
  private static final int SOL_PACKET = 263;
  private static final int SOL_NETLINK = 270;

  private static final int ICMP_FILTER = 1;

  /**
   * Options of {@code SOL_SOCKET} that strace knows to be ints: it shows four bytes of more, and
   * fewer in hex.
   */
  private static final int[] INTS = {
    1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 19, 27, 29, 30, 32, 33, 34, 35, 36, 37, 40, 41,
    42, 43, 44, 45, 46, 49, 53, 56, 60, 63, 64, 65, 68, 69, 70, 73, 75, 76, 82, 83, 84
  };

  /** What an option's value is. */
  private enum Kind {
    /** An int; of less, the address is shown. */
    NETLINK_INT,
    /** An int, or a string if its size is another. */
    ANY,
    INT,
    ERRNO,
    TXREHASH,
    LINGER,
    CREDENTIALS,
    /** Instructions, whose number is the length. */
    ATTACHED,
    FILTER,
    ICMP_TYPES,
    IP_MEMBERSHIP,
    IPV6_MEMBERSHIP,
    GROUP,
    PACKET_MEMBERSHIP,
    PACKET_RING,
    PACKET_STATISTICS,
    NETLINK_GROUPS,
    TCP_KEY
  }

  private SocketOptions() {}

  private static Kind kind(int level, int option, boolean get) {
    switch (level) {
      case SOL_SOCKET:
        return socketKind(option, get);
      case SOL_IP:
        // IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP; MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP
        return get
            ? Kind.ANY
            : option == 35 || option == 36
                ? Kind.IP_MEMBERSHIP
                : option == 42 || option == 45 ? Kind.GROUP : Kind.ANY;
      case SOL_TCP:
        return option == 38 && !get ? Kind.TCP_KEY : Kind.ANY; // TCP_AO_ADD_KEY
      case SOL_IPV6:
        // IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP, IPV6_JOIN_ANYCAST, IPV6_LEAVE_ANYCAST
        return get
            ? Kind.ANY
            : option == 20 || option == 21 || option == 27 || option == 28
                ? Kind.IPV6_MEMBERSHIP
                : option == 42 || option == 45 ? Kind.GROUP : Kind.ANY;
      case SOL_RAW:
        return option == ICMP_FILTER ? Kind.ICMP_TYPES : Kind.ANY;
      case SOL_PACKET:
        return packetKind(option, get);
      case SOL_NETLINK:
        // NETLINK_LIST_MEMBERSHIPS
        return !get ? Kind.INT : option == 9 ? Kind.NETLINK_GROUPS : Kind.NETLINK_INT;
      default:
        return Kind.ANY;
    }
  }

  private static Kind socketKind(int option, boolean get) {
    switch (option) {
      case 4: // SO_ERROR
        return get ? Kind.ERRNO : Kind.ANY;
      case 13: // SO_LINGER
        return Kind.LINGER;
      case 17: // SO_PEERCRED
        return get ? Kind.CREDENTIALS : Kind.ANY;
      case 26: // SO_ATTACH_FILTER; SO_GET_FILTER counts in instructions
        return get ? Kind.ATTACHED : Kind.FILTER;
      case 51: // SO_ATTACH_REUSEPORT_CBPF
        return get ? Kind.ANY : Kind.FILTER;
      case 74: // SO_TXREHASH
        return Kind.TXREHASH;
      default:
        return Arrays.binarySearch(INTS, option) >= 0 ? Kind.INT : Kind.ANY;
    }
  }

  private static Kind packetKind(int option, boolean get) {
    switch (option) {
      case 1: // PACKET_ADD_MEMBERSHIP
      case 2: // PACKET_DROP_MEMBERSHIP
        return get ? Kind.ANY : Kind.PACKET_MEMBERSHIP;
      case 5: // PACKET_RX_RING
      case 13: // PACKET_TX_RING
        return get ? Kind.ANY : Kind.PACKET_RING;
      case 6: // PACKET_STATISTICS
        return get ? Kind.PACKET_STATISTICS : Kind.ANY;
      default:
        return Kind.ANY;
    }
  }

  /** The value that is set. */
  static final class In extends JavaType {
    private final TypeCompiler compiler;
    private final Ref level;
    private final Ref option;
    private final Ref length;

    In(TypeCompiler compiler, Ref level, Ref option, Ref length) {
      super(compiler.abi(), Direction.IN);
      this.compiler = compiler;
      this.level = level;
      this.option = option;
      this.length = length;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(
          Phase.ENTRY,
          at,
          capture.length(length, 1, Capture.SOME),
          Math.max(TcpKey.SIZE, capture.maxString()));
      // A packet filter: its length and the address of its instructions.
      if (!capture.brief() && at != null) {
        capture.bytes(
            Phase.ENTRY,
            at.pointerAt(capture.word()),
            Capture.field(at, 0, 2, 8),
            CapturePlan.MAX_BYTES);
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      int size = (int) length.get(c);
      Kind kind = kind((int) level.get(c), (int) option.get(c), false);
      if (kind == Kind.ANY && size != 4) {
        return c.bytes(raw, size & 0xffffffffL, c.maxString());
      }
      if (kind == Kind.FILTER) {
        return size == 2 * c.abi().wordSize() ? filter(c, raw) : Value.addr(raw);
      }
      int wanted = wanted(c, kind);
      boolean exact = kind == Kind.PACKET_MEMBERSHIP || kind == Kind.PACKET_RING;
      if (kind == Kind.ICMP_TYPES || kind == Kind.TCP_KEY) {
        wanted = Math.min(size, wanted);
      }
      if (wanted <= 0 || (exact ? size != wanted : size < wanted)) {
        return Value.addr(raw);
      }
      MemoryView m = c.read(raw, wanted);
      return m == null ? Value.unreadable(raw) : value(c, kind, m, wanted);
    }

    private Value filter(DecodeContext c, long raw) {
      return compiler
          .compile(
              "sock_fprog",
              new Env() {
                @Override
                public io.github.jstrace.tables.Abi abi() {
                  return compiler.abi();
                }

                @Override
                public Ref sibling(String name) {
                  throw new IllegalArgumentException(name);
                }

                @Override
                public io.github.jstrace.tables.@Nullable TypeExpr siblingType(String name) {
                  return null;
                }
              })
          .decode(c, raw);
    }
  }

  /** The value that the kernel stores, and how much of it, in room whose size it was told. */
  static final class Out extends JavaType {
    private final Ref level;
    private final Ref option;
    private final Ref lengthAddress;
    private final BpfProgram program;

    Out(TypeCompiler compiler, Ref level, Ref option, Ref lengthAddress) {
      super(compiler.abi(), Direction.OUT);
      this.program = new BpfProgram(compiler.abi(), false, Direction.OUT);
      this.level = level;
      this.option = option;
      this.lengthAddress = lengthAddress;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      int filter = capture.brief() ? 0 : CapturePlan.MAX_BYTES;
      capture.bytes(Phase.EXIT, at, Math.max(Math.max(Capture.SOME, capture.maxString()), filter));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView stored = c.read(lengthAddress.get(c), 4);
      if (stored == null) {
        return Value.addr(raw);
      }
      int size = stored.s32(0);
      size = c.stash() instanceof Integer room ? Math.min(room, size) : size;
      Kind kind = kind((int) level.get(c), (int) option.get(c), true);
      if (kind == Kind.NETLINK_GROUPS && size > 0) {
        return groups(c, raw, size / 4);
      }
      if (kind == Kind.ATTACHED && size > 0 && !c.brief()) {
        return new Value.Abbrev(Value.addr(raw), program.instructions(c, raw, size));
      }
      if (size <= 0 || kind == Kind.ATTACHED || kind == Kind.NETLINK_INT && size < 4) {
        return Value.addr(raw);
      }
      int wanted = wanted(c, kind);
      if (kind == Kind.ANY && size != wanted) {
        return c.bytes(raw, size, c.maxString());
      }
      int there = Math.min(size, wanted);
      MemoryView m = c.read(raw, there);
      return m == null ? Value.unreadable(raw) : value(c, kind, m, there);
    }
  }

  /** How many bytes a value has. */
  private static int wanted(DecodeContext c, Kind kind) {
    switch (kind) {
      case LINGER:
      case IP_MEMBERSHIP:
        return 8;
      case CREDENTIALS:
      case PACKET_STATISTICS:
        return 12;
      case PACKET_MEMBERSHIP:
      case PACKET_RING:
        return 16;
      case IPV6_MEMBERSHIP:
        return 20;
      case GROUP:
        return c.abi().wordSize() + Sockaddr.MAX;
      case TCP_KEY:
        return TcpKey.SIZE;
      default:
        return 4;
    }
  }

  /** A value of which {@code length} bytes are there. */
  private static Value value(DecodeContext c, Kind kind, MemoryView m, int length) {
    switch (kind) {
      case LINGER:
        return partial(c, kind, m, length, "l_onoff", "l_linger");
      case CREDENTIALS:
        return partial(c, kind, m, length, "pid", "uid", "gid");
      case PACKET_STATISTICS:
        return partial(c, kind, m, length, "tp_packets", "tp_drops", "tp_freeze_q_cnt");
      case PACKET_RING:
        return partial(
            c, kind, m, length, "tp_block_size", "tp_block_nr", "tp_frame_size", "tp_frame_nr");
      case IP_MEMBERSHIP:
        return Value.struct(
            Value.field("imr_multiaddr", Sockaddr.inetAddress(m, 0)),
            Value.field("imr_interface", Sockaddr.inetAddress(m, 4)));
      case IPV6_MEMBERSHIP:
        return Value.struct(
            Value.field("ipv6mr_multiaddr", Sockaddr.inet6Address(m, 0)),
            Value.field("ipv6mr_interface", InterfaceNames.index(c, m.u32(16))));
      case GROUP:
        return Value.struct(
            Value.field("gr_interface", InterfaceNames.index(c, m.u32(0))),
            Value.field("gr_group", Sockaddr.decode(c, m, c.abi().wordSize(), Sockaddr.MAX)));
      case PACKET_MEMBERSHIP:
        int octets = Math.min(m.u16(6), 8);
        return Value.struct(
            Value.field("mr_ifindex", InterfaceNames.index(c, m.u32(0))),
            Value.field("mr_type", Sets.constant("packet_mr_type", c.abi(), m.u16(4))),
            Value.field("mr_alen", Value.udec(m.u16(6))),
            Value.field("mr_address", RareAddresses.mac(m, 8, octets)));
      case ICMP_TYPES:
        return icmpTypes(c, m, length);
      case TCP_KEY:
        return TcpKey.decode(c, m);
      default:
        return length < 4 ? hex(m, 0, length) : Value.array(number(c, kind, m.s32(0)));
    }
  }

  private static Value number(DecodeContext c, Kind kind, int number) {
    if (kind == Kind.ERRNO) {
      String name = number == 0 ? null : Errno.name(number);
      return name == null
          ? Value.udec(number & 0xffffffffL)
          : new Value.Sym(number, Value.Base.DEC, new String[] {name}, 0, null, false);
    }
    return kind == Kind.TXREHASH
        ? Sets.constant(Sets.get("sock_txrehash"), c.abi(), number, Value.Base.DEC)
        : Value.dec(number);
  }

  /** A struct of 32-bit fields that may end early; what is there of a cut field is shown in hex. */
  private static Value partial(
      DecodeContext c, Kind kind, MemoryView m, int length, String... names) {
    Value.Field[] shown = new Value.Field[(length + 3) / 4];
    for (int i = 0; i < shown.length; i++) {
      int there = length - 4 * i;
      shown[i] = Value.field(names[i], there < 4 ? hex(m, 4 * i, there) : field(c, kind, m, i));
    }
    return Value.struct(shown);
  }

  private static Value field(DecodeContext c, Kind kind, MemoryView m, int index) {
    int value = m.s32(4 * index);
    switch (kind) {
      case LINGER:
        return Value.dec(value);
      case CREDENTIALS:
        return index == 0 ? c.pid(value) : ControlMessages.id(value);
      default:
        return Value.udec(value & 0xffffffffL);
    }
  }

  private static Value hex(MemoryView m, int at, int length) {
    return new Value.HexStr(m.copy(at, length), false);
  }

  /** The types that {@code ICMP_FILTER} blocks; the missing bytes of a short value count as set. */
  private static Value icmpTypes(DecodeContext c, MemoryView m, int length) {
    int bits = -1;
    for (int i = 0; i < length; i++) {
      bits = bits & ~(0xff << 8 * i) | m.u8(i) << 8 * i;
    }
    boolean complement = Integer.bitCount(bits) > 16;
    int listed = complement ? ~bits : bits;
    Value[] items = new Value[Integer.bitCount(listed)];
    int count = 0;
    for (int i = 0; i < 32; i++) {
      if ((listed >>> i & 1) != 0) {
        items[count++] = Sets.constant("icmp_type", c.abi(), i);
      }
    }
    return new Value.Members(items, complement);
  }

  private static Value groups(DecodeContext c, long address, int count) {
    int shown = c.brief() ? Math.min(count, c.maxString()) : Math.min(count, 1 << 12);
    Type number = new ScalarType(c.abi(), 4, false, Value.Base.UDEC);
    return shown == 0 ? Value.array() : ArrayType.elements(c, number, address, count, shown);
  }
}
