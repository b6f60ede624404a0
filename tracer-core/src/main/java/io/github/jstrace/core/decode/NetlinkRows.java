// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.StructLayout;
import io.github.jstrace.tables.StructLayouts;
import io.github.jstrace.tables.TypeExpr;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A paragraph of {@code netlink.structs} that is no struct: its rows say by a name (of an
 * attribute, a type of message, a protocol, a kind of link) what there is to decode.
 */
final class NetlinkRows implements Env {
  private final TypeCompiler compiler;
  private final @Nullable StructLayout layout;
  private final Map<String, Type> types = new HashMap<>();

  NetlinkRows(TypeCompiler compiler, String paragraph) {
    this.compiler = compiler;
    this.layout = StructLayouts.get(paragraph, compiler.abi());
  }

  /** What the row of that name says, or null if there is none. */
  @Nullable Type get(@Nullable String name) {
    if (name == null || layout == null) {
      return null;
    }
    Type known = types.get(name);
    if (known != null) {
      return known;
    }
    for (StructLayout.Field row : layout.fields()) {
      if (row.name().equals(name)) {
        Type type = compiler.compile(row.type(), this);
        types.put(name, type);
        return type;
      }
    }
    return null;
  }

  /**
   * What stands in {@code length} bytes at {@code at}, or null if they are too few for that type.
   */
  static @Nullable Value show(@Nullable Type type, NetlinkBuffer b, int at, int length) {
    if (type instanceof NetlinkPayload own) {
      return own.payload(b, at, length);
    }
    if (type == null || length < type.size()) {
      return null;
    }
    return b.has(at, type.size()) ? type.read(b.context(), b.view(), at) : b.missing(at);
  }

  /** The same, and bytes in hex for what is too short or not known. */
  static Value showOrHex(@Nullable Type type, NetlinkBuffer b, int at, int length) {
    Value value = show(type, b, at, length);
    return value == null ? b.hex(at, length) : value;
  }

  @Override
  public Abi abi() {
    return compiler.abi();
  }

  @Override
  public Ref sibling(String name) {
    throw new IllegalArgumentException("rows cannot refer to " + name);
  }

  @Override
  public @Nullable TypeExpr siblingType(String name) {
    return null;
  }
}
