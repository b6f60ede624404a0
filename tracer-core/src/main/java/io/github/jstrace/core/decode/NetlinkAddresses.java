// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/**
 * Addresses in netlink messages: of network devices and of the internet, whose family another part
 * of the message may tell.
 */
final class NetlinkAddresses {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private NetlinkAddresses() {}

  static @Nullable Type create(String name, String[] params) {
    switch (name) {
      case "nla_hwaddr":
        return new HardwareAddress(params.length > 0);
      case "nla_address":
        return new Address(0);
      case "nla_in":
        return new Address(AF_INET);
      case "nla_in6":
        return new Address(AF_INET6);
      case "nla_via":
        return new Via();
      case "nla_hostcond":
        return new HostCondition();
      case "hwaddr":
        return new InPlace(Integer.parseInt(params[0]), InPlace.HARDWARE);
      case "address_of_family":
        return new InPlace(Integer.parseInt(params[0]), InPlace.ADDRESS);
      case "sockaddr_storage":
        return new InPlace(Sockaddr.MAX, InPlace.SOCKET);
      case "ifindex":
        return new InterfaceIndex();
      default:
        return null;
    }
  }

  /** The address of a network device, as long as its type has it. */
  private static final class HardwareAddress extends NetlinkPayload {
    /** Where {@code struct ifinfomsg} has the type of the device. */
    private static final int IFI_TYPE = 2;

    private static final int ARPHRD_ETHER = 1;
    private static final int ETH_ALEN = 6;
    private static final int MAX_ADDR_LEN = 32;

    private final boolean ofLink;

    HardwareAddress(boolean ofLink) {
      this.ofLink = ofLink;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length > MAX_ADDR_LEN) {
        return null;
      }
      int size = length;
      if (ofLink && b.view().u16(b.body() + IFI_TYPE) == ARPHRD_ETHER && length >= ETH_ALEN) {
        size = ETH_ALEN;
      }
      return b.has(at, size) ? RareAddresses.mac(b.view(), at, size) : b.missing(at);
    }
  }

  /** An internet address, of the family that the message begins with unless it is given. */
  private static final class Address extends NetlinkPayload {
    private final int family;

    Address(int family) {
      this.family = family;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      return address(b, family == 0 ? b.family() : family, at, length);
    }
  }

  /** In place, in a struct. */
  private static final class InPlace extends Type {
    static final int HARDWARE = 0;
    static final int ADDRESS = 1;
    static final int SOCKET = 2;

    private final int size;
    private final int kind;

    InPlace(int size, int kind) {
      this.size = size;
      this.kind = kind;
    }

    @Override
    int size() {
      return size;
    }

    @Override
    int align() {
      return kind == ADDRESS ? Integer.BYTES : 1;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.hex(raw);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int at) {
      switch (kind) {
        case HARDWARE:
          return RareAddresses.mac(m, at, size);
        case SOCKET:
          return Sockaddr.decode(c, m, at, size);
        default:
          long family = c.scopeField(0, 1, false);
          return family == AF_INET
              ? Sockaddr.inetAddress(m, at)
              : family == AF_INET6
                  ? Sockaddr.inet6Address(m, at)
                  : new Value.HexStr(m.copy(at, size), false);
      }
    }
  }

  /** An internet address, or null if it is none or too short. */
  static @Nullable Value address(NetlinkBuffer b, int family, int at, int length) {
    int size = family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
    if (size == 0 || length < size) {
      return null;
    }
    if (!b.has(at, size)) {
      return b.missing(at);
    }
    return size == 4 ? Sockaddr.inetAddress(b.view(), at) : Sockaddr.inet6Address(b.view(), at);
  }

  /** {@code struct rtvia}: an address of a family of its own. */
  private static final class Via extends NetlinkPayload {
    private static final int FAMILY_SIZE = 2;

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length < FAMILY_SIZE) {
        return null;
      }
      if (!b.has(at, FAMILY_SIZE)) {
        return b.missing(at);
      }
      int family = b.view().u16(at);
      Value.Field first = Value.field("rtvia_family", Netlink.family(b.context(), family));
      int room = length - FAMILY_SIZE;
      if (room == 0) {
        return Value.struct(first);
      }
      Value address = address(b, family, at + FAMILY_SIZE, room);
      return Value.struct(
          first,
          Value.field("rtvia_addr", address == null ? b.hex(at + FAMILY_SIZE, room) : address));
    }
  }

  /** {@code struct inet_diag_hostcond}: a prefix of an address, and a port. */
  private static final class HostCondition extends NetlinkPayload {
    private static final int SIZE = 8;

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length < SIZE) {
        return null;
      }
      if (!b.has(at, SIZE)) {
        return b.missing(at);
      }
      MemoryView m = b.view();
      int family = m.u8(at);
      int room = length - SIZE;
      Value address = room == 0 ? Value.OMITTED : address(b, family, at + SIZE, room);
      if (address == null) {
        address = b.hex(at + SIZE, room);
      }
      return Value.struct(
          Value.field("family", Netlink.family(b.context(), family)),
          Value.field("prefix_len", Value.udec(m.u8(at + 1))),
          Value.field("port", Value.dec(m.s32(at + 4))),
          Value.field("addr", address));
    }
  }

  /** An int that is the index of a network interface. */
  private static final class InterfaceIndex extends Type {
    @Override
    Value decode(DecodeContext c, long raw) {
      return InterfaceNames.index(c, raw & 0xffffffffL);
    }

    @Override
    int size() {
      return 4;
    }
  }
}
