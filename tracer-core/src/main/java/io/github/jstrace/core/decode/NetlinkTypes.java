// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What netlink attributes hold that is no scalar or struct: its size is the attribute's. Named by
 * the paragraphs {@code X_attributes} of {@code netlink.structs}.
 */
final class NetlinkTypes {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private NetlinkTypes() {}

  static @Nullable Type create(TypeCompiler compiler, String name, String[] params, Env env) {
    switch (name) {
      case "nla_string":
        return new Text(false);
      case "nla_kind":
        return new Text(true);
      case "nla_hex":
        return new Hex();
      case "nla_hwaddr":
        return new HardwareAddress(params.length > 0);
      case "nla_address":
        return new Address(0);
      case "nla_in":
        return new Address(AF_INET);
      case "nla_in6":
        return new Address(AF_INET6);
      case "nla_enum":
      case "nla_flags":
        return new Named(
            params[0],
            name.equals("nla_flags"),
            params.length > 1 ? compiler.scalar(params[1]).size() : 0);
      case "nla_shutdown":
        return new Shutdown();
      case "nla_clock_t":
        return new Clock(compiler.compile("clock_t", env));
      case "nla_be16":
        return new Bounded(new NetworkConstant(params[0]));
      case "nla_prefix":
        return new Prefix(compiler.requireStruct(params[0]), Integer.parseInt(params[1]));
      case "nla_sized":
        return new BySize(compiler.compile(params[0], env), compiler.compile(params[1], env));
      case "nla_filter":
        return new Filter(compiler.abi());
      case "hwaddr":
        return new InPlace(Integer.parseInt(params[0]), InPlace.HARDWARE);
      case "address_of_family":
        return new InPlace(Integer.parseInt(params[0]), InPlace.ADDRESS);
      case "counted_hex":
        return new CountedHex(Integer.parseInt(params[0]), env.ref(params[1]));
      case "sockaddr_storage":
        return new InPlace(Sockaddr.MAX, InPlace.SOCKET);
      case "be16":
        return params.length == 0
            ? new BigEndian(2, "htons", Value.Base.UDEC)
            : new NetworkConstant(params[0]);
      case "be32":
        return new BigEndian(4, "htonl", Value.Base.UDEC);
      case "bex32":
        return new BigEndian(4, "htonl", Value.Base.HEX);
      case "be64":
        return new BigEndian(8, "htobe64", Value.Base.UDEC);
      case "udev_event":
        return new UdevEvent(compiler.requireStruct("udev_monitor_header"));
      case "nla_x08":
        return new PaddedHex();
      case "ifindex":
        return new InterfaceIndex();
      case "inet_diag_sockid":
        return new SockDiag.Identity();
      case "inet_diag_sockopt":
        return new SockDiag.Options();
      default:
        Type type = NetlinkLists.create(compiler, name, params, env);
        if (type == null) {
          type = NetlinkBodies.create(compiler, name, params, env);
        }
        return type != null ? type : NetlinkNames.create(compiler, name);
    }
  }

  /** A payload of a size of its own. */
  abstract static class Payload extends Type {
    /**
     * Decodes {@code length} bytes.
     *
     * @return null if they are not what they should be; they are shown in hex then
     */
    abstract @Nullable Value payload(NetlinkBuffer b, int at, int length);

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.hex(raw);
    }

    @Override
    int size() {
      return 0;
    }

