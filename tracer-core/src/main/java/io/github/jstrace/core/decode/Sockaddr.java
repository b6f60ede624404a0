// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Socket addresses. Sources: the man pages of section 7 named after the families, and {@code
 * linux/socket.h} and its kin, Linux 6.18.
 */
final class Sockaddr {
  /** {@code struct sockaddr_storage}: no address is longer. */
  static final int MAX = 128;

  private static final int UNIX_PATH_MAX = 108;

  private static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  private static final int AF_NETLINK = 16;
  private static final int AF_PACKET = 17;

  private Sockaddr() {}

  /**
   * The address at {@code address}.
   *
   * @param length its length in bytes, as the caller or the kernel says; what is beyond {@link
   *     #MAX} is not looked at
   */
  static Value at(DecodeContext c, long address, long length) {
    if (address == 0) {
      return Value.NULL;
    }
    if (length < 2) {
      return Value.addr(address);
    }
    int shown = (int) Math.min(length, MAX);
    MemoryView m = c.read(address, shown);
    return m == null ? Value.unreadable(address) : decode(c, m, 0, shown);
  }

  /** The address of {@code length} bytes at {@code at}. */
  static Value decode(DecodeContext c, MemoryView m, int at, int length) {
    Abi abi = c.abi();
    int family = m.u16(at);
    Value.Field first = Value.field("sa_family", Sets.constant("socket_domain", abi, family));
    if (length == 2) {
      return Value.struct(first);
    }
    // The families' offsets count from their own beginning.
    MemoryView own = at == 0 ? m : new MemoryView(m.copy(at, length), length);
    Value.Field[] fields = fields(c, own, length, family);
    if (fields == null) {
      Value data = new Value.Str(own.copy(2, length - 2), false, false, false);
      return Value.struct(first, Value.field("sa_data", data));
    }
    Value.Field[] all = new Value.Field[fields.length + 1];
    all[0] = first;
    System.arraycopy(fields, 0, all, 1, fields.length);
    return new Value.Struct(all, false);
  }

  /** The fields behind the family, or null if it is not known or the address too short for it. */
  static Value.Field @Nullable [] fields(DecodeContext c, MemoryView m, int length, int family) {
    switch (family) {
      case AF_UNIX:
        return new Value.Field[] {Value.field("sun_path", unixPath(m, length))};
      case AF_INET:
        return length < 16
            ? null
            : new Value.Field[] {
              Value.field("sin_port", port(m, 2)), Value.field("sin_addr", inetAddress(m, 4))
            };
      case AF_INET6:
        return length < 24 ? null : inet6(c, m, length);
      case AF_NETLINK:
        return length < 12 ? null : netlink(c, m);
      case AF_PACKET:
        return length < 20 ? null : packet(c, m, length);
      default:
        return RareAddresses.fields(c, m, length, family);
    }
  }

  private static Value unixPath(MemoryView m, int length) {
    if (m.u8(2) == 0) {
      int size = Math.min(length, 2 + UNIX_PATH_MAX) - 3;
      Value name = new Value.Str(m.copy(3, size), false, false, false);
      return new Value.Prefixed("@", name);
    }
    // The kernel adds the NUL if the caller left it out (unix(7)).
    int end = 2;
    int limit = Math.min(length, 2 + UNIX_PATH_MAX);
    while (end < limit && m.u8(end) != 0) {
      end++;
    }
    return new Value.Str(m.copy(2, end - 2), false, true, false);
  }

  /** A string in {@code max} bytes of an address, whose last one is for the NUL. */
  static Value cstring(MemoryView m, int offset, int max) {
    int end = offset;
    while (end < offset + max && m.u8(end) != 0) {
      end++;
    }
    boolean terminated = end < offset + max;
    int shown = terminated ? end - offset : max - 1;
    return new Value.Str(m.copy(offset, shown), !terminated, true, false);
  }

  /** Bytes in network order, and the call that makes them. */
  static Value coded(MemoryView m, int offset, int size, String macro, Value argument) {
    Value bytes = new Value.Str(m.copy(offset, size), false, false, false);
    return new Value.Coded(bytes, new Value.Macro(macro, argument));
  }

