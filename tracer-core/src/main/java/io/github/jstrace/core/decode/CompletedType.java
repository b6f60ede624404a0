// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * A pointer to a struct that is given in part and completed by the call: the part that was given if
 * the call failed, all of it if it succeeded. As an {@code answered} one the two are shown one
 * after the other, {@code {…} => {…}}.
 */
final class CompletedType extends JavaType {
  private final StructType given;

  /** What it becomes; null for a number. */
  private final @Nullable StructType whole;

  private final boolean answered;

  /**
   * So much has to be there: of what is given in part, too, all, unless it is a {@code begun} one.
   */
  private final int size;

  /** Whether a call that failed shows the address as its answer. */
  private final boolean asked;

  /** Whether what was given is not shown if it is all zeros, as it ought to be. */
  private final boolean zeroed;

  /** The field that is shown as before and after, {@code count=1 => 2}; null if all is. */
  private final @Nullable String updated;

  /**
   * An array without which there is no answer: strace shows none if it is empty or could not be
   * read; null if there is no such array.
   */
  private final @Nullable String needed;

  /** {@code params}: what was given, what it becomes, and for some an array that is needed. */
  CompletedType(TypeCompiler compiler, String[] params, String kind) {
    this(compiler, params[0], params[1], kind, null, params.length > 2 ? params[2] : null);
  }

  /**
   * A struct of which the call replaces one field, even if it fails where {@code whole} says what a
   * call that succeeded shows.
   */
  static CompletedType updated(
      TypeCompiler compiler, String struct, String field, @Nullable String whole) {
    return new CompletedType(
        compiler, struct, whole == null ? struct : whole, "updated", field, null);
  }

  private CompletedType(
      TypeCompiler compiler,
      String given,
      String whole,
      String kind,
      @Nullable String updated,
      @Nullable String needed) {
    super(compiler.abi(), Direction.IN);
    this.given = compiler.requireStruct(given);
    this.whole = whole.equals("number") ? null : compiler.requireStruct(whole);
    this.size =
        this.whole == null || kind.equals("begun")
            ? this.given.size()
            : Math.max(this.given.size(), this.whole.size());
    this.zeroed = kind.equals("zeroed");
    this.asked = zeroed || kind.equals("asked");
    this.answered = asked || kind.equals("answered");
    this.updated = updated;
    this.needed = needed;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(Phase.ENTRY, at, size);
    given.needsBehind(capture, Phase.ENTRY, at);
    (whole == null ? given : whole).needsBehind(capture, Phase.EXIT, at);
  }

  @Override
  When when() {
    return When.EXIT;
  }

  @Override
  void atEntry(DecodeContext c, long raw) {
    // The kernel may write to the struct even if the call fails.
    MemoryView m = raw == 0 ? null : c.read(raw, size);
    if (raw == 0) {
      c.setStash(null);
    } else if (m == null) {
      c.setStash(Value.unreadable(raw));
    } else {
      c.setStash(zeroed && zero(m, given.size()) ? raw : given.read(c, m, 0));
    }
  }

  private static boolean zero(MemoryView m, int length) {
    for (int i = 0; i < length; i++) {
      if (m.u8(i) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  Value show(DecodeContext c, long raw) {
    if (c.verbose() && c.stash() instanceof Long) {
      return c.failed() || whole == null ? Value.addr(raw) : whole.decode(c, raw);
    }
    if (!c.verbose() || !(c.stash() instanceof Value before)) {
      return Value.addr(raw);
    }
    if (before instanceof Value.Addr) {
      return before;
    }
    if (c.failed() && updated != null && given != whole) {
      return update(before, given.decode(c, raw));
    }
    if (c.failed()) {
      return asked ? new Value.Changed(before, Value.addr(raw)) : before;
    }
    Value after = whole == null ? number(c, raw) : whole.decode(c, raw);
    if (updated != null) {
      return update(before, after);
    }
    if (!answered) {
      return after;
    }
    boolean none =
        after instanceof Value.Struct now && now.fields().length == 0
            || needed != null && lacks(before, needed);
    return none ? before : new Value.Changed(before, after);
  }

  private static Value number(DecodeContext c, long raw) {
    MemoryView m = c.read(raw, Integer.BYTES);
    return m == null ? Value.unreadable(raw) : Value.array(Value.dec(m.s32(0)));
  }

  /** Whether a struct, or one in it, has an array of that name that is empty or not whole. */
  private static boolean lacks(Value value, String name) {
    if (!(value instanceof Value.Struct struct)) {
      return false;
    }
    for (Value.Field field : struct.fields()) {
      if (field.name().equals(name)) {
        return !ArrayType.whole(field.value());
      }
      if (lacks(field.value(), name)) {
        return true;
      }
    }
    return false;
  }

  private Value update(Object before, Value after) {
    if (!(before instanceof Value.Struct old && after instanceof Value.Struct now)) {
      return after;
    }
    Value.Field[] fields = now.fields().clone();
    for (int i = 0; i < fields.length; i++) {
      if (fields[i].name().equals(updated)) {
        Value changed = new Value.Changed(old.fields()[i].value(), fields[i].value());
        fields[i] = new Value.Field(fields[i].name(), changed, fields[i].detail());
      }
    }
    return new Value.Struct(fields, now.more());
  }
}
