// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.summary.CallCounter;
import io.github.jstrace.core.summary.LatencyHistogram;
import io.github.jstrace.core.summary.Summary;
import io.github.jstrace.core.summary.SummaryWriter;
import io.github.jstrace.ebpf.codegen.Control;
import io.github.jstrace.ebpf.codegen.LatencyBuckets;
import io.github.jstrace.ebpf.codegen.Slots;
import io.github.jstrace.ebpf.codegen.SummaryMaps;
import io.github.jstrace.ebpf.codegen.SummaryMaps.By;
import io.github.jstrace.ebpf.libbpf.BpfMap;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.ebpf.libbpf.MapReader;
import io.github.jstrace.linux.NativeMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes summaries of what the programs have counted. Counting goes on meanwhile; with intervals,
 * what was there at the last reading is taken off, so that nothing is lost or counted twice.
 */
final class SummaryReader {
  private static final int BATCH = 512;
  private static final int SETTLE_MILLIS = 20;
  private static final int NUMBERS = SummaryMaps.HISTOGRAM / 8;

  private final SummaryMaps maps;
  private final SummarySettings settings;
  private final NativeMemory control;
  private final NativeMemory cells;
  private final int stride;
  private final BpfSession session;

  /** What cells said at the last reading, by number; only with intervals and without halves. */
  private long @Nullable [][] before;

  /** How many failures have been told of, by cell and error number; the same. */
  private final Map<Long, Long> errorsTold = new HashMap<>();

  /** Failures of which the error number is not told yet, by cell; the same. */
  private final Map<Integer, Untold> untold = new HashMap<>();

  private final Map<Integer, Long> strange = new HashMap<>();

  private long lostBefore;

  /** The half that was counted in last, and its entries. */
  private int half;

  private long[] entries = {};
  private int entryCount;

  /** Pairs of error number and count, by cell. */
  private final Map<Integer, List<long[]>> errors = new HashMap<>();

  SummaryReader(
      BpfSession session, SummaryMaps maps, NativeMemory control, SummarySettings settings)
      throws TraceException {
    this.session = session;
    this.maps = maps;
    this.settings = settings;
    this.control = control;
    BpfMap map = session.create(maps.cells());
    this.cells = map.memory();
    this.stride = map.stride();
    boolean differences = settings.interval() > 0 && !maps.halves();
    this.before = differences ? new long[maps.cells().maxEntries()][] : null;
  }

  /**
   * Writes what was counted since the last reading, or since the beginning without intervals. One
   * summary after the other, since those of many processes with histograms fill the memory.
   */
  void read(SummaryWriter writer) throws TraceException {
    readStrange();
    if (maps.by() == By.NOTHING) {
      write(before == null ? readOnce() : readDifferences(), writer);
      return;
    }
    if (maps.halves()) {
      control.putLong(Control.HALF, 1 - half);
      settle();
    }
    readErrors();
    readByTask(writer);
    if (maps.halves()) {
      empty();
    }
  }

  private void write(Summary summary, SummaryWriter writer) {
    long lost = lost();
    summary.addLost(lost - lostBefore);
    lostBefore = lost;
    writer.write(summary);
  }

  /** Calls that were not counted since the beginning, for want of memory. */
  long lost() {
    return control.getLong(Control.MISSED) + control.getLong(Control.UNCOUNTED);
  }

  private Summary newSummary() {
    return new Summary(settings.latency(), settings.overhead());
  }

  private Summary readOnce() throws TraceException {
    readErrors();
    return readAll();
  }

  /**
   * Calls go on between the two looks, at cells and at errors: of each cell so many errors are told
   * as it has counted until the first, and the others the next time.
   */
  private Summary readDifferences() throws TraceException {
    for (Untold failures : untold.values()) {
      failures.counter = null;
    }
    Summary summary = readAll();
    readErrors();
    for (Map.Entry<Integer, Untold> cell : untold.entrySet()) {
      List<long[]> failures = errors.get(cell.getKey());
      CallCounter counter = cell.getValue().counter;
      for (int i = 0; failures != null && counter != null && i < failures.size(); i++) {
        int errno = (int) failures.get(i)[0];
        long count = Math.min(failures.get(i)[1], cell.getValue().count);
        counter.addErrno(errno, count);
        cell.getValue().count -= count;
        errorsTold.merge(errorKey(cell.getKey(), errno), count, Long::sum);
      }
    }
    return summary;
  }

  private static final class Untold {
    long count;

    /** What counts them in this interval; null if there was no such call in it. */
    @Nullable CallCounter counter;
  }

