// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import io.github.jstrace.core.decode.CapturePlan;
import io.github.jstrace.core.decode.CapturePlan.Kind;
import io.github.jstrace.core.decode.CapturePlan.Length;
import io.github.jstrace.core.decode.CapturePlan.Operation;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.decode.CapturePlan.Source;
import io.github.jstrace.ebpf.asm.MapSpec;
import java.util.List;

/**
 * The array map that says for each call whether it is traced and what to capture: how a {@link
 * CapturePlan} is laid out for {@link CaptureLoop}. User space writes to it while programs run.
 */
public final class PlanTable {
  /** Numbers per ABI; what is above, or negative, has the last entry. */
  public static final int NUMBERS = 512;

  private static final int ABIS = 2;

  /** Flag of an entry: its calls' entries are recorded. */
  public static final int TRACE_ENTRY = 1;

  /** Flag of an entry: its calls' exits are recorded. */
  public static final int TRACE_EXIT = 2;

  // An entry: flags, number of operations at entry and at exit (4 bytes each), then the operations.
  static final int FLAGS = 0;
  static final int ENTRY_COUNT = 4;
  static final int EXIT_COUNT = 8;
  static final int ENTRY_OPERATIONS = 16;

  // An operation.
  static final int KIND = 0;
  static final int REGISTER = 1;
  static final int LENGTH_SOURCE = 2;
  static final int LENGTH_REGISTER = 3;
  static final int IS_INDIRECT = 4;
  static final int LENGTH_SIZE = 5;
  static final int SHIFT = 6;
  static final int OPERATION_FLAGS = 7;
  static final int INDIRECT = 8;
  static final int DISPLACEMENT = 16;
  static final int LENGTH_OFFSET = 24;
  static final int MASK = 32;
  static final int SCALE = 40;
  static final int FLOOR = 44;
  static final int CAP = 48;
  static final int ITEM_CAP = 52;
  static final int SECOND = 56;
  static final int OPERATION_SIZE = 64;

  /** Flag of an operation: also if the call failed. */
  static final int ALWAYS = 1;

  /** Flag of an operation: the data of a vector is no longer than the result. */
  static final int RESULT_BOUNDS = 2;

  static final int EXIT_OPERATIONS = ENTRY_OPERATIONS + CapturePlan.MAX_OPERATIONS * OPERATION_SIZE;

  /** Bytes of an entry. */
  public static final int ENTRY_SIZE =
      EXIT_OPERATIONS + CapturePlan.MAX_OPERATIONS * OPERATION_SIZE;

  /** The longest string, without its NUL. */
  private static final int MAX_STRING = CapturePlan.MAX_BYTES - 1;

  private PlanTable() {}

  static MapSpec map() {
    return MapSpec.array("plans", ENTRY_SIZE, ABIS * NUMBERS).withFlags(MapSpec.MMAPABLE);
  }

  /** Which entry a call has; {@code abi} as {@link TraceRecord#ABI}. */
  public static int index(int abi, int number) {
    return abi * NUMBERS + (number < 0 || number >= NUMBERS ? NUMBERS - 1 : number);
  }

  /** Memory that an entry is written to. */
  public interface Target {
    void putByte(int offset, int value);

    void putInt(int offset, int value);

    void putLong(int offset, long value);
  }

  /** Writes an entry; its flags last, so that programs which run see all of it or nothing. */
  public static void write(Target to, CapturePlan plan, int flags) {
    to.putInt(FLAGS, 0);
    to.putInt(ENTRY_COUNT, plan.entry().size());
    to.putInt(EXIT_COUNT, plan.exit().size());
    write(to, plan.entry(), ENTRY_OPERATIONS);
    write(to, plan.exit(), EXIT_OPERATIONS);
    to.putInt(FLAGS, flags);
  }

  private static void write(Target to, List<Operation> operations, int at) {
    for (int i = 0; i < operations.size(); i++) {
      write(to, operations.get(i), at + i * OPERATION_SIZE);
    }
  }

  private static void write(Target to, Operation o, int at) {
    Place place = o.place();
    Length length = o.length();
    to.putByte(at + KIND, o.kind().ordinal());
    to.putByte(at + REGISTER, place.register());
    to.putByte(at + LENGTH_SOURCE, length.source().ordinal());
    to.putByte(at + LENGTH_REGISTER, length.register());
    to.putByte(at + IS_INDIRECT, place.indirect() >= 0 ? 1 : 0);
    to.putByte(at + LENGTH_SIZE, length.size());
    to.putByte(at + SHIFT, length.shift());
    to.putByte(
        at + OPERATION_FLAGS,
        (o.phase() == Phase.EXIT_ALWAYS ? ALWAYS : 0) | (o.resultBounds() ? RESULT_BOUNDS : 0));
    to.putLong(at + INDIRECT, place.indirect());
    to.putLong(at + SECOND, place.second());
    to.putLong(at + DISPLACEMENT, place.displacement());
    to.putLong(at + LENGTH_OFFSET, length.offset());
    long mask = length.mask() == -1 ? -1 : length.mask() & 0xffffffffL;
    if (length.source() == Source.REGISTER && length.size() == 4) {
      mask &= 0xffffffffL;
    }
    to.putLong(at + MASK, mask);
    to.putInt(at + SCALE, length.scale());
    boolean terminated = o.kind() == Kind.STRING || o.kind() == Kind.STRINGS;
    to.putInt(at + FLOOR, terminated ? Math.min(o.cap(), MAX_STRING) : length.floor());
    to.putInt(at + CAP, o.cap());
    to.putInt(at + ITEM_CAP, Math.min(o.itemCap(), MAX_STRING));
  }
}
