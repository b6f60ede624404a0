// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.StructLayout;
import io.github.jstrace.tables.StructLayouts;
import io.github.jstrace.tables.TypeExpr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct nlattr} lists (netlink(7)): the attributes of one set, whose constants are their
 * types. What each holds the paragraph {@code SET_attributes} of {@code netlink.structs} says; what
 * is not there is shown in hex.
 */
final class NetlinkAttributes implements Env {
  private static final int HEADER = 4;
  private static final int NLA_F_NESTED = 0x8000;
  private static final int NLA_F_NET_BYTEORDER = 0x4000;

  private final TypeCompiler compiler;
  private final String set;
  private final Map<String, Type> types = new HashMap<>();
  private @Nullable StructLayout layout;

  NetlinkAttributes(TypeCompiler compiler, String set) {
    this.compiler = compiler;
    this.set = set;
  }

  @Override
  public Abi abi() {
    return compiler.abi();
  }

  @Override
  public Ref sibling(String name) {
    throw new IllegalArgumentException("attributes cannot refer to " + name);
  }

  @Override
  public @Nullable TypeExpr siblingType(String name) {
    return null;
  }

  /**
   * The attributes from {@code at} to {@code end}; one alone is not in brackets.
   *
   * @param family address family of the message that they belong to
   */
  Value read(DecodeContext c, MemoryView m, int at, int end, int family) {
    int limit = c.brief() ? c.maxString() : Integer.MAX_VALUE;
    List<Value> items = new ArrayList<>();
    int next = at;
    while (next < end) {
      if (items.size() >= limit) {
        return new Value.Arr(items.toArray(new Value[0]), true);
      }
      int room = end - next;
      if (room < HEADER) {
        items.add(NetlinkTypes.hex(c, m, next, room));
        break;
      }
      int length = m.u16(next);
      items.add(attribute(c, m, next, Math.min(length, room), length, family));
      if (length < HEADER) {
        break;
      }
      next += (length + 3) & ~3;
    }
    return items.size() == 1 ? items.get(0) : new Value.Arr(items.toArray(new Value[0]), false);
  }

  private Value attribute(
      DecodeContext c, MemoryView m, int at, int length, int claimed, int family) {
    int type = m.u16(at + 2);
    Value header =
        Value.struct(
            Value.field("nla_len", Value.udec(claimed)), Value.field("nla_type", typeName(type)));
    if (length <= HEADER) {
      return header;
    }
    String name = Sets.get(set).nameOf(type & ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER), abi());
    Type payload = name == null ? null : type(name);
    int data = at + HEADER;
    int size = length - HEADER;
    Value value;
    if (payload instanceof NetlinkTypes.Payload own) {
      value = own.payload(c, m, data, size, family);
    } else if (payload != null && size >= payload.size()) {
      value = payload.read(c, m, data);
    } else {
      value = NetlinkTypes.hex(c, m, data, size);
    }
    return Value.array(header, value);
  }

  private Value typeName(int type) {
    FlagSet names = Sets.get(set);
    int flags = type & (NLA_F_NESTED | NLA_F_NET_BYTEORDER);
    Value name = Sets.constant(names, abi(), type & ~flags, Value.Base.HEX);
    if (flags == 0) {
      return name;
    }
    List<Value> parts = new ArrayList<>(3);
    if ((flags & NLA_F_NESTED) != 0) {
      parts.add(Value.name(NLA_F_NESTED, "NLA_F_NESTED"));
    }
    if ((flags & NLA_F_NET_BYTEORDER) != 0) {
      parts.add(Value.name(NLA_F_NET_BYTEORDER, "NLA_F_NET_BYTEORDER"));
    }
    parts.add(name);
    return new Value.Or(type, Value.Base.HEX, parts.toArray(new Value[0]));
  }

  private @Nullable Type type(String name) {
    Type known = types.get(name);
    if (known != null) {
      return known;
    }
    StructLayout described = layout;
    if (described == null) {
      described = StructLayouts.get(set + "_attributes", abi());
      layout = described;
    }
    if (described != null) {
      for (StructLayout.Field field : described.fields()) {
        if (field.name().equals(name)) {
          Type type = compiler.compile(field.type(), this);
          types.put(name, type);
          return type;
        }
      }
    }
    return null;
  }
}