  private static long errorKey(int cell, int errno) {
    return (long) errno << 32 | cell;
  }

  private Summary readAll() throws TraceException {
    Summary summary = newSummary();
    NativeMemory index = session.create(maps.index()).memory();
    for (int shard = 0; shard < maps.shards(); shard++) {
      for (int slot = 0; slot < Slots.COUNT; slot++) {
        int cell = index.getInt(4 * (shard * Slots.COUNT + slot));
        if (cell != 0) {
          addCell(summary, slot, cell);
        }
      }
    }
    return summary;
  }

  private void readByTask(SummaryWriter writer) throws TraceException {
    Map<Integer, Counted> byId = new HashMap<>();
    MapReader reader = new MapReader(session.create(maps.index()), BATCH);
    reader.rewind();
    entryCount = 0;
    while (reader.next()) {
      long key = reader.keys().getLong(reader.keyOffset());
      int slot = (int) (key >>> 32);
      if (maps.halves()) {
        if (slot >>> SummaryMaps.HALF_SHIFT != half) {
          continue;
        }
        slot &= (1 << SummaryMaps.HALF_SHIFT) - 1;
        remember(key);
      }
      Counted counted = byId.get((int) key);
      if (counted == null) {
        counted = new Counted((int) key);
        byId.put(counted.id, counted);
      }
      counted.add(reader, slot);
    }
    List<Counted> order = new ArrayList<>(byId.values());
    order.sort(new ByTime());
    for (Counted counted : order) {
      if (counted.time > 0) {
        Summary summary = newSummary().setOf(of(), counted.id, counted.name);
        for (int i = 0; i < counted.count; i++) {
          addCell(summary, counted.slots[i], counted.cells[i]);
        }
        write(summary, writer);
      }
    }
  }

  /** What the index says of a process or thread. */
  private final class Counted {
    final int id;
    byte[] name = {};
    int[] slots = new int[8];
    int[] cells = new int[8];
    int count;

    /** Time in all calls, in nanoseconds, and 1 for each call, so that only nothing is 0. */
    long time;

    private int youngest;

    Counted(int id) {
      this.id = id;
    }

    void add(MapReader reader, int slot) {
      int cell = reader.values().getInt(reader.valueOffset() + SummaryMaps.CELL);
      if (count == cells.length) {
        slots = Arrays.copyOf(slots, 2 * count);
        cells = Arrays.copyOf(cells, 2 * count);
      }
      slots[count] = slot;
      cells[count++] = cell;
      NativeMemory all = SummaryReader.this.cells;
      time += all.getLong(cell * stride + SummaryMaps.CALLS);
      time += all.getLong(cell * stride + SummaryMaps.WALL + SummaryMaps.TOTAL);
      if (cell > youngest) { // its name is the last
        youngest = cell;
        name = name(reader);
      }
    }
  }

  /** Those that spent most time in calls first. */
  private static final class ByTime implements Comparator<Counted> {
    @Override
    public int compare(Counted a, Counted b) {
      int byTime = Long.compare(b.time, a.time);
      return byTime != 0 ? byTime : Integer.compare(a.id, b.id);
    }
  }

  private Summary.Of of() {
    return maps.by() == By.PROCESS ? Summary.Of.PROCESS : Summary.Of.THREAD;
  }

  private static byte[] name(MapReader reader) {
    byte[] comm = new byte[16];
    reader.values().get(reader.valueOffset() + SummaryMaps.NAME, comm, 0, comm.length);
    int length = 0;
    while (length < comm.length && comm[length] != 0) {
      length++;
    }
    return Arrays.copyOf(comm, length);
  }

