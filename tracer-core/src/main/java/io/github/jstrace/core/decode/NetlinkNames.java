// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.FlagSet;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Types of netlink messages whose names no set of constants can say. */
final class NetlinkNames {
  private NetlinkNames() {}

  static @Nullable Type create(TypeCompiler compiler, String name) {
    switch (name) {
      case "netfilter_type":
        return new NetfilterType(new NetlinkRows(compiler, "netfilter_subsystems"));
      case "generic_family":
        return new GenericFamily();
      default:
        return null;
    }
  }

  /** Two bytes: a subsystem and one of its messages, {@code linux/netfilter/nfnetlink.h}. */
  private static final class NetfilterType extends Type {
    private static final int BATCH_BEGIN = 16;
    private static final int BATCH_END = 17;

    private final NetlinkRows messages;

    NetfilterType(NetlinkRows messages) {
      this.messages = messages;
    }

    @Override
    int size() {
      return 2;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw == BATCH_BEGIN || raw == BATCH_END) {
        return Value.name(raw, raw == BATCH_BEGIN ? "NFNL_MSG_BATCH_BEGIN" : "NFNL_MSG_BATCH_END");
      }
      long subsystem = raw >> 8;
      long message = raw & 0xff;
      FlagSet subsystems = Sets.get("nfnl_subsys");
      String name = subsystems.nameOf(subsystem, c.abi());
      Type names = messages.get(name);
      String[] known = name == null ? Value.NO_NAMES : new String[] {name};
      long rest = name == null ? subsystem : 0;
      Value first =
          new Value.Shifted(
              new Value.Sym(subsystem, Value.Base.HEX, known, rest, subsystems.unknown(), false),
              8);
      Value second = names == null ? Value.hex(message) : names.decode(c, message);
      return new Value.Or(raw, Value.Base.HEX, first, second);
    }
  }

  /** The number that the kernel gave a family of generic netlink. */
  private static final class GenericFamily extends Type {
    @Override
    int size() {
      return 2;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      byte[] name = c.genericFamily((int) raw);
      return name == null
          ? Sets.constant("generic_type", c.abi(), raw)
          : Value.name(raw, new String(name, StandardCharsets.ISO_8859_1));
    }
  }
}
