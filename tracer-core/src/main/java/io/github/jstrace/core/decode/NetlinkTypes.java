// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import java.util.ArrayList;
import java.util.List;
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
        return new Text();
      case "nla_hwaddr":
        return new HardwareAddress();
      case "nla_address":
        return new Address();
      case "nla_array":
        return new Array(compiler.compile(params[0], env));
      case "nla_list":
        return new ListOf(new Nested(new NetlinkAttributes(compiler, params[0])));
      case "nla_enum":
        return new Named(params[0], false);
      case "nla_flags":
        return new Named(params[0], true);
      case "nla_port":
        return new BigEndian(2);
      case "nla_be64":
        return new BigEndian(8);
      case "nla_in6":
        return new Inet6Address();
      case "nlattr":
        return new Nested(new NetlinkAttributes(compiler, params[0]));
      case "ifindex":
        return new InterfaceIndex();
      case "inet_diag_sockopt":
        return new SockDiag.Options();
      default:
        return null;
    }
  }

  /** A payload of a size of its own. */
  abstract static class Payload extends Type {
    /**
     * Decodes {@code length} bytes, at least one.
     *
     * @param family address family of the message that the attribute belongs to
     */
    abstract Value payload(DecodeContext c, MemoryView m, int at, int length, int family);

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

  /** Bytes in hex, as all that is not known. */
  static Value hex(DecodeContext c, MemoryView m, int at, int length) {
    int shown = Math.min(length, c.maxString());
    return new Value.HexStr(m.copy(at, shown), shown < length);
  }

  private static final class Text extends Payload {
    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      int end = at;
      while (end < at + length && m.u8(end) != 0) {
        end++;
      }
      int shown = Math.min(end - at, c.maxString());
      boolean cut = shown < end - at || end == at + length;
      return new Value.Str(m.copy(at, shown), cut, true, false);
    }
  }

  private static final class HardwareAddress extends Payload {
    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      int shown = Math.min(length, 32);
      return RareAddresses.mac(m, at, shown);
    }
  }

  private static final class Address extends Payload {
    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      if (family == AF_INET && length >= 4) {
        return Sockaddr.inetAddress(m, at);
      }
      if (family == AF_INET6 && length >= 16) {
        return Sockaddr.inet6Address(m, at);
      }
      return hex(c, m, at, length);
    }
  }

  private static final class Array extends Payload {
    private final Type element;

    Array(Type element) {
      this.element = element;
    }

    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      Value[] items = new Value[length / element.size()];
      for (int i = 0; i < items.length; i++) {
        items[i] = element.read(c, m, at + i * element.size());
      }
      return items.length == 0 ? hex(c, m, at, length) : Value.array(items);
    }
  }

  private static final class Nested extends Payload {
    private final NetlinkAttributes attributes;

    Nested(NetlinkAttributes attributes) {
      this.attributes = attributes;
    }

    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      return attributes.read(c, m, at, at + length, family);
    }
  }

  /** Attributes whose types are places in a list, each of which holds attributes. */
  private static final class ListOf extends Payload {
    private static final int HEADER = 4;
    private final Payload element;

    ListOf(Payload element) {
      this.element = element;
    }

    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      List<Value> items = new ArrayList<>();
      int limit = c.brief() ? c.maxString() : Integer.MAX_VALUE;
      int end = at + length;
      for (int next = at; next < end; ) {
        if (items.size() >= limit) {
          return new Value.Arr(items.toArray(new Value[0]), true);
        }
        int claimed = end - next < HEADER ? 0 : m.u16(next);
        if (claimed < HEADER) {
          items.add(hex(c, m, next, end - next));
          break;
        }
        int size = Math.min(claimed, end - next);
        Value header =
            Value.struct(
                Value.field("nla_len", Value.udec(claimed)),
                Value.field("nla_type", Value.hex(m.u16(next + 2))));
        items.add(
            size == HEADER
                ? header
                : Value.array(header, element.payload(c, m, next + HEADER, size - HEADER, family)));
        next += (claimed + 3) & ~3;
      }
      return Value.array(items.toArray(new Value[0]));
    }
  }

  /** A number of a set, in as many bytes as the attribute has. */
  private static final class Named extends Payload {
    private final String set;
    private final boolean flags;

    Named(String set, boolean flags) {
      this.set = set;
      this.flags = flags;
    }

    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      if (length > Long.BYTES) {
        return hex(c, m, at, length);
      }
      long number = 0;
      for (int i = length - 1; i >= 0; i--) {
        number = number << 8 | m.u8(at + i);
      }
      return flags
          ? Sets.flags(set, c.abi(), number)
          : Sets.constant(Sets.get(set), c.abi(), number, Value.Base.HEX);
    }
  }

  /** A number in the order of the network: a port, or 64 bits. */
  private static final class BigEndian extends Payload {
    private final int size;

    BigEndian(int size) {
      this.size = size;
    }

    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      if (length < size) {
        return hex(c, m, at, length);
      }
      if (size == 2) {
        return Sockaddr.port(m, at);
      }
      long number = (long) m.u16be(at) << 48 | (long) m.u16be(at + 2) << 32;
      number |= (long) m.u16be(at + 4) << 16 | m.u16be(at + 6);
      return Sockaddr.coded(m, at, size, "htobe64", Value.udec(number));
    }
  }

  private static final class Inet6Address extends Payload {
    @Override
    Value payload(DecodeContext c, MemoryView m, int at, int length, int family) {
      return length < 16 ? hex(c, m, at, length) : Sockaddr.inet6Address(m, at);
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
