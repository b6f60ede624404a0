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
      case "nla_via":
        return new Via();
      case "nla_multipath":
        return new Multipath(compiler);
      default:
        return null;
    }
  }

  /** As many of one type as there is room for. */
  private static class Array extends NetlinkTypes.Payload {
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
      return new Value.At(index(b, place), value);
    }

    private Value.Sym index(NetlinkBuffer b, int place) {
      String name = names.nameOf(place + (long) first, b.context().abi());
      if (name == null) {
        return new Value.Sym(place, Value.Base.DEC, Value.NO_NAMES, place, names.unknown(), false);
      }
      String shown = first == 0 ? name : name + "-" + first;
      return new Value.Sym(place, Value.Base.DEC, new String[] {shown}, 0, null, false);
    }
  }

  /** A value, and behind it attributes. */
  private static final class With extends NetlinkTypes.Payload {
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
      Value rest = NetlinkRows.show(tail, b, at + behind, length - behind);
      return new Value.Seq(first, rest == null ? b.hex(at + behind, length - behind) : rest);
    }
  }

  /** Attributes whose types are places in a list, each of which holds something of one type. */
  private static final class ListOf extends NetlinkTypes.Payload {
    private final Type element;

    ListOf(Type element) {
      this.element = element;
    }

    @Override
    Value payload(NetlinkBuffer b, int at, int length) {
      List<Value> items = new ArrayList<>();
      int end = at + length;
      int next = at;
      while (true) {
        if (items.size() >= b.maxElements()) {
          return new Value.Arr(items.toArray(new Value[0]), true);
        }
        int room = end - next;
        if (room < HEADER) {
          items.add(b.hex(next, room));
          break;
        }
        if (!b.has(next, HEADER)) {
          items.add(items.isEmpty() ? b.missing(next) : b.missingRest(next));
          break;
        }
        int claimed = b.view().u16(next);
        int size = Math.min(claimed, room) - HEADER;
        Value header =
            Value.struct(
                Value.field("nla_len", Value.udec(claimed)),
                Value.field("nla_type", Value.hex(b.view().u16(next + 2))));
        if (size <= 0) {
          items.add(header);
        } else {
          Value value = NetlinkRows.show(element, b, next + HEADER, size);
          items.add(Value.array(header, value == null ? b.hex(next + HEADER, size) : value));
        }
        if (claimed < HEADER || ((claimed + 3) & ~3) >= room) {
          break;
        }
        next += (claimed + 3) & ~3;
      }
      return items.size() == 1 ? items.get(0) : Value.array(items.toArray(new Value[0]));
    }
  }

  /** What depends on the kind that an attribute before it has told. */
  private static final class ByKind extends NetlinkTypes.Payload {
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
  private static final class IfFamily extends NetlinkTypes.Payload {
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
      String name = Sets.get("socket_domain").nameOf(b.family(), b.context().abi());
      return NetlinkRows.show(family.equals(name) ? then : otherwise, b, at, length);
    }
  }

  /** {@code struct rtvia}: an address of a family of its own. */
  private static final class Via extends NetlinkTypes.Payload {
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
      Value address = NetlinkTypes.address(b, family, at + FAMILY_SIZE, room);
      return Value.struct(
          first,
          Value.field("rtvia_addr", address == null ? b.hex(at + FAMILY_SIZE, room) : address));
    }
  }

  /** {@code struct rtnexthop}s, each with attributes of a route. */
  private static final class Multipath extends NetlinkTypes.Payload {
    private static final int SIZE = 8;

    private final TypeCompiler compiler;
    private @Nullable NetlinkAttributes attributes;

    Multipath(TypeCompiler compiler) {
      this.compiler = compiler;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (length < SIZE) {
        return null;
      }
      List<Value> items = new ArrayList<>();
      int end = at + length;
      int next = at;
      while (true) {
        if (items.size() >= b.maxElements()) {
          return new Value.Arr(items.toArray(new Value[0]), true);
        }
        if (!b.has(next, SIZE)) {
          items.add(items.isEmpty() ? b.missing(next) : b.missingRest(next));
          break;
        }
        int claimed = b.view().u16(next);
        int room = end - next;
        Value hop = compiler.requireStruct("rtnexthop").read(b.context(), b.view(), next);
        int behind = Math.min(claimed, room) - SIZE;
        items.add(
            behind > 0 ? Value.array(hop, attributes().payload(b, next + SIZE, behind)) : hop);
        int step = (claimed + 3) & ~3;
        if (claimed < SIZE || step >= room) {
          break;
        }
        next += step;
        if (end - next < SIZE) {
          items.add(b.hex(next, end - next));
          break;
        }
      }
      return items.size() == 1 ? items.get(0) : Value.array(items.toArray(new Value[0]));
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
