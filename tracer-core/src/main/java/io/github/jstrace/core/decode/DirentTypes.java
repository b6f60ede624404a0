// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Directory entries (getdents(2), readdir(2)). */
final class DirentTypes {
  private DirentTypes() {}

  /** What getdents(2) or getdents64(2) stored: how many entries in brief, else all of them. */
  static final class Dirents extends JavaType {
    private final Abi abi;
    private final Ref length;
    private final boolean wide;

    /** Offset of d_reclen, and of d_name. */
    private final int lengthAt;

    private final int nameAt;

    Dirents(Abi abi, Ref length, boolean wide) {
      super(abi, Direction.OUT);
      this.abi = abi;
      this.length = length;
      this.wide = wide;
      this.lengthAt = wide ? 16 : 2 * abi.wordSize();
      this.nameAt = wide ? 19 : 2 * abi.wordSize() + 2;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.EXIT, at, capture.length(length, 1, Capture.SOME), CapturePlan.MAX_BYTES);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (c.failed() || !c.verbose() || raw == 0 && length.get(c) > 0) {
        return Value.addr(raw);
      }
      return show(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long claimed = length.get(c);
      MemoryView m = c.readUpTo(raw, (int) Math.max(0, Math.min(claimed, DecodeContext.MAX_READ)));
      if (m.length() < claimed) {
        return Value.unreadable(raw);
      }
      boolean brief = c.brief();
      List<Value> entries = new ArrayList<>();
      int count = 0;
      for (int at = 0; at + nameAt <= m.length(); count++) {
        int size = m.u16(at + lengthAt);
        int end = Math.min(m.length(), at + size);
        if (!brief && end > at + nameAt) {
          entries.add(entry(m, at, end));
        }
        if (size <= nameAt) {
          count++;
          break;
        }
        at = at + size;
      }
      String comment = count + " entries";
      Value summary =
          new Value.Commented(raw == 0 ? new Value.Text("NULL", 0) : Value.addr(raw), comment);
      return brief
          ? summary
          : new Value.Abbrev(summary, new Value.Arr(entries.toArray(new Value[0]), false));
    }

    private Value entry(MemoryView m, int at, int end) {
      int word = wide ? 8 : abi.wordSize();
      Value.Field ino = Value.field("d_ino", Value.udec(m.load(at, word, false)));
      Value.Field off =
          Value.field(
              "d_off",
              wide ? Value.dec(m.s64(at + 8)) : Value.udec(m.load(at + word, word, false)));
      Value.Field size = Value.field("d_reclen", Value.udec(m.u16(at + lengthAt)));
      int type = m.u8(wide ? at + 18 : end - 1);
      Value.Field kind = Value.field("d_type", Sets.constant("dirent_type", abi, type));
      int from = at + nameAt;
      int limit = wide ? end : end - 1;
      int nul = from;
      while (nul < limit && m.u8(nul) != 0) {
        nul++;
      }
      Value.Field name =
          Value.field(
              "d_name", new Value.Str(m.copy(from, nul - from), nul == limit, nul < limit, true));
      return wide
          ? Value.struct(ino, off, size, kind, name)
          : Value.struct(ino, off, size, name, kind);
    }
  }

  /** The one entry that readdir(2) of i386 stores if it returns 1. */
  static final class OldDirent extends JavaType {
    private static final int NAME = 10;

    OldDirent(Abi abi) {
      super(abi, Direction.OUT);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.result() == 0 ? null : c.read(raw, NAME);
      if (m == null) {
        return Value.addr(raw);
      }
      int size = m.u16(8);
      MemoryView name = c.readUpTo(raw + NAME, Math.min(size, 256));
      return Value.struct(
          Value.field("d_ino", Value.udec(m.u32(0))),
          Value.field("d_off", Value.udec(m.u32(4))),
          Value.field("d_reclen", Value.udec(size)),
          Value.field("d_name", new Value.Str(name.copy(0, name.length()), false, true, true)));
    }
  }
}
