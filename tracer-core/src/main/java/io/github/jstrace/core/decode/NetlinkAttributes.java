// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.FlagSet;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code struct nlattr} lists (netlink(7)): the attributes of one set, whose constants are their
 * types. What each holds a paragraph of {@code netlink.structs} says, by default {@code
 * SET_attributes}; what is not there is shown in hex.
 */
final class NetlinkAttributes extends NetlinkTypes.Payload {
  private static final int HEADER = 4;
  private static final int NLA_F_NESTED = 0x8000;
  private static final int NLA_F_NET_BYTEORDER = 0x4000;

  private final TypeCompiler compiler;
  private final FlagSet set;
  private final NetlinkRows rows;

  NetlinkAttributes(TypeCompiler compiler, String set, String paragraph) {
    this.compiler = compiler;
    this.set = Sets.get(set);
    this.rows = new NetlinkRows(compiler, paragraph);
  }

  NetlinkAttributes(TypeCompiler compiler, String set) {
    this(compiler, set, set + "_attributes");
  }

  /** The attributes; one alone is not in brackets. */
  @Override
  Value payload(NetlinkBuffer b, int at, int length) {
    if (!b.descend()) {
      return b.hex(at, length);
    }
    Value list = list(b, at, length);
    b.ascend();
    return list;
  }

  private Value list(NetlinkBuffer b, int at, int length) {
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
      items.add(attribute(b, next, Math.min(claimed, room), claimed));
      if (claimed < HEADER || ((claimed + 3) & ~3) >= room) {
        break;
      }
      next += (claimed + 3) & ~3;
    }
    return items.size() == 1 ? items.get(0) : new Value.Arr(items.toArray(new Value[0]), false);
  }

  private Value attribute(NetlinkBuffer b, int at, int length, int claimed) {
    int type = b.view().u16(at + 2);
    Value header =
        Value.struct(
            Value.field("nla_len", Value.udec(claimed)), Value.field("nla_type", typeName(type)));
    if (length <= HEADER) {
      return header;
    }
    int data = at + HEADER;
    int size = length - HEADER;
    String name = set.nameOf(type & ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER), compiler.abi());
    Value value = NetlinkRows.show(rows.get(name), b, data, size);
    return Value.array(header, value == null ? b.hex(data, size) : value);
  }

  private Value typeName(int type) {
    int flags = type & (NLA_F_NESTED | NLA_F_NET_BYTEORDER);
    Value name = Sets.constant(set, compiler.abi(), type & ~flags, Value.Base.HEX);
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
}
