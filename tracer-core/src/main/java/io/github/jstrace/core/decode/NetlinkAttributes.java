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
final class NetlinkAttributes extends NetlinkSequence {
  private static final int HEADER = 4;
  private static final int NLA_F_NESTED = 0x8000;
  private static final int NLA_F_NET_BYTEORDER = 0x4000;

  private final TypeCompiler compiler;
  private final FlagSet set;
  private final NetlinkRows rows;

  NetlinkAttributes(TypeCompiler compiler, String set, String paragraph) {
    super(HEADER);
    this.compiler = compiler;
    this.set = Sets.get(set);
    this.rows = new NetlinkRows(compiler, paragraph);
  }

  NetlinkAttributes(TypeCompiler compiler, String set) {
    this(compiler, set, set + "_attributes");
  }

  @Override
  Value element(NetlinkBuffer b, int at, int length, int claimed) {
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
    return Value.array(header, NetlinkRows.showOrHex(rows.get(name), b, data, size));
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
