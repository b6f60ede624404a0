// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Size.U64;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Reg;

/**
 * A few numbers that programs and user space share: an array of one value, which user space maps.
 * Each is 8 bytes at an offset, and written by one side only.
 */
public final class Control {
  /** Threads that became traced because the one that made them is. */
  public static final int FORKED = 0;

  /** Traced threads that ended. */
  public static final int ENDED = 8;

  /** When tracing began, by CLOCK_MONOTONIC in nanoseconds. Written by user space. */
  public static final int BEGAN = 16;

  /** Calls that were entered, but could not be kept in mind until their exit: no memory. */
  public static final int MISSED = 24;

  /** Calls that ended, but had no place left to be counted in. */
  public static final int UNCOUNTED = 32;

  /**
   * 0 or 1: the half of the cells and of their index that is counted in. Written by user space,
   * which then empties the other.
   */
  public static final int HALF = 40;

  /** Cells of a summary that are in use; those of the second half are counted 16 bytes on. */
  public static final int CELLS = 64;

  /** Distance of the two. */
  public static final int NEXT_HALF = 16;

  /** Numbers that no ABI has, of calls that were made. */
  public static final int STRANGE = 72;

  private static final int SIZE = 128;

  private final MapSpec map = MapSpec.array("control", SIZE, 1).withFlags(MapSpec.MMAPABLE);

  public MapSpec map() {
    return map;
  }

  /** Adds one to a number. Uses {@code a1} and {@code a2}. */
  void increment(Assembler a, int number, Reg a1, Reg a2) {
    a.mapValue(a1, map, number).mov(a2, 1).atomicAdd(U64, a1, 0, a2);
  }
}