  /** Programs that saw the other half have ended by then. */
  private static void settle() {
    try {
      Thread.sleep(SETTLE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void remember(long key) {
    if (entryCount == entries.length) {
      entries = Arrays.copyOf(entries, Math.max(256, 2 * entryCount));
    }
    entries[entryCount++] = key;
  }

  /** Empties the half that was read, so that ended processes take no room. */
  private void empty() throws TraceException {
    BpfMap index = session.create(maps.index());
    NativeMemory key = index.newKey();
    for (int i = 0; i < entryCount; i++) {
      key.putLong(0, entries[i]);
      index.delete(key);
    }
    int first = half * maps.cellsAtATime();
    int counter = Control.CELLS + half * Control.NEXT_HALF;
    long used = Math.min(control.getLong(counter) + 1, maps.cellsAtATime());
    cells.clear(first * stride, (int) used * stride);
    control.putLong(counter, 0);
    half = 1 - half;
  }

  /** Adds what a cell says to the counter of its call. */
  private void addCell(Summary summary, int slot, int cell) {
    int at = cell * stride;
    int length = maps.cells().valueSize() / 8;
    long[] last = null;
    if (before != null) {
      last = before[cell];
      if (last == null) {
        last = new long[length];
        before[cell] = last;
      }
    }
    long calls = take(at, SummaryMaps.CALLS, last);
    if (calls == 0) {
      return; // new and about to be counted in, or nothing happened
    }
    CallCounter counter = counter(summary, slot);
    long failed = take(at, SummaryMaps.ERRORS, last);
    counter.addCalls(calls, failed);
    if (last == null) {
      List<long[]> failures = errors.get(cell);
      for (int i = 0; failures != null && i < failures.size(); i++) {
        counter.addErrno((int) failures.get(i)[0], failures.get(i)[1]);
      }
    } else if (settings.errnos()) {
      Untold failures = untold.computeIfAbsent(cell, number -> new Untold());
      failures.count += failed;
      failures.counter = counter;
    }
    addTimes(counter.wallTime(), at + SummaryMaps.WALL, SummaryMaps.WALL, last);
    long longest = counter.wallTime().max();
    if (settings.cpuTimes()) {
      addTimes(counter.systemTime(), at + SummaryMaps.CPU, SummaryMaps.CPU, last);
    }
    LatencyHistogram latency = counter.latency();
    if (latency != null) {
      for (int i = NUMBERS; i < length; i++) {
        latency.record(LatencyBuckets.middle(i - NUMBERS), take(at, 8 * i, last));
      }
      latency.setMax(longest + settings.overhead());
    }
  }

  private CallCounter counter(Summary summary, int slot) {
    if (Slots.isStrange(slot)) {
      Long key = strange.get(slot);
      long number = key == null ? -1 : key;
      return summary.counter(Slots.abi((int) (number >>> 32) & 1), (int) number);
    }
    return summary.counter(Slots.abi(Slots.abiIndex(slot)), Slots.number(slot));
  }

  /** How much a number has grown. */
  private long take(int cell, int offset, long @Nullable [] last) {
    long now = cells.getLong(cell + offset);
    if (last == null) {
      return now;
    }
    long grown = now - last[offset / 8];
    last[offset / 8] = now;
    return grown;
  }

  private void addTimes(CallCounter.Times times, int at, int offset, long @Nullable [] last) {
    long total = take(at - offset, offset + SummaryMaps.TOTAL, last);
    long shortest = cells.getLong(at + SummaryMaps.SHORTEST);
    long longest = cells.getLong(at + SummaryMaps.LONGEST);
    if (last != null) {
      // A call that ends between the two looks may miss being the extreme of either interval.
      cells.putLong(at + SummaryMaps.SHORTEST, 0);
      cells.putLong(at + SummaryMaps.LONGEST, 0);
    }
    if (shortest != 0) {
      times.add(total, ~shortest, longest);
    } else {
      times.add(total, longest, longest);
    }
  }

  private void readStrange() throws TraceException {
    if (control.getLong(Control.STRANGE) == strange.size()) {
      return;
    }
    MapReader reader = new MapReader(session.create(maps.strange()), BATCH);
    reader.rewind();
    while (reader.next()) {
      long key = reader.keys().getLong(reader.keyOffset());
      strange.put(reader.values().getInt(reader.valueOffset()), key);
    }
  }

  /** Errors by cell; with {@link #before} only those that have not been told. */
  private void readErrors() throws TraceException {
    errors.clear();
    if (!settings.errnos()) {
      return;
    }
    BpfMap map = session.create(maps.errors());
    MapReader reader = new MapReader(map, BATCH);
    reader.rewind();
    List<Long> done = new ArrayList<>();
    while (reader.next()) {
      long key = reader.keys().getLong(reader.keyOffset());
      long count = reader.values().getLong(reader.valueOffset());
      int cell = (int) key;
      if (maps.halves()) {
        if (cell / maps.cellsAtATime() != half) {
          continue;
        }
        done.add(key);
      }
      if (before != null) {
        count -= errorsTold.getOrDefault(errorKey(cell, (int) (key >>> 32)), 0L);
      }
      if (count > 0) {
        List<long[]> failures = errors.get(cell);
        if (failures == null) {
          failures = new ArrayList<>();
          errors.put(cell, failures);
        }
        failures.add(new long[] {key >>> 32, count});
      }
    }
    NativeMemory key = map.newKey();
    for (int i = 0; i < done.size(); i++) {
      key.putLong(0, done.get(i));
      map.delete(key);
    }
  }
}
