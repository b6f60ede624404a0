// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.FlagSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Netlink attributes that hold several things: other attributes, arrays, structs in a row. */
final class NetlinkLists {
  private static final int HEADER = 4;

  private NetlinkLists() {}

  static @Nullable Type create(TypeCompiler compiler, String name, String[] params, Env env) {
    switch (name) {
      case "nlattr":
        return params.length > 1
            ? new NetlinkAttributes(compiler, params[0], params[1])
            : new NetlinkAttributes(compiler, params[0]);
      case "nla_list":
        return new ListOf(compiler.compile(params[0], env));
      case "nla_array":
        return new Array(compiler.compile(params[0], env));
      case "nla_indexed":
        return new Indexed(
            Sets.get(params[0]),
            compiler.compile(params[1], env),
            params.length > 2 ? Integer.parseInt(params[2]) : 0);
      case "nla_with":
        return new With(compiler.compile(params[0], env), compiler.compile(params[1], env));
      case "nla_by_kind":
        return new ByKind(new NetlinkRows(compiler, params[0]));
      case "nla_if_family":
        return new IfFamily(
            params[0], compiler.compile(params[1], env), compiler.compile(params[2], env));
      case "nla_chosen":
        return new Chosen(
            compiler.compile(params[0], env),
            Sets.get(params[1]),
            new NetlinkRows(compiler, params[2]));
      case "places":
        return new Places(
            Sets.get(params[0]), compiler.compile(params[1], env), Integer.parseInt(params[2]));
      case "nla_multipath":
        return new Multipath(compiler);
      default:
        return null;
    }
  }

  /** As many of one type as there is room for. */
  private static class Array extends NetlinkPayload {
    private final Type element;

    Array(Type element) {
      this.element = element;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      int size = element.size();
      int count = length / size;
      List<Value> items = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        if (i >= b.maxElements()) {
          return new Value.Arr(items.toArray(new Value[0]), true);
        }
        if (!b.has(at + i * size, size)) {
          if (i == 0) {
            return b.missing(at);
          }
          items.add(b.missingRest(at + i * size));
          break;
        }
        items.add(item(b, i, element.read(b.context(), b.view(), at + i * size)));
      }
      return count == 0 ? null : Value.array(items.toArray(new Value[0]));
    }

    /** What is shown of the value at {@code place}, counted from 0. */
    Value item(NetlinkBuffer b, int place, Value value) {
      return value;
    }
  }

  /** The same, whose places have names: {@code [[NAME]=1, [OTHER]=2]}. */
  private static final class Indexed extends Array {
    private final FlagSet names;
    private final int first;

    /** {@code first} is the constant that the first place has. */
    Indexed(FlagSet names, Type element, int first) {
      super(element);
      this.names = names;
      this.first = first;
    }

    @Override
    Value item(NetlinkBuffer b, int place, Value value) {
      return at(names, first, place, b.context(), value);
    }

    static Value at(FlagSet names, int first, int place, DecodeContext c, Value value) {
      String name = names.nameOf(place + (long) first, c.abi());
      if (name == null) {
        return new Value.At(
            new Value.Sym(place, Value.Base.DEC, Value.NO_NAMES, place, names.unknown(), false),
            value);
      }
      String[] shown = {first == 0 ? name : name + "-" + first};
      return new Value.At(new Value.Sym(place, Value.Base.DEC, shown, 0, null, false), value);
    }
  }

  /** So many with named places, in place in a struct. */
  private static final class Places extends FieldType {
    private final FlagSet names;
    private final Type element;

    Places(FlagSet names, Type element, int count) {
      super(element.size() * count, element.align());
      this.names = names;
      this.element = element;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      Value[] items = new Value[size() / element.size()];
      for (int i = 0; i < items.length; i++) {
        Value value = element.read(c, m, offset + i * element.size());
        items[i] = Indexed.at(names, 0, i, c, value);
      }
      return Value.array(items);
    }
  }

  /** A value, and behind it attributes. */
  private static final class With extends NetlinkPayload {
    private final Type head;
    private final Type tail;

    With(Type head, Type tail) {
      this.head = head;
      this.tail = tail;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      Value first = NetlinkRows.show(head, b, at, length);
      int behind = (head.size() + 3) & ~3;
      if (first == null || behind >= length || !b.has(at, head.size())) {
        return first;
      }
      return new Value.Seq(first, NetlinkRows.showOrHex(tail, b, at + behind, length - behind));
    }
  }

  /** What depends on the kind that an attribute before it has told. */
  private static final class ByKind extends NetlinkPayload {
    private final NetlinkRows kinds;

    ByKind(NetlinkRows kinds) {
      this.kinds = kinds;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      return NetlinkRows.show(kinds.get(b.kind()), b, at, length);
    }
  }

  /** One thing in messages of a family, another in all others. */
  private static final class IfFamily extends NetlinkPayload {
    private final String family;
    private final Type then;
    private final Type otherwise;

    IfFamily(String family, Type then, Type otherwise) {
      this.family = family;
      this.then = then;
      this.otherwise = otherwise;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      String name = Sets.get("rtnl_family").nameOf(b.family(), b.context().abi());
      return NetlinkRows.show(family.equals(name) ? then : otherwise, b, at, length);
    }
  }

  /** A struct, and behind it what the constant that it begins with says. */
  private static final class Chosen extends NetlinkPayload {
    private final Type head;
    private final FlagSet codes;
    private final NetlinkRows tails;

    Chosen(Type head, FlagSet codes, NetlinkRows tails) {
      this.head = head;
      this.codes = codes;
      this.tails = tails;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      Value first = NetlinkRows.show(head, b, at, length);
      int size = head.size();
      if (first == null || length == size || !b.has(at, size)) {
        return first;
      }
      Type tail = tails.get(codes.nameOf(b.view().u8(at), b.context().abi()));
      return new Value.Seq(first, NetlinkRows.showOrHex(tail, b, at + size, length - size));
    }
  }

  /** Attributes whose types are places in a list, each of which holds something of one type. */
  private static final class ListOf extends NetlinkSequence {
    private final Type value;

    ListOf(Type value) {
      super(HEADER);
      this.value = value;
    }

    @Override
    Value element(NetlinkBuffer b, int at, int length, int claimed) {
      Value header =
          Value.struct(
              Value.field("nla_len", Value.udec(claimed)),
              Value.field("nla_type", Value.hex(b.view().u16(at + 2))));
      return length <= HEADER
          ? header
          : Value.array(header, NetlinkRows.showOrHex(value, b, at + HEADER, length - HEADER));
    }
  }

  /** {@code struct rtnexthop}s, each with attributes of a route. */
  private static final class Multipath extends NetlinkSequence {
    private static final int SIZE = 8;

    private final TypeCompiler compiler;
    private @Nullable NetlinkAttributes attributes;

    Multipath(TypeCompiler compiler) {
      super(SIZE);
      this.compiler = compiler;
    }

    @Override
    Value element(NetlinkBuffer b, int at, int length, int claimed) {
      Value hop = compiler.requireStruct("rtnexthop").read(b.context(), b.view(), at);
      if (length > SIZE) {
        return Value.array(hop, attributes().payload(b, at + SIZE, length - SIZE));
      }
      return claimed < SIZE ? Value.array(hop) : hop;
    }

    /** Of the same set that this is in, so they cannot be made before they are needed. */
    private NetlinkAttributes attributes() {
      NetlinkAttributes known = attributes;
      if (known == null) {
        known = new NetlinkAttributes(compiler, "rta");
        attributes = known;
      }
      return known;
    }
  }
}