    @Override
    int align() {
      return 1;
    }
  }

  /**
   * A string with a NUL at the end, which is not shown; others are. It may be the kind that
   * attributes behind it depend on.
   */
  private static final class Text extends Payload {
    private final boolean kind;

    Text(boolean kind) {
      this.kind = kind;
    }

    @Override
    Value payload(NetlinkBuffer b, int at, int length) {
      int limit = b.context().maxString();
      if (!b.has(at, Math.min(length, limit + 1))) {
        return b.missing(at);
      }
      MemoryView m = b.view();
      int last = at + length - 1;
      boolean terminated = b.has(last, 1) && m.u8(last) == 0;
      int size = terminated ? length - 1 : length;
      int shown = Math.min(size, limit);
      byte[] bytes = m.copy(at, shown);
      if (kind) {
        b.setKind(new String(bytes, StandardCharsets.ISO_8859_1));
      }
      return new Value.Str(bytes, !terminated || shown < size, true, false);
    }
  }

  /** The address of a network device, as long as its type has it. */
  private static final class HardwareAddress extends Payload {
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

  /** Nobody knows: where another family has something to say. */
  private static final class Hex extends Payload {
    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      return null;
    }
  }

  /** An internet address, of the family that the message begins with unless it is given. */
  private static final class Address extends Payload {
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

  /** In place, in a struct: bytes in hex, of which another field tells how many count. */
  private static final class CountedHex extends Type {
    private final int size;
    private final Ref count;

    CountedHex(int size, Ref count) {
      this.size = size;
      this.count = count;
    }

    @Override
    int size() {
      return size;
    }

    @Override
    int align() {
      return 1;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.hex(raw);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int at) {
      int shown = (int) Math.max(0, Math.min(size, count.get(c)));
      return new Value.HexStr(m.copy(at, shown), false);
    }
  }

  /** What has eight bytes at most. */
  private static final class Bounded extends Payload {
    private final Type type;

    Bounded(Type type) {
      this.type = type;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      return length > Long.BYTES ? null : NetlinkRows.show(type, b, at, length);
    }
  }

  /** The one of two types that is exactly as long as the attribute. */
  private static final class BySize extends Payload {
    private final Type first;
    private final Type second;

    BySize(Type first, Type second) {
      this.first = first;
      this.second = second;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      return length == first.size()
          ? NetlinkRows.show(first, b, at, length)
          : length == second.size() ? NetlinkRows.show(second, b, at, length) : null;
    }
  }

  /** Ticks, in as many bytes as the attribute has. */
  private static final class Clock extends Payload {
    private final Type ticks;

    Clock(Type ticks) {
      this.ticks = ticks;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length > Long.BYTES) {
        return null;
      }
      return b.has(at, length) ? ticks.decode(b.context(), b.number(at, length)) : b.missing(at);
    }
  }

  /** {@code INET_DIAG_SHUTDOWN}: its names are remarks. */
  private static final class Shutdown extends Payload {
    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length > Long.BYTES) {
        return null;
      }
      if (!b.has(at, 1)) {
        return b.missing(at);
      }
      int raw = b.view().u8(at);
      FlagSet set = Sets.get("socket_shutdown");
      String[] names = set.decompose(raw, b.context().abi()).names();
      return raw == 0
          ? Value.hex(raw)
          : new Value.Commented(
              Value.hex(raw), names.length == 0 ? "???_SHUTDOWN" : String.join("|", names));
    }
  }

  /** Instructions of a classic BPF program; in brief their address. */
  private static final class Filter extends Payload {
    private static final int INSTRUCTION = 8;

    private final BpfProgram program;

    Filter(Abi abi) {
      program = new BpfProgram(abi, false, Direction.IN);
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      int count = length / INSTRUCTION;
      if (count == 0) {
        return null;
      }
      if (!b.has(at, count * INSTRUCTION)) {
        return b.missing(at);
      }
      return new Value.Abbrev(b.address(at), program.instructions(b.view(), at, count));
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

  /** A number of a set in at most eight bytes, of which those of the number count. */
  private static final class Named extends Payload {
    private final String set;
    private final boolean flags;
    private final int minimum;

    Named(String set, boolean flags, int minimum) {
      this.set = set;
      this.flags = flags;
      this.minimum = minimum;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length > Long.BYTES || length < minimum) {
        return null;
      }
      if (!b.has(at, length)) {
        return b.missing(at);
      }
      long number = b.number(at, minimum == 0 ? length : minimum);
      return flags
          ? Sets.flags(set, b.context().abi(), number)
          : Sets.constant(Sets.get(set), b.context().abi(), number, Value.Base.HEX);
    }
  }

  /** A struct that grew: its fields as far as the attribute goes, which has at least the first. */
  private static final class Prefix extends Payload {
    private final StructType struct;
    private final int minimum;

    Prefix(StructType struct, int minimum) {
      this.struct = struct;
      this.minimum = minimum;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      int size = Math.min(length, struct.size());
      if (length < minimum) {
        return null;
      }
      if (!b.has(at, size)) {
        return b.missing(at);
      }
      MemoryView whole =
          new MemoryView(java.util.Arrays.copyOf(b.view().copy(at, size), struct.size()), size);
      return struct.readPart(b.context(), whole, struct.wholeFields(size), false);
    }
  }

  /** A number in the order of the network. */
  private static final class BigEndian extends Type {
    private final int size;
    private final String macro;
    private final Value.Base base;

    BigEndian(int size, String macro, Value.Base base) {
      this.size = size;
      this.macro = macro;
      this.base = base;
    }

    @Override
    int size() {
      return size;
    }

    @Override
    int align() {
      return Math.min(size, Integer.BYTES);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.hex(raw);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      long number = 0;
      for (int i = 0; i < size; i++) {
        number = number << 8 | m.u8(offset + i);
      }
      return new Value.Macro(macro, new Value.Num(number, base));
    }
  }

  /** What udevd(8) sends, unlike the kernel: a struct before the properties. */
  private static final class UdevEvent extends Payload {
    private static final byte[] PREFIX = {'l', 'i', 'b', 'u', 'd', 'e', 'v', 0};

    private final StructType header;

    UdevEvent(StructType header) {
      this.header = header;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      int size = header.size();
      if (length < size
          || !b.has(at, size)
          || !java.util.Arrays.equals(PREFIX, b.view().copy(at, PREFIX.length))) {
        return null;
      }
      Value told = header.read(b.context(), b.view(), at);
      return length == size ? told : Value.array(told, b.text(at + size, length - size));
    }
  }

  /** Two bytes in the order of the network, of a set. */
  private static final class NetworkConstant extends Type {
    private final String set;

    NetworkConstant(String set) {
      this.set = set;
    }

    @Override
    int size() {
      return 2;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.hex(raw);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      return new Value.Macro("htons", Sets.constant(set, c.abi(), m.u16be(offset)));
    }
  }

  /** An int in hex with zeros in front. */
  private static final class PaddedHex extends Type {
    @Override
    Value decode(DecodeContext c, long raw) {
      return Sockaddr.paddedHex(raw & 0xffffffffL, 8);
    }

    @Override
    int size() {
      return 4;
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
