// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What netlink attributes hold that is no scalar or struct: its size is the attribute's. Named by
 * the paragraphs {@code X_attributes} of {@code netlink.structs}.
 */
final class NetlinkTypes {
  private NetlinkTypes() {}

  static @Nullable Type create(TypeCompiler compiler, String name, String[] params, Env env) {
    switch (name) {
      case "nla_string":
        return new Text(false);
      case "nla_kind":
        return new Text(true);
      case "nla_hex":
        return new Hex();
      case "nla_prefix":
        return new Prefix(compiler.requireStruct(params[0]), Integer.parseInt(params[1]));
      case "nla_sized":
        return new BySize(compiler.compile(params[0], env), compiler.compile(params[1], env));
      case "nla_filter":
        return new Filter(compiler.abi());
      case "counted_hex":
        return new CountedHex(Integer.parseInt(params[0]), env.ref(params[1]));
      case "udev_event":
        return new UdevEvent(compiler.requireStruct("udev_monitor_header"));
      case "inet_diag_sockid":
        return new SockDiag.Identity();
      case "inet_diag_sockopt":
        return new SockDiag.Options();
      default:
        return others(compiler, name, params, env);
    }
  }

  private static @Nullable Type others(
      TypeCompiler compiler, String name, String[] params, Env env) {
    Type type = NetlinkNumbers.create(compiler, name, params);
    if (type == null) {
      type = NetlinkAddresses.create(name, params);
    }
    if (type == null) {
      type = NetlinkLists.create(compiler, name, params, env);
    }
    if (type == null) {
      type = NetlinkBodies.create(compiler, name, params, env);
    }
    return type != null ? type : NetlinkNames.create(compiler, name);
  }

  /**
   * A string with a NUL at the end, which is not shown; others are. It may be the kind that
   * attributes behind it depend on.
   */
  private static final class Text extends NetlinkPayload {
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
      if (length > limit && limit > 0 && m.u8(at + limit - 1) == 0) {
        // strace takes a NUL for the end that is the last byte it would show.
        length = limit;
        terminated = true;
      }
      int size = terminated ? length - 1 : length;
      int shown = Math.min(size, limit);
      byte[] bytes = m.copy(at, shown);
      if (kind) {
        b.setKind(new String(bytes, StandardCharsets.ISO_8859_1));
      }
      return new Value.Str(bytes, !terminated || shown < size, true, false);
    }
  }

  /** Nobody knows: where another family has something to say. */
  private static final class Hex extends NetlinkPayload {
    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      return null;
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

  /** The one of two types that is exactly as long as the attribute. */
  private static final class BySize extends NetlinkPayload {
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

  /** Instructions of a classic BPF program; in brief their address. */
  private static final class Filter extends NetlinkPayload {
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
      int there = Math.min(count, (b.view().length() - at) / INSTRUCTION);
      if (there <= 0) {
        return b.missing(at);
      }
      Value shown = program.instructions(b.view(), at, there);
      if (there < count && shown instanceof Value.Arr list) {
        Value[] items = java.util.Arrays.copyOf(list.items(), there + 1);
        items[there] = b.missingRest(at + there * INSTRUCTION);
        shown = new Value.Arr(items, false);
      }
      return new Value.Abbrev(b.address(at), shown);
    }
  }

  /** A struct that grew: its fields as far as the attribute goes, which has at least the first. */
  private static final class Prefix extends NetlinkPayload {
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

  /** What udevd(8) sends, unlike the kernel: a struct before the properties. */
  private static final class UdevEvent extends NetlinkPayload {
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
}
