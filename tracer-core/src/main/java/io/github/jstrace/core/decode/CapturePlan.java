// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has to be copied of a tracee's memory at the entry and the exit of a system call, so that
 * the call can be decoded later, without the tracee. Derived from the call's types by {@link
 * CapturePlanner}. To copy more than is looked at does no harm; what is not copied is shown as
 * memory that cannot be read.
 *
 * @param entry what to copy at entry, at most {@link #MAX_OPERATIONS}
 * @param exit what to copy at exit, at most {@link #MAX_OPERATIONS}
 * @param dropped how many operations had no room
 */
public record CapturePlan(List<Operation> entry, List<Operation> exit, int dropped) {
  /** At most so many operations at each end of a call. */
  public static final int MAX_OPERATIONS = 16;

  /** No operation copies more bytes at once. */
  public static final int MAX_BYTES = 16383;

  /** Register number of the stack pointer; 0 to 5 are those of the arguments. */
  public static final int STACK_POINTER = 6;

  /** The plan of a call that reads no memory. */
  public static final CapturePlan NOTHING = new CapturePlan(List.of(), List.of(), 0);

  /** When an operation is done. */
  public enum Phase {
    ENTRY,
    /** At exit, if the call succeeded. */
    EXIT,
    /** At exit, also of a call that failed. */
    EXIT_ALWAYS
  }

  /** What is copied. */
  public enum Kind {
    /** As many bytes as the length says. */
    BYTES,
    /** Up to and with a NUL, at most {@link Operation#cap} bytes. */
    STRING,
    /**
     * An array of {@code struct iovec} whose bytes the length says, at most {@link Operation#cap},
     * and of what each points at, at most {@link Operation#itemCap} bytes.
     */
    VECTOR,
    /**
     * Pointers up to a NULL, together at most {@link Operation#cap} bytes, and of the string behind
     * each at most {@link Operation#itemCap} bytes; 0: the pointers only.
     */
    STRINGS
  }

  /**
   * Where something lies: at the address that a register has, or that a word in memory has, or a
   * word in the memory that one points at.
   *
   * @param register the register, 0 to {@link #STACK_POINTER}
   * @param indirect offset from where the register points at to the word that is the address; -1 if
   *     the register is it
   * @param second offset from where that word points at to another, which is the address; -1 if the
   *     first one is it
   * @param displacement what to add to the address
   */
  public record Place(int register, int indirect, int second, int displacement) {
    static Place register(int register) {
      return new Place(register, -1, -1, 0);
    }

    /** The word at an offset from here is an address; null if that would be one step too far. */
    @Nullable Place pointerAt(int offset) {
      return indirect >= 0 ? null : behind(offset);
    }

    /**
     * The word at an offset from here is an address, even if here is behind a pointer already: for
     * the few calls whose contents lie there.
     */
    Place behind(int offset) {
      if (second >= 0) {
        throw new IllegalStateException("a third pointer");
      }
      return indirect < 0
          ? new Place(register, displacement + offset, -1, 0)
          : new Place(register, indirect, displacement + offset, 0);
    }

    Place plus(int offset) {
      return new Place(register, indirect, second, displacement + offset);
    }
  }

  /** Where a length comes from. */
  public enum Source {
    /** Nowhere: it is {@link Length#floor}. */
    CONSTANT,
    /** The register {@link Length#register}. */
    REGISTER,
    /** The call's result. */
    RESULT,
    /** {@link Length#size} bytes at {@link Length#offset} from where the register points at. */
    MEMORY,
    /** The same from where the first word of the operation's place points at. */
    POINTED
  }

  /**
   * How long something is: {@code max(floor, (source >>> shift & mask) * scale)}, unsigned.
   *
   * @param register which register, 0 to 5, for {@link Source#REGISTER} and {@link Source#MEMORY}
   * @param offset of a number in memory, from where the register points at
   * @param size of a number in memory: 2, 4 or 8 bytes
   * @param mask 32 bits without a sign, or -1 for all 64
   */
  public record Length(
      Source source,
      int register,
      int offset,
      int size,
      int shift,
      int mask,
      int scale,
      int floor) {
    static Length constant(int bytes) {
      return new Length(Source.CONSTANT, 0, 0, 0, 0, -1, 1, bytes);
    }

    static Length result(int scale) {
      return new Length(Source.RESULT, 0, 0, 0, 0, -1, scale, 0);
    }

    static Length register(int register, int mask, int scale) {
      return new Length(Source.REGISTER, register, 0, 0, 0, mask, scale, 0);
    }

    static Length memory(int register, int offset, int size, int scale) {
      return new Length(Source.MEMORY, register, offset, size, 0, -1, scale, 0);
    }

    static Length pointed(int offset, int size, int scale) {
      return new Length(Source.POINTED, 0, offset, size, 0, -1, scale, 0);
    }

    /** {@code (this >>> bits) * factor}, at least {@code least}. */
    Length scaled(int bits, int factor, int least) {
      if (source == Source.CONSTANT) {
        return constant(Math.max(least, (floor >>> bits) * factor));
      }
      return new Length(source, register, offset, size, shift + bits, mask, scale * factor, least);
    }
  }

  /**
   * One thing to copy.
   *
   * @param cap at most so many bytes, 1 to {@link #MAX_BYTES}
   * @param itemCap of what each element points at at most so many bytes
   * @param resultBounds all the data behind a vector is no longer than the call's result
   */
  public record Operation(
      Phase phase,
      Kind kind,
      Place place,
      Length length,
      int cap,
      int itemCap,
      boolean resultBounds) {}

  /** Whether there is nothing to copy. */
  public boolean isEmpty() {
    return entry.isEmpty() && exit.isEmpty();
  }
}
