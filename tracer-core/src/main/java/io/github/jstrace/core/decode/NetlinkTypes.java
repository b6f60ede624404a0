// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
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
