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
  private final StructType whole;
  private final boolean answered;

  CompletedType(TypeCompiler compiler, String given, String whole, boolean answered) {
    super(compiler.abi(), Direction.IN);
    this.given = compiler.requireStruct(given);
    this.whole = compiler.requireStruct(whole);
    this.answered = answered;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    given.needsBehind(capture, Phase.ENTRY, at);
    whole.needsBehind(capture, Phase.EXIT, at);
  }

  @Override
  When when() {
    return When.EXIT;
  }

  @Override
  void atEntry(DecodeContext c, long raw) {
    // The kernel may write to the struct even if the call fails.
    c.setStash(raw == 0 ? null : given.decode(c, raw));
  }

  @Override
  Value show(DecodeContext c, long raw) {
    if (!c.verbose() || !(c.stash() instanceof Value before)) {
      return Value.addr(raw);
    }
    if (c.failed() || before instanceof Value.Addr) {
      return before;
    }
    Value after = whole.decode(c, raw);
    return answered ? new Value.Changed(before, after) : after;
  }
}
