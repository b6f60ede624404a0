// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.FlagSets;
import io.github.jstrace.tables.SignatureParser;
import io.github.jstrace.tables.StructLayout;
import io.github.jstrace.tables.StructLayouts;
import io.github.jstrace.tables.TypeExpr;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns the types of the tables into {@link Type}s for one ABI. Structs are compiled once. */
final class TypeCompiler {
  /** Whether an argument or field is there. {@code values} is empty for a test of any bit. */
  record Condition(Ref ref, TypeExpr.Test test, long[] values) {
    boolean holds(DecodeContext c) {
      long value = ref.get(c);
      switch (test) {
        case NON_ZERO:
          return value != 0;
        case LESS:
          return Long.compareUnsigned(value, values[0]) < 0;
        case AT_LEAST:
          return Long.compareUnsigned(value, values[0]) >= 0;
        default:
          boolean found = false;
          for (long candidate : values) {
            found |= candidate == value;
          }
          return found == (test == TypeExpr.Test.EQUAL);
      }
    }
  }

  private final Abi abi;
  private final Map<String, StructType> structs = new HashMap<>();
  private final List<String> unknown = new ArrayList<>(0);

  TypeCompiler(Abi abi) {
    this.abi = abi;
  }

  Abi abi() {
    return abi;
  }

  /**
   * The names of types and sets that the tables use and nobody has written; a call that has one
   * shows a raw number in its place.
   */
  List<String> unknown() {
    return unknown;
  }

  Type compile(TypeExpr expr, Env env) {
    return compile(expr.core(), expr.direction(), env);
  }

  /** A type written in the tables' language, for Java types that take types as parameters. */
  Type compile(String text, Env env) {
    return compile(SignatureParser.parseType(text), env);
  }

  private Type compile(TypeExpr.Core core, Direction direction, Env env) {
    if (core instanceof TypeExpr.Pointer pointer) {
      return new PointerType(abi, compile(pointer.target(), Direction.IN, env), direction);
    }
    if (core instanceof TypeExpr.Array array) {
      if (array.element() instanceof TypeExpr.Named named) {
        Type characters = BasicTypes.characters(named.name(), array.length(), env);
        if (characters != null) {
          return characters;
        }
      }
      Long fixed = SignatureParser.number(array.length());
      Type element = compile(array.element(), Direction.IN, env);
      return new ArrayType(element, env.ref(array.length()), fixed == null ? 0 : fixed.intValue());
    }
    if (core instanceof TypeExpr.Switch choice) {
      return compileSwitch(choice, env);
    }
    TypeExpr.Named named = (TypeExpr.Named) core;
    Type type = named(named.name(), named.params(), direction, env);
    if (type == null) {
      unknown.add(named.name());
      return new ScalarType(abi, abi.wordSize(), false, Value.Base.HEX);
    }
    return type;
  }

  private @Nullable Type named(String name, String[] params, Direction direction, Env env) {
    Type type = BasicTypes.create(this, name, params, direction, env);
    if (type == null && params.length == 0) {
      type = struct(name);
    }
    return type != null ? type : CustomTypes.create(this, name, params, direction, env);
  }

  private Type compileSwitch(TypeExpr.Switch choice, Env env) {
    List<SwitchType.Case> cases = new ArrayList<>(choice.cases().length);
    Type fallback = null;
    for (TypeExpr.Case one : choice.cases()) {
      Type type = compile(one.type(), env);
      if (one.constants().length == 0) {
        fallback = type;
      } else {
        TypeExpr sibling = env.siblingType(choice.ref().name());
        String[] here = ofThisAbi(one.constants(), sibling);
        cases.add(new SwitchType.Case(constants(here, sibling, choice.ref().name()), type));
      }
    }
    Ref ref = Ref.masked(env.ref(choice.ref().name()), choice.ref().mask());
    if (fallback == null) {
      fallback = new ScalarType(abi, abi.wordSize(), false, Value.Base.HEX);
    }
    return new SwitchType(
        ref, cases.toArray(new SwitchType.Case[0]), fallback, choice.ref().name().equals("ret"));
  }

  @Nullable Condition condition(TypeExpr expr, Env env) {
    TypeExpr.Condition condition = expr.condition();
    if (condition == null) {
      return null;
    }
    TypeExpr siblingType = env.siblingType(condition.ref());
    long mask = -1;
    if (condition.mask().length > 0) {
      mask = 0;
      for (long bits : constants(condition.mask(), siblingType, condition.ref())) {
        mask |= bits;
      }
    }
    Ref ref = Ref.masked(env.ref(condition.ref()), mask);
    long[] values = constants(condition.constants(), siblingType, condition.ref());
    return new Condition(ref, condition.test(), values);
  }

