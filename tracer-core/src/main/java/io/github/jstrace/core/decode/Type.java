// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/**
 * What one argument, struct field or result is, ready to decode it for one ABI. Stateless: what
 * must be remembered from entry to exit goes to {@link DecodeContext#stash}.
 */
abstract class Type {
  /** When an argument of this type can be decoded. */
  enum When {
    /** At entry. */
    ENTRY,
    /** At exit only: what it points at is written by the call. */
    EXIT,
    /** At entry, and {@link Type#after} may add to it at exit. */
    BOTH
  }

  When when() {
    return When.ENTRY;
  }

  /** The same for a type that depends on other arguments. */
  When when(DecodeContext c) {
    return when();
  }

  /** Called at entry for every argument before the exit decodes it: may put something aside. */
  void atEntry(DecodeContext c, long raw) {}

  /** How many register slots an argument takes. */
  int slots() {
    return 1;
  }

  /**
   * Joins the register slots of an argument to the number that {@link #decode} takes; for one slot,
   * cuts it to the size that the kernel looks at.
   */
  long join(long first, long second) {
    return first;
  }

  /**
   * Decodes a number that came from a register or memory: a scalar, or a pointer to what is meant.
   */
  abstract Value decode(DecodeContext c, long raw);

  /** For {@link When#BOTH}: what the argument has become, or null if nothing is to be added. */
  @Nullable Value after(DecodeContext c, long raw) {
    return null;
  }

  /**
   * Says which of the tracee's memory decoding looks at, for a backend that has to copy it when the
   * call is made. A scalar, whose number is all there is, looks at none. To ask for too much is no
   * error; what nobody asks for is shown as unreadable.
   *
   * @param at where the address lies that {@link #decode} will be given; null if that cannot be
   *     said
   */
  void needs(Capture capture, @Nullable Place at) {}

  /**
   * The same for a value behind a pointer.
   *
   * @param at where the value lies
   */
  void needsBehind(Capture capture, Phase phase, @Nullable Place at) {
    capture.bytes(phase, at, Math.max(1, size()));
  }

  /** Bytes it takes in memory. */
  abstract int size();

  int align() {
    return size();
  }

  /** Whether a number of this type is read from memory as signed. */
  boolean signed() {
    return false;
  }

  /**
   * Whether a pointer to it shows it in brackets, {@code [3]}, as strace does for plain numbers.
   */
  boolean bracketed() {
    return true;
  }

  /** Decodes what stands in memory. */
  Value read(DecodeContext c, MemoryView m, int offset) {
    return decode(c, m.load(offset, size(), signed()));
  }
}
