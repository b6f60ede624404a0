// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.FlagSets;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The arguments of socket(2) and the pointers to addresses. */
final class SocketTypes {
  private SocketTypes() {}

  /** A socket type with its flags: {@code SOCK_STREAM|SOCK_CLOEXEC}. */
  static final class SocketType extends ScalarType {
    private static final int TYPE_MASK = 0xf;

    private final Abi abi;
    private final FlagSet types = Sets.get("socket_type");
    private final FlagSet flags = Sets.get("socket_flags");

    SocketType(Abi abi) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long bits = raw & ~(long) TYPE_MASK;
      String name = types.nameOf(raw & TYPE_MASK, abi);
      FlagSet.Decomposition parts = flags.decompose(bits, abi);
      if (name == null && parts.names().length == 0) {
        String unknown = raw == 0 ? null : types.unknown();
        return new Value.Sym(raw, Value.Base.HEX, Value.NO_NAMES, raw, unknown, true);
      }
      String[] names = parts.names();
      if (name == null) {
        // strace adds what it knows neither as a type nor as a flag: SOCK_CLOEXEC|0x7ff.
        return new Value.Sym(
            raw, Value.Base.HEX, names, raw & TYPE_MASK | parts.rest(), null, true);
      }
      Value one = Value.name(raw & TYPE_MASK, name);
      if (bits == 0) {
        return one;
      }
      Value rest = new Value.Sym(bits, Value.Base.HEX, names, parts.rest(), types.unknown(), true);
      return new Value.Or(raw, Value.Base.HEX, one, rest);
    }
  }

  /** The protocol of a socket, which depends on its family. */
  static final class Protocol extends ScalarType {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int AF_NETLINK = 16;
    private static final int AF_PACKET = 17;
    private static final int AF_CAN = 29;
    private static final int AF_BLUETOOTH = 31;

    private final Abi abi;
    private final Ref family;

    Protocol(Abi abi, Ref family) {
      super(abi, abi.wordSize(), false, Value.Base.UDEC);
      this.abi = abi;
      this.family = family;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long protocol = raw & 0xffffffffL;
      switch ((int) family.get(c)) {
        case AF_INET:
        case AF_INET6:
          return Sets.constant("inet_protocol", abi, protocol);
        case AF_NETLINK:
          return Sets.constant("netlink_protocol", abi, protocol);
        case AF_PACKET:
          long host = (protocol & 0xff) << 8 | protocol >> 8 & 0xff;
          return new Value.Macro("htons", Sets.constant("packet_protocol", abi, host));
        case AF_CAN:
          return Sets.constant("can_protocol", abi, protocol);
        case AF_BLUETOOTH:
          return Sets.constant("bluetooth_protocol", abi, protocol);
        default:
          return Value.udec(raw);
      }
    }
  }

  /** The result of a call that makes a socket. */
  static final class Made extends ScalarType {
    private static final int AF_NETLINK = 16;

    private final Ref family;
    private final Ref protocol;

    Made(Abi abi, Ref family, Ref protocol) {
      super(abi, 4, true, Value.Base.DEC);
      this.family = family;
      this.protocol = protocol;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      boolean netlink = (int) family.get(c) == AF_NETLINK;
      c.madeSocket((int) raw, netlink ? (int) protocol.get(c) : FdResolver.NOT_NETLINK);
      return c.fd((int) raw);
    }
  }

  /** An address that the caller gives. */
  static final class AddressIn extends JavaType {
    private final Ref length;

    AddressIn(Abi abi, Ref length) {
      super(abi, Direction.IN);
      this.length = length;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, capture.length(length, 1, Sockaddr.MAX), Sockaddr.MAX);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return Sockaddr.at(c, raw, (int) length.get(c));
    }
  }

  /** An address that the kernel stores, in room whose size stands behind another argument. */
  static final class AddressOut extends JavaType {
    private final Ref lengthAddress;

    AddressOut(Abi abi, Ref lengthAddress) {
      super(abi, Direction.OUT);
      this.lengthAddress = lengthAddress;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.EXIT, at, Sockaddr.MAX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw == 0) {
        // The kernel looks at the length only if there is room for an address; so does strace.
        c.setStash(null);
      }
      return super.decode(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(lengthAddress.get(c), 4);
      if (m == null) {
        return Value.addr(raw);
      }
      int length = m.s32(0);
      int room = c.stash() instanceof Integer n ? n : length;
      return Sockaddr.at(c, raw, Math.min(length, room));
    }
  }

  /** The size of the room for an address, and how much of it was needed: {@code [128 => 16]}. */
  static final class LengthInOut extends JavaType {
    LengthInOut(Abi abi) {
      super(abi, Direction.INOUT);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(direction(), at, 4);
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, 4);
      c.setStash(m == null ? null : Integer.valueOf(m.s32(0)));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!(c.stash() instanceof Integer before)) {
        return Value.unreadable(raw);
      }
      if (c.failed()) {
        return Value.array(Value.dec(before));
      }
      MemoryView m = c.read(raw, 4);
      if (m == null) {
        return Value.unreadable(raw);
      }
      int after = m.s32(0);
      return before == after
          ? Value.array(Value.dec(after))
          : Value.array(new Value.Changed(Value.dec(before), Value.dec(after)));
    }
  }

  /**
   * An option's name, of the set that the level has. Some numbers have a name only when they are
   * set or only when they are asked for; these are in sets of their own.
   */
  static final class OptionName extends ScalarType {
    private final Abi abi;
    private final Ref level;
    private final boolean setting;

    OptionName(Abi abi, Ref level, boolean setting) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
      this.level = level;
      this.setting = setting;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String levelName = Sets.get("sockopt_level").nameOf(level.get(c), abi);
      if (levelName == null) {
        return Value.udec(raw);
      }
      String name = "sockopt_" + levelName.substring(4).toLowerCase(Locale.ROOT);
      FlagSet set = FlagSets.get(name + (setting ? "_set" : "_get"));
      if (set == null || set.nameOf(raw, abi) == null) {
        set = FlagSets.get(name);
      }
      return set == null ? Value.udec(raw) : Sets.constant(set, abi, raw, Value.Base.HEX);
    }
  }
}
