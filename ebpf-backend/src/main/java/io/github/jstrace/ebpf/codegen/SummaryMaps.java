// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import io.github.jstrace.ebpf.asm.MapSpec;

/**
 * The maps of a summary. A call is counted in a <em>cell</em>: numbers and, if wanted, a histogram.
 * Cells are handed out as they are needed. An index says which: an array over shard and slot (see
 * {@link Slots}), or, if there is a summary for each process or thread, a hash over its id and
 * slot. A shard is for one CPU or a few, so that CPUs seldom add to the same memory.
 *
 * <p>Processes come and go without end. So where they are told apart and each interval has a
 * summary, cells and index have two halves (see {@link Control#HALF}): while one is counted in, the
 * other is read and emptied.
 */
public final class SummaryMaps {
  /** What a cell says; offsets of 8 bytes each. */
  public static final int CALLS = 0;

  public static final int ERRORS = 8;

  /** Three numbers: total, the complement of the shortest (0 if there was none), the longest. */
  public static final int WALL = 16;

  /** The same of the CPU time. */
  public static final int CPU = 40;

  public static final int HISTOGRAM = 64;

  public static final int TOTAL = 0;
  public static final int SHORTEST = 8;
  public static final int LONGEST = 16;

  /** The entry of a process or thread in the index: number of the cell, 4 bytes. */
  public static final int CELL = 0;

  /** {@code comm} when the entry was made, 16 bytes: it may be gone when the entry is shown. */
  public static final int NAME = 8;

  static final int ENTRY_SIZE = 24;

  /** The half of an entry is the bit of the key that is above the slot. */
  public static final int HALF_SHIFT = 16;

  /** What goes by: summaries for the whole, each process, each thread. */
  public enum By {
    NOTHING,
    PROCESS,
    THREAD
  }

  /** CPUs beyond this many share. */
  private static final int MAX_SHARDS = 16;

  /** Kernel memory that cells may take: 48 MB of the 64 that a summary may have. */
  private static final int CELL_MEMORY = 48 << 20;

  /** Cells for each shard: more than the calls that any program makes, by far. */
  private static final int CELLS_OF_SHARD = 512;

  /** Some 5000 processes, if there are no histograms. */
  private static final int CELLS_BY_TASK = 128 * 1024;

  /** Pairs of a cell and an error number. */
  private static final int ERROR_PAIRS = 8192;

  private static final int ERROR_PAIRS_BY_TASK = 64 * 1024;

  private final int shards;
  private final By by;
  private final boolean histograms;
  private final boolean halves;
  private final MapSpec cells;
  private final MapSpec index;
  private final MapSpec errors;
  private final MapSpec strange;
  private final MapSpec states;
  private final MapSpec plan;

  /**
   * @param cpus how many the machine may have ({@code _SC_NPROCESSORS_CONF})
   * @param intervals whether there will be more than one reading
   */
  public SummaryMaps(int cpus, By by, boolean histograms, boolean intervals) {
    halves = intervals && by != By.NOTHING;
    this.by = by;
    this.histograms = histograms;
    int powerOfTwo = Integer.highestOneBit(2 * Math.max(1, cpus) - 1);
    this.shards = by == By.NOTHING ? Math.min(MAX_SHARDS, powerOfTwo) : 1;
    int cellSize = HISTOGRAM + (histograms ? 8 * LatencyBuckets.COUNT : 0);
    int count = by == By.NOTHING ? shards * CELLS_OF_SHARD : CELLS_BY_TASK;
    count = Math.min(count, CELL_MEMORY / cellSize) & -2 * Control.NEXT_HALF;
    cells = MapSpec.array("cells", cellSize, count).withFlags(MapSpec.MMAPABLE);
    index =
        by == By.NOTHING
            ? MapSpec.array("index", shards * Slots.COUNT * 4, 1).withFlags(MapSpec.MMAPABLE)
            : MapSpec.hash("index", 8, ENTRY_SIZE, count);
    errors = MapSpec.hash("errors", 8, 8, by == By.NOTHING ? ERROR_PAIRS : ERROR_PAIRS_BY_TASK);
    strange = MapSpec.hash("strange", 8, 4, Slots.STRANGE);
    states = MapSpec.taskStorage("states", CallState.SIZE);
    plan = MapSpec.array("plan", Slots.PLAN_SIZE, 1);
  }

  public By by() {
    return by;
  }

  /** A power of two; 1 unless {@link #by} is nothing. */
  public int shards() {
    return shards;
  }

  public boolean histograms() {
    return histograms;
  }

  /** By number; the first one in use is 1, so that 0 means none. */
  public MapSpec cells() {
    return cells;
  }

  /**
   * The number of a cell, 4 bytes, or 0: at shard * {@link Slots#COUNT} + slot; or, of a hash,
   * under the key of 8 bytes: id, slot and half.
   */
  public MapSpec index() {
    return index;
  }

  /** Whether there are two halves, by turns. */
  public boolean halves() {
    return halves;
  }

  /** How many cells can be handed out before user space empties them. */
  public int cellsAtATime() {
    return halves ? cells.maxEntries() / 2 : cells.maxEntries();
  }

  /** How often calls of a cell failed in one way: 8 bytes, by cell and error number. */
  public MapSpec errors() {
    return errors;
  }

  /** The slot, 4 bytes, of a number that no call has: by number, then ABI (0 for the native). */
  public MapSpec strange() {
    return strange;
  }

  /** A {@link CallState} for each thread. */
  MapSpec states() {
    return states;
  }

  /** What {@link Slots} says of calls. */
  public MapSpec plan() {
    return plan;
  }
}
