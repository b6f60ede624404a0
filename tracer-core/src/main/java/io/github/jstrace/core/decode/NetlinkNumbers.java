// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.FlagSet;
import org.jspecify.annotations.Nullable;

/** Numbers in netlink messages: of sets, in network order, of a size that the attribute has. */
final class NetlinkNumbers {
  private NetlinkNumbers() {}

  static @Nullable Type create(TypeCompiler compiler, String name, String[] params) {
    switch (name) {
      case "nla_enum":
      case "nla_flags":
        return new Named(
            params[0],
            name.equals("nla_flags"),
            params.length > 1 ? compiler.scalar(params[1]).size() : 0);
      case "nla_number":
        return new AnySize();
      case "nla_shutdown":
        return new Shutdown();
      case "nla_clock_t":
        return new Clock();
      case "nla_be16":
        return new Bounded(new NetworkConstant(params[0]));
      case "nla_x08":
        return new PaddedHex();
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
      default:
        return null;
    }
  }

  /** A number of a set in at most eight bytes, of which those of the number count. */
  private static final class Named extends NetlinkPayload {
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
      int size = minimum == 0 ? length : minimum;
      if (!b.has(at, size)) {
        return b.missing(at);
      }
      long number = b.number(at, size);
      return flags
          ? Sets.flags(set, b.context().abi(), number)
          : Sets.constant(Sets.get(set), b.context().abi(), number, Value.Base.HEX);
    }
  }

  /** A number in hex, if the attribute is as long as one may be. */
  private static final class AnySize extends NetlinkPayload {
    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length > Long.BYTES || Integer.bitCount(length) != 1) {
        return null;
      }
      return b.has(at, length) ? Value.hex(b.number(at, length)) : b.missing(at);
    }
  }

  /** {@code INET_DIAG_SHUTDOWN}: its names are remarks. */
  private static final class Shutdown extends NetlinkPayload {
    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length > Long.BYTES) {
        return null;
      }
      if (!b.has(at, 1)) {
        return b.missing(at);
      }
      int raw = b.view().u8(at);
      if (raw == 0) {
        return Value.hex(raw);
      }
      FlagSet.Decomposition parts = Sets.get("socket_shutdown").decompose(raw, b.context().abi());
      String names = String.join("|", parts.names());
      String rest = parts.rest() == 0 ? "" : "|0x" + Long.toHexString(parts.rest());
      return new Value.Hinted(Value.hex(raw), names.isEmpty() ? "???_SHUTDOWN" : names + rest);
    }
  }

  /** Ticks, in as many bytes as the attribute has. */
  private static final class Clock extends NetlinkPayload {
    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length > Long.BYTES) {
        return null;
      }
      return b.has(at, length) ? BasicTypes.unsignedTicks(b.number(at, length)) : b.missing(at);
    }
  }

  /** What has eight bytes at most. */
  private static final class Bounded extends NetlinkPayload {
    private final Type type;

    Bounded(Type type) {
      this.type = type;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      return length > Long.BYTES ? null : NetlinkRows.show(type, b, at, length);
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
}