  static Value.Str ascii(String text) {
    return new Value.Str(text.getBytes(StandardCharsets.US_ASCII), false, true, false);
  }

  /** {@code htons(80)}. */
  static Value port(MemoryView m, int offset) {
    return coded(m, offset, 2, "htons", Value.udec(m.u16be(offset)));
  }

  /** {@code inet_addr("127.0.0.1")}. */
  static Value inetAddress(MemoryView m, int offset) {
    return coded(m, offset, 4, "inet_addr", ascii(InetText.format(m.copy(offset, 4))));
  }

  /** {@code inet_pton(AF_INET6, "::1")}. */
  static Value inet6Address(MemoryView m, int offset) {
    Value bytes = new Value.Str(m.copy(offset, 16), false, false, false);
    Value call =
        new Value.Macro(
            "inet_pton",
            new Value.Text("AF_INET6", AF_INET6),
            ascii(InetText.format(m.copy(offset, 16))));
    return new Value.Coded(bytes, call);
  }

  private static Value.Field[] netlink(DecodeContext c, MemoryView m) {
    int pad = m.u16(2);
    return new Value.Field[] {
      Value.field("nl_pad", pad == 0 ? Value.OMITTED : Value.hex(pad)),
      Value.field("nl_pid", c.pid(m.s32(4))),
      Value.field("nl_groups", paddedHex(m.u32(8), 8))
    };
  }

  private static Value.Field[] inet6(DecodeContext c, MemoryView m, int length) {
    Value flow = coded(m, 4, 4, "htonl", Value.udec((long) m.u16be(4) << 16 | m.u16be(6)));
    Value.Field port = Value.field("sin6_port", port(m, 2));
    Value.Field info = Value.field("sin6_flowinfo", flow);
    Value.Field address = Value.field("sin6_addr", inet6Address(m, 8));
    if (length == 24) {
      return new Value.Field[] {port, info, address};
    }
    // What is missing of the last field counts as 0.
    long scope = 0;
    for (int i = Math.min(length, 28) - 1; i >= 24; i--) {
      scope = scope << 8 | m.u8(i);
    }
    boolean linkLocal =
        m.u8(8) == 0xfe && (m.u8(9) & 0xc0) == 0x80 || m.u8(8) == 0xff && (m.u8(9) & 15) == 2;
    Value id = linkLocal ? InterfaceNames.index(c, scope) : Value.udec(scope);
    return new Value.Field[] {port, info, address, Value.field("sin6_scope_id", id)};
  }

  /** As C's {@code %#0Nx} writes it: zero without 0x. */
  static Value paddedHex(long raw, int width) {
    String digits = Long.toHexString(raw);
    StringBuilder s = new StringBuilder(width + 2);
    if (raw != 0) {
      s.append("0x");
    }
    for (int i = digits.length() + s.length(); i < width; i++) {
      s.append('0');
    }
    return new Value.Text(s.append(digits).toString(), raw);
  }

  private static Value.Field[] packet(DecodeContext c, MemoryView m, int length) {
    Abi abi = c.abi();
    Value protocol = Sets.constant("packet_protocol", abi, m.u16be(2));
    int halen = m.u8(11);
    int shown = Math.max(0, Math.min(halen, length - 12));
    Value[] bytes = new Value[shown];
    for (int i = 0; i < shown; i++) {
      bytes[i] = Value.hex(m.u8(12 + i));
    }
    Value.Field[] fields = {
      Value.field("sll_protocol", coded(m, 2, 2, "htons", protocol)),
      Value.field("sll_ifindex", InterfaceNames.index(c, m.u32(4))),
      Value.field("sll_hatype", Sets.constant("arphrd", abi, m.u16(8))),
      Value.field("sll_pkttype", Sets.constant("packet_type", abi, m.u8(10))),
      Value.field("sll_halen", Value.udec(halen)),
      Value.field("sll_addr", new Value.Arr(bytes, shown < halen))
    };
    return halen == 0 ? Arrays.copyOf(fields, 5) : fields;
  }
}