  private long[] constants(String[] words, @Nullable TypeExpr set, String ref) {
    long[] values = new long[words.length];
    for (int i = 0; i < words.length; i++) {
      Long value = SignatureParser.number(words[i]);
      if (value == null && set != null) {
        value = constant(words[i], set.core(), abi);
      }
      if (value == null) {
        throw new IllegalArgumentException(ref + " has no constant " + words[i]);
      }
      values[i] = value;
    }
    return values;
  }

  /** Without constants that the set has for other ABIs only: no value is any of these. */
  private String[] ofThisAbi(String[] words, @Nullable TypeExpr set) {
    List<String> here = new ArrayList<>(words.length);
    for (String word : words) {
      boolean elsewhere = false;
      if (set != null && SignatureParser.number(word) == null) {
        for (Abi other : Abi.inTables()) {
          elsewhere |= constant(word, set.core(), other) != null;
        }
        elsewhere &= constant(word, set.core(), abi) == null;
      }
      if (!elsewhere) {
        here.add(word);
      }
    }
    return here.toArray(new String[0]);
  }

  private static @Nullable Long constant(String word, TypeExpr.Core core, Abi abi) {
    if (core instanceof TypeExpr.Named named) {
      for (String param : named.params()) {
        FlagSet set = FlagSets.get(param);
        Long value = set == null ? null : set.lookup(word, abi);
        if (value != null) {
          return value;
        }
      }
      return null;
    }
    if (core instanceof TypeExpr.Switch choice) {
      for (TypeExpr.Case one : choice.cases()) {
        Long value = constant(word, one.type().core(), abi);
        if (value != null) {
          return value;
        }
      }
    }
    return null;
  }

  /** A plain number that must be there. */
  ScalarSpec scalar(String name) {
    ScalarSpec spec = ScalarSpec.of(name, abi);
    if (spec == null) {
      throw new IllegalArgumentException("not a scalar: " + name);
    }
    return spec;
  }

  /** The struct of that name, or null. */
  @Nullable StructType struct(String name) {
    StructType known = structs.get(name);
    if (known != null) {
      return known;
    }
    StructLayout layout = StructLayouts.get(name, abi);
    if (layout == null) {
      return null;
    }
    StructType struct = new StructType();
    structs.put(name, struct);
    define(struct, layout);
    return struct;
  }

  /** Like {@link #struct}, of one that must be there. */
  StructType requireStruct(String name) {
    StructType struct = struct(name);
    if (struct == null) {
      throw new IllegalArgumentException("no such struct: " + name + " for " + abi);
    }
    return struct;
  }

  private void define(StructType struct, StructLayout layout) {
    StructEnv env = new StructEnv(abi, struct, layout);
    StructLayout.Field[] source = layout.fields();
    StructType.Field[] fields = new StructType.Field[source.length];
    int end = 0;
    int last;
    int size = 0;
    int previous = 0;
    int maxAlign = 1;
    for (int i = 0; i < source.length; i++) {
      StructLayout.Field field = source[i];
      Type type;
      Condition condition;
      try {
        type = compile(field.type(), env);
        condition = condition(field.type(), env);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "struct " + layout.name() + "." + field.name() + ": " + e.getMessage(), e);
      }
      int align = layout.packed() ? 1 : Math.max(1, type.align());
      maxAlign = Math.max(maxAlign, align);
      int offset = (end + align - 1) / align * align;
      if (field.overlay()) {
        offset = previous;
      } else if (field.offset() >= 0) {
        offset = field.offset();
      }
      last = offset + type.size();
      end = field.offset() >= 0 ? last : Math.max(end, last);
      size = Math.max(size, last);
      previous = offset;
      fields[i] =
          new StructType.Field(
              field.name(), type, offset, field.detail(), field.hidden(), condition);
    }
    struct.define(fields, (size + maxAlign - 1) / maxAlign * maxAlign, maxAlign, layout.dotted());
  }

  /**
   * The fields of a struct; one may refer to a later one, so a reference is looked up when it is
   * first used.
   */
  private record StructEnv(Abi abi, StructType struct, StructLayout layout) implements Env {
    @Override
    public Ref sibling(String name) {
      if (siblingType(name) == null) {
        throw new IllegalArgumentException("no field " + name);
      }
      return new FieldRef(struct, name);
    }

    @Override
    public @Nullable TypeExpr siblingType(String name) {
      for (StructLayout.Field field : layout.fields()) {
        if (field.name().equals(name)) {
          return field.type();
        }
      }
      return null;
    }
  }

  private static final class FieldRef implements Ref {
    private final StructType struct;
    private final String name;
    private StructType.@Nullable Field field;

    FieldRef(StructType struct, String name) {
      this.struct = struct;
      this.name = name;
    }

    @Override
    public long get(DecodeContext c) {
      StructType.Field f = field;
      if (f == null) {
        f = struct.field(name);
        field = f;
      }
      return f == null ? 0 : c.scopeField(f.offset(), f.type().size(), f.type().signed());
    }
  }
}
