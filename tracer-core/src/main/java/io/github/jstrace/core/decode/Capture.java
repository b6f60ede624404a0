// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Kind;
import io.github.jstrace.core.decode.CapturePlan.Length;
import io.github.jstrace.core.decode.CapturePlan.Operation;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.decode.CapturePlan.Source;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the types of one call put down what they read: see {@link Type#needs}. A null place, which
 * is what lies behind the pointer behind a pointer, asks for nothing.
 */
final class Capture {
  /** Of something whose length is not known in advance. */
  static final int SOME = 256;

  private static final int PAGE = 4096;

  /** {@code PATH_MAX}, with its NUL. */
  private static final int PATH_MAX = 4096;

  private final Abi abi;
  private final DecodeOptions options;
  private final boolean brief;
  private final CallType call;
  private final List<Operation> operations = new ArrayList<>();

  Capture(Abi abi, DecodeOptions options, CallType call, boolean brief) {
    this.abi = abi;
    this.options = options;
    this.brief = brief;
    this.call = call;
  }

  List<Operation> operations() {
    return operations;
  }

  int word() {
    return abi.wordSize();
  }

  Abi abi() {
    return abi;
  }

  /** Whether structs and arrays are shown in brief. */
  boolean brief() {
    return brief;
  }

  /** {@code -s}. */
  int maxString() {
    return options.maxString();
  }

  /** How many elements of an array are looked at: those shown, and whether there is a next one. */
  private int maxElements() {
    return brief ? Math.min(options.maxString(), PAGE) + 1 : PAGE;
  }

  /** Where an argument's pointer is. */
  @Nullable Place argument(int index) {
    int register = call.slots[index];
    if (!call.indirect) {
      return register > 5 ? null : Place.register(register);
    }
    return Place.register(0).pointerAt(register * word());
  }

  /** The place whose address {@code ref} is; null if that is no argument. */
  @Nullable Place place(Ref ref) {
    return ref instanceof Ref.Argument argument ? argument(argument.index()) : null;
  }

  /** {@code ref * scale} bytes; {@code otherwise} if the kernel could not find out. */
  Length length(Ref ref, int scale, int otherwise) {
    if (ref instanceof Ref.Constant constant) {
      long bytes = constant.value() * scale;
      return Length.constant((int) Math.max(0, Math.min(bytes, CapturePlan.MAX_BYTES)));
    }
    if (ref instanceof Ref.Result) {
      return Length.result(scale);
    }
    if (ref instanceof Ref.Argument argument
        && !call.indirect
        && call.slots[argument.index()] < 6) {
      boolean narrow = word() == 4 || call.types[argument.index()].size() == 4;
      // The upper half of a register that holds an int means nothing.
      return narrow
          ? new Length(Source.REGISTER, call.slots[argument.index()], 0, 4, 0, -1, scale, 0)
          : new Length(Source.REGISTER, call.slots[argument.index()], 0, 8, 0, -1, scale, 0);
    }
    return Length.constant(Math.min(otherwise, CapturePlan.MAX_BYTES));
  }

  /** The number that a field of the struct at {@code base} has, times {@code scale}. */
  static Length field(Place base, int offset, int size, int scale) {
    int at = base.displacement() + offset;
    return base.indirect() < 0
        ? Length.memory(base.register(), at, size, scale)
        : Length.pointed(at, size, scale);
  }

  /** What a pointer of that direction needs, {@code length} bytes of it. */
  void bytes(Direction direction, @Nullable Place at, Length length) {
    if (direction != Direction.OUT) {
      bytes(Phase.ENTRY, at, length, PAGE);
    }
    if (direction != Direction.IN) {
      bytes(Phase.EXIT, at, length, PAGE);
    }
  }

  void bytes(Direction direction, @Nullable Place at, int length) {
    bytes(direction, at, Length.constant(length));
  }

  void bytes(Phase phase, @Nullable Place at, int length) {
    bytes(phase, at, Length.constant(length), PAGE);
  }

  /** {@code length} bytes, but no more than {@code cap}. */
  void bytes(Phase phase, @Nullable Place at, Length length, int cap) {
    if (at != null && !(length.source() == Source.CONSTANT && length.floor() == 0)) {
      add(new Operation(phase, Kind.BYTES, at, length, bound(cap), 0, false));
    }
  }

  /** What is shown of text, and one more: a text that goes on has to. */
  private int maxText() {
    return Math.min(options.maxString(), CapturePlan.MAX_BYTES) + 1;
  }

  /** As much as {@code -s} allows of {@code length} bytes. */
  void text(Phase phase, @Nullable Place at, Length length) {
    bytes(phase, at, length, maxText());
  }

  /** What goes through a socket: text, or messages of a protocol that are worth more. */
  void message(Phase phase, @Nullable Place at, Length length) {
    bytes(phase, at, length, Math.max(maxText(), SOME));
  }

  /** Elements of {@code size} bytes, as many as {@code count} says and are shown. */
  void array(Phase phase, @Nullable Place at, Ref count, int size) {
    bytes(phase, at, length(count, size, SOME), (int) Math.min((long) maxElements() * size, PAGE));
  }

  void path(Phase phase, @Nullable Place at) {
    string(phase, at, PATH_MAX);
  }

  /** A string cut at {@code -s}. */
  void string(Phase phase, @Nullable Place at) {
    // One more, to know whether it goes on.
    string(phase, at, options.maxString() + 1);
  }

  private void string(Phase phase, @Nullable Place at, int cap) {
    if (at != null) {
      add(new Operation(phase, Kind.STRING, at, Length.constant(0), bound(cap), 0, false));
    }
  }

  /** An array of {@code struct iovec} and the data behind it. */
  void vector(Phase phase, @Nullable Place at, Length count, boolean resultBounds) {
    vector(phase, at, count, resultBounds, maxText());
  }

  /** The same of a socket: see {@link #message}. */
  void messageVector(Phase phase, @Nullable Place at, Length count, boolean resultBounds) {
    vector(phase, at, count, resultBounds, Math.max(maxText(), SOME));
  }

  private void vector(
      Phase phase, @Nullable Place at, Length count, boolean resultBounds, int each) {
    if (at != null) {
      int size = 2 * word();
      int cap = (int) Math.min((long) maxElements() * size, PAGE);
      Length bytes = count.scaled(0, size, 0);
      add(new Operation(phase, Kind.VECTOR, at, bytes, cap, bound(each), resultBounds));
    }
  }

  /** Pointers up to a NULL, and, {@code whole}, the strings behind them. */
  void strings(Phase phase, @Nullable Place at, boolean whole) {
    if (at != null) {
      int cap = whole ? maxElements() * word() : PAGE;
      add(
          new Operation(
              phase,
              Kind.STRINGS,
              at,
              Length.constant(0),
              Math.min(cap, PAGE),
              whole ? bound(options.maxString() + 1) : 0,
              false));
    }
  }

  private static int bound(int cap) {
    return Math.max(1, Math.min(cap, CapturePlan.MAX_BYTES));
  }

  /** Adds an operation, or joins it with one that copies the same. */
  private void add(Operation added) {
    for (int i = 0; i < operations.size(); i++) {
      Operation known = operations.get(i);
      if (known.phase() != added.phase()
          || known.kind() != added.kind()
          || !known.place().equals(added.place())
          || known.resultBounds() != added.resultBounds()) {
        continue;
      }
      boolean constant =
          known.length().source() == Source.CONSTANT && added.length().source() == Source.CONSTANT;
      if (constant || known.length().equals(added.length())) {
        Length longer =
            known.length().floor() >= added.length().floor() ? known.length() : added.length();
        operations.set(
            i,
            new Operation(
                known.phase(),
                known.kind(),
                known.place(),
                longer,
                Math.max(known.cap(), added.cap()),
                Math.max(known.itemCap(), added.itemCap()),
                known.resultBounds()));
        return;
      }
    }
    operations.add(added);
  }
}
