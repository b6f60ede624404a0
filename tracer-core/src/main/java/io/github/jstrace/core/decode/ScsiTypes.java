// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** {@code SG_IO}: commands for SCSI devices, and their results (scsi/sg.h, linux/bsg.h). */
final class ScsiTypes {
  private ScsiTypes() {}

  static @Nullable Type create(TypeCompiler compiler, String name, String[] params, Env env) {
    switch (name) {
      case "sg_io":
        return new Request(compiler);
      case "sg_data":
        Ref left = params.length > 2 ? env.ref(params[2]) : Ref.constant(0);
        return new Data(
            compiler.abi(), env.ref(params[0]), env.ref(params[1]), left, params.length > 3);
      default:
        return null;
    }
  }

  /** The struct of version 3 or 4; the first number, a letter, tells which. */
  private static final class Request extends JavaType {
    private final StructType[] given;
    private final StructType[] done;
    private static final String[] LETTERS = {"'S'", "'Q'"};
    private static final String[] NAMES = {"interface_id", "guard"};

    Request(TypeCompiler compiler) {
      super(compiler.abi(), Direction.IN);
      this.given =
          new StructType[] {
            compiler.requireStruct("block.sg_io_v3"), compiler.requireStruct("block.sg_io_v4")
          };
      this.done =
          new StructType[] {
            compiler.requireStruct("block.sg_io_v3_done"),
            compiler.requireStruct("block.sg_io_v4_done")
          };
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      given[0].needsBehind(capture, Phase.ENTRY, at);
      done[0].needsBehind(capture, Phase.EXIT, at);
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      MemoryView first = raw == 0 ? null : c.read(raw, Integer.BYTES);
      if (first == null) {
        c.setStash(null);
        return;
      }
      int version = first.u32(0) == 'S' ? 0 : first.u32(0) == 'Q' ? 1 : -1;
      if (version < 0) {
        c.setStash(Value.array(Value.udec(first.u32(0))));
        return;
      }
      Value.Field letter =
          Value.field(NAMES[version], new Value.Text(LETTERS[version], first.u32(0)));
      Value rest = given[version].decode(c, raw);
      if (!(rest instanceof Value.Struct struct)) {
        c.setStash(Value.struct(letter, Value.field("", Value.addr(raw + Integer.BYTES))));
        return;
      }
      Value.Field[] fields = new Value.Field[struct.fields().length + 1];
      fields[0] = letter;
      System.arraycopy(struct.fields(), 0, fields, 1, fields.length - 1);
      c.setStash(new Value.Struct(fields, version == 1));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!(c.stash() instanceof Value before)) {
        return Value.unreadable(raw);
      }
      if (!(before instanceof Value.Struct struct) || struct.fields().length < 3) {
        return before;
      }
      if (!(done[struct.more() ? 1 : 0].decode(c, raw) instanceof Value.Struct result)) {
        return new Value.Struct(struct.fields(), false);
      }
      Value.Field[] fields =
          java.util.Arrays.copyOf(struct.fields(), struct.fields().length + result.fields().length);
      int count = struct.fields().length;
      Value.Field last = fields[count - 1];
      for (Value.Field field : result.fields()) {
        if (field.name().equals(last.name())) {
          // Data in both directions: dxferp="\x01" => dxferp="\x02"
          Value after = new Value.Labelled(field.name(), field.value());
          fields[count - 1] =
              new Value.Field(last.name(), new Value.Changed(last.value(), after), false);
        } else {
          fields[count++] = field;
        }
      }
      return new Value.Struct(java.util.Arrays.copyOf(fields, count), false);
    }
  }

  /** Data, in one piece or in several. */
  private static final class Data extends JavaType {
    private final Ref pieces;
    private final Ref length;
    private final Ref left;
    private final boolean ifAny;

    /**
     * {@code left}: so many bytes of the length were not transferred; {@code ifAny}: left out if
     * there are none.
     */
    Data(Abi abi, Ref pieces, Ref length, Ref left, boolean ifAny) {
      super(abi, Direction.IN);
      this.pieces = pieces;
      this.length = length;
      this.left = left;
      this.ifAny = ifAny;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long bytes = length.get(c);
      long rest = left.get(c);
      bytes -= rest > 0 && rest <= bytes ? rest : 0;
      if (ifAny && bytes == 0) {
        return Value.OMITTED;
      }
      if (pieces.get(c) != 0) {
        return IovecTypes.vector(c, raw, pieces.get(c), bytes, IovecTypes.STRINGS);
      }
      Value text = c.bytes(raw, bytes, c.maxString());
      return text instanceof Value.Str string
          ? new Value.HexStr(string.bytes(), string.truncated())
          : text;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return decode(c, raw);
    }
  }
}
