// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import org.jspecify.annotations.Nullable;

/** Parts of structs: arrays behind and in them, and numbers that are shown in ways of their own. */
final class StructParts {
  private StructParts() {}

  static @Nullable Type create(TypeCompiler compiler, String name, String[] params, Env env) {
    switch (name) {
      case "trailing":
        return new Trailing(
            compiler.compile(params[0], env),
            env.ref(params[1]),
            params.length > 2 ? FieldType.size(params[2]) : ArrayType.MAX_ELEMENTS,
            params.length > 3 ? FieldType.size(params[3]) : ArrayType.MAX_ELEMENTS);
      case "following":
        return new Following(env.ref(params[0]), FieldType.size(params[1]));
      case "detail_if":
        return new Detail(
            env.ref(params[0]), FieldType.size(params[1]), compiler.compile(params[2], env));
      case "in_full":
        return new InFull(compiler.compile(params[0], env));
      case "btrfs_items":
        return new Items(compiler, env.ref(params[0]), env.ref(params[1]));
      case "bare":
        return new Bare(compiler.compile(params[0], env));
      case "named_places":
        return new Places(
            compiler.abi(),
            compiler.compile(params[0], env),
            Sets.get(params[1]),
            env.ref(params[2]),
            FieldType.size(params[3]));
      case "permille":
        return new Permille(compiler.abi());
      default:
        return null;
    }
  }

  /**
   * The array that stands behind a struct, and is not among its bytes. Of more than {@code most}
   * elements so many are shown; {@code few} are when structs are abbreviated.
   */
  private static final class Trailing extends FieldType {
    private final Type element;
    private final Ref count;
    private final int most;
    private final int few;

    Trailing(Type element, Ref count, int most, int few) {
      super(0, element.align());
      this.element = element;
      this.count = count;
      this.most = most;
      this.few = few;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      long claimed = count.get(c);
      if (claimed == 0) {
        return Value.array();
      }
      long limit = c.brief() ? Math.min(Math.min(few, most), c.maxString()) : most;
      int shown = (int) Math.min(limit, claimed < 0 ? limit : claimed);
      if (shown == 0) {
        return new Value.Arr(new Value[0], true);
      }
      boolean full = shown == most && claimed > most;
      Value value =
          ArrayType.elements(c, element, m.address() + offset, full ? shown : claimed, shown);
      return full && value instanceof Value.Arr array && !array.more()
          ? new Value.Arr(array.items(), ArrayType.whole(array))
          : value;
    }
  }

  /** Items of a btrfs tree, of which only the heads are shown: each tells how long it is. */
  private static final class Items extends FieldType {
    private static final int LENGTH = 28;

    private final StructType head;
    private final Ref count;
    private final Ref room;

    Items(TypeCompiler compiler, Ref count, Ref room) {
      super(0, Long.BYTES);
      this.head = compiler.requireStruct("btrfs.search_header");
      this.count = count;
      this.room = room;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      long claimed = count.get(c);
      long end = room.get(c);
      java.util.ArrayList<Value> items = new java.util.ArrayList<>();
      long at = 0;
      while (items.size() < Math.min(claimed, ArrayType.MAX_ELEMENTS) && at + head.size() <= end) {
        MemoryView item = c.read(m.address() + offset + at, head.size());
        if (item == null) {
          items.add(Value.unreadable(m.address() + offset + at));
          break;
        }
        items.add(head.read(c, item, 0));
        at += head.size() + item.u32(LENGTH);
      }
      return new Value.Arr(items.toArray(new Value[0]), false);
    }
  }

  /** Bytes that stand behind a struct, {@code scale} times as many as a sibling says, in hex. */
  private static final class Following extends FieldType {
    private final Ref count;
    private final int scale;

    Following(Ref count, int scale) {
      super(0, 1);
      this.count = count;
      this.scale = scale;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      Value bytes = c.bytes(m.address() + offset, count.get(c) * scale, c.maxString());
      return bytes instanceof Value.Str s ? new Value.HexStr(s.bytes(), s.truncated()) : bytes;
    }
  }

  /** A pointer that is followed unless structs are abbreviated. */
  private static final class InFull extends FieldType {
    private final Type pointer;

    InFull(Type pointer) {
      super(pointer.size(), pointer.align());
      this.pointer = pointer;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      return c.brief() ? Value.addr(m.load(offset, size(), false)) : pointer.read(c, m, offset);
    }
  }

  /** What is left out of an abbreviated struct if a sibling has that value. */
  private static final class Detail extends FieldType {
    private final Ref ref;
    private final long usual;
    private final Type type;

    Detail(Ref ref, long usual, Type type) {
      super(type.size(), type.align());
      this.ref = ref;
      this.usual = usual;
      this.type = type;
    }

    @Override
    boolean signed() {
      return type.signed();
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      return c.brief() && ref.get(c) == usual ? Value.OMITTED : type.read(c, m, offset);
    }
  }

  /** A number that a pointer to it shows without brackets. */
  private static final class Bare extends FieldType {
    private final Type number;

    Bare(Type number) {
      super(number.size(), number.align());
      this.number = number;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      return number.read(c, m, offset);
    }
  }

  /** An array in place whose elements have names: {@code [[A]=1, [B]=2]}. */
  private static final class Places extends FieldType {
    private final Abi abi;
    private final Type element;
    private final FlagSet names;
    private final Ref count;
    private final int room;

    Places(Abi abi, Type element, FlagSet names, Ref count, int room) {
      super(element.size() * room, element.align());
      this.abi = abi;
      this.element = element;
      this.names = names;
      this.count = count;
      this.room = room;
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      long claimed = count.get(c);
      int shown = claimed < 0 || claimed > room ? room : (int) claimed;
      Value[] items = new Value[shown];
      for (int i = 0; i < shown; i++) {
        Value.Sym place = (Value.Sym) Sets.constant(names, abi, i, Value.Base.UDEC);
        items[i] = new Value.At(place, element.read(c, m, offset + i * element.size()));
      }
      return new Value.Arr(items, shown != claimed);
    }
  }

  /** Thousandths, with the per cent as a remark: {@code 500 /* 50.0% *}{@code /}. */
  private static final class Permille extends ScalarType {
    private static final int WHOLE = 10;

    Permille(Abi abi) {
      super(abi, Long.BYTES, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw < 0 || raw > 100 * WHOLE) {
        return Value.udec(raw);
      }
      String percent =
          Long.toUnsignedString(Long.divideUnsigned(raw, WHOLE))
              + "."
              + Long.remainderUnsigned(raw, WHOLE)
              + "%";
      return new Value.Commented(Value.udec(raw), percent);
    }
  }
}
