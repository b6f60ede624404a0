// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** What calls have one indirection more of when they are made through ipc(2). */
final class SubcallTypes {
  private SubcallTypes() {}

  /** A pointer to a word that is the argument: shown in brackets unless that is a struct. */
  static final class WordAt extends JavaType {
    private final Type argument;
    private final int word;

    WordAt(Abi abi, Type argument) {
      super(abi, Direction.OUT);
      this.argument = argument;
      this.word = abi.wordSize();
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, word);
      if (at != null) {
        argument.needs(capture, at.pointerAt(0));
      }
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == 0 ? Value.NULL : show(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, word);
      if (m == null) {
        return Value.unreadable(raw);
      }
      Value value = argument.decode(c, m.load(0, word, false));
      return value instanceof Value.Struct || value instanceof Value.Arr
          ? value
          : Value.array(value);
    }
  }

  /** The result of shmat(2), which ipc(2) stores in memory. */
  static final class ShmatResult extends ScalarType {
    private final Ref address;
    private final int word;

    ShmatResult(Abi abi, Ref address) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
      this.address = address;
      this.word = abi.wordSize();
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.EXIT, capture.place(address), word);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      MemoryView m = c.read(address.get(c), word);
      return Value.hex(m == null ? raw : m.load(0, word, false));
    }
  }
}
