// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/** A struct of the tables. */
final class StructType extends Type {
  /** A field with its place; {@code condition} null means always there. */
  record Field(
      String name,
      Type type,
      int offset,
      boolean detail,
      boolean hidden,
      TypeCompiler.@Nullable Condition condition) {}

  /** Stands for what a struct has beyond the fields that are shown: {@code ...}. */
  static final class Rest extends FieldType {
    Rest() {
      super(0, 1);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      return Value.OMITTED;
    }
  }

  private Field[] fields = {};
  private int size;
  private int align = 1;
  private boolean dotted;

  /** Filled in by the compiler, after the object exists: the fields refer to each other. */
  void define(Field[] structFields, int structSize, int structAlign, boolean structDotted) {
    dotted = structDotted;
    fields = structFields;
    size = structSize;
    align = structAlign;
  }

  @Override
  boolean bracketed() {
    return false;
  }

  @Override
  int size() {
    return size;
  }

  @Override
  int align() {
    return align;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    needsBehind(capture, Phase.ENTRY, at);
  }

  /** All of it, and what its pointers point at. */
  @Override
  void needsBehind(Capture capture, Phase phase, @Nullable Place at) {
    capture.bytes(phase, at, size);
    if (at == null || phase != Phase.ENTRY) {
      return;
    }
    for (Field field : fields) {
      // What is in place lies within these bytes; what a struct in the struct points at is not
      // looked
      // for.
      boolean inPlace = field.type instanceof ArrayType || field.type instanceof StructType;
      if (field.hidden || inPlace) {
        continue;
      }
      field.type.needs(capture, at.pointerAt(field.offset));
    }
  }

  /** A struct is never in a register: what is there is its address. */
  @Override
  Value decode(DecodeContext c, long raw) {
    MemoryView m = c.read(raw, size);
    return m == null ? Value.unreadable(raw) : read(c, m, 0);
  }

  @Override
  Value read(DecodeContext c, MemoryView m, int base) {
    return read(c, m, base, Integer.MAX_VALUE, false);
  }

  /**
   * Decodes the fields that begin before {@code limit}, in structs in it, too; {@code more}: there
   * are others.
   */
  Value readPart(DecodeContext c, MemoryView m, int limit, boolean more) {
    return read(c, m, 0, limit, more);
  }

  private Value read(DecodeContext c, MemoryView m, int base, int limit, boolean more) {
    MemoryView outer = c.scope();
    int outerBase = c.scopeBase();
    c.enterScope(m, base);
    Value.Field[] values = new Value.Field[fields.length];
    int count = 0;
    boolean elided = more;
    boolean brief = c.brief();
    for (Field field : fields) {
      if (field.hidden
          || field.offset >= limit
          || field.condition != null && !field.condition.holds(c)) {
        continue;
      }
      if (field.type instanceof Rest) {
        elided = true;
        continue;
      }
      if (field.detail && brief) {
        if (dotted) {
          values[count++] = new Value.Field(field.name, Value.OMITTED, true);
        } else {
          elided = true;
        }
        continue;
      }
      c.enterScope(m, base);
      int at = base + field.offset;
      Value value =
          limit < Integer.MAX_VALUE && field.type instanceof StructType part
              ? part.read(c, m, at, limit - field.offset, false)
              : field.type.read(c, m, at);
      if (value != Value.OMITTED) {
        values[count++] = new Value.Field(field.name, value, field.detail);
      }
    }
    c.leaveScope(outer, outerBase);
    return new Value.Struct(
        count == values.length ? values : java.util.Arrays.copyOf(values, count), elided, dotted);
  }

  /** The offset behind that of the last field that is whole in {@code room} bytes. */
  int wholeFields(int room) {
    int limit = 0;
    for (Field field : fields) {
      if (field.offset + field.type.size() <= room) {
        limit = Math.max(limit, field.offset + 1);
      }
    }
    return limit;
  }

  /** Whether anything but the first field is shown. */
  boolean hasMore() {
    for (int i = 1; i < fields.length; i++) {
      if (!fields[i].hidden) {
        return true;
      }
    }
    return false;
  }

  /** The first field, which lies at the beginning. */
  Field first() {
    return fields[0];
  }

  /** The named field, for Java types that look into a struct; null if there is none. */
  @Nullable Field field(String name) {
    for (Field field : fields) {
      if (field.name.equals(name)) {
        return field;
      }
    }
    return null;
  }
}
