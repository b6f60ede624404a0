// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.core.summary.CallCounter;
import io.github.jstrace.core.summary.LatencyHistogram;
import io.github.jstrace.core.summary.Summary;
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

  private final Map<Long, Long> errorsBefore = new HashMap<>();
  private final Map<Integer, Long> strange = new HashMap<>();

  private long lostBefore;

  /** The half that was counted in last, and its entries. */
  private int half;

  private long[] entries = {};
  private int entryCount;
  private @Nullable CallCounter[] counterOfCell = {};

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

  /** What was counted since the last reading, or since the beginning without intervals. */
  List<Summary> read() throws TraceException {
    counterOfCell = new CallCounter[maps.cells().maxEntries()];
    readStrange();
    List<Summary> result = new ArrayList<>();
    if (maps.by() == By.NOTHING) {
      result.add(readAll());
    } else {
      readByTask(result);
    }
    readErrors();
    if (maps.halves()) {
      empty();
    }
    long lost = lost();
    if (!result.isEmpty()) {
      result.get(0).addLost(lost - lostBefore);
      lostBefore = lost;
    }
    return result;
  }

  /** Calls that were not counted since the beginning, for want of memory. */
  long lost() {
    return control.getLong(Control.MISSED) + control.getLong(Control.UNCOUNTED);
  }

  private Summary newSummary() {
    return new Summary(settings.latency(), settings.overhead());
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

  private void readByTask(List<Summary> result) throws TraceException {
    if (maps.halves()) {
      control.putLong(Control.HALF, 1 - half);
      settle();
    }
    Map<Integer, Summary> byId = new HashMap<>();
    Map<Integer, Integer> named = new HashMap<>();
    MapReader reader = new MapReader(session.create(maps.index()), BATCH);
    reader.rewind();
    entryCount = 0;
    while (reader.next()) {
      long key = reader.keys().getLong(reader.keyOffset());
      int id = (int) key;
      int slot = (int) (key >>> 32);
      if (maps.halves()) {
        if (slot >>> SummaryMaps.HALF_SHIFT != half) {
          continue;
        }
        slot &= (1 << SummaryMaps.HALF_SHIFT) - 1;
        remember(key);
      }
      int cell = reader.values().getInt(reader.valueOffset() + SummaryMaps.CELL);
      Summary summary = byId.get(id);
      if (summary == null) {
        summary = newSummary();
        byId.put(id, summary);
      }
      // the youngest entry has the name that came last
      Integer last = named.get(id);
      if (last == null || last < cell) {
        named.put(id, cell);
        summary.setOf(of(), id, name(reader));
      }
      addCell(summary, slot, cell);
    }
    for (Summary summary : byId.values()) {
      if (time(summary) > 0) {
        result.add(summary);
      }
    }
    result.sort(new ByTime());
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

  /** Those that spent most time in calls first. */
  private final class ByTime implements Comparator<Summary> {
    @Override
    public int compare(Summary a, Summary b) {
      int byTime = Long.compare(time(b), time(a));
      return byTime != 0 ? byTime : Integer.compare(a.id(), b.id());
    }
  }

  /** Time in all calls, in nanoseconds, and 1 for each call, so that only nothing is 0. */
  private static long time(Summary summary) {
    long time = 0;
    for (io.github.jstrace.tables.Abi abi : io.github.jstrace.tables.Abi.values()) {
      for (CallCounter counter : summary.of(abi)) {
        time += counter.calls() + counter.wallTime().total();
      }
    }
    return time;
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
    counterOfCell[cell] = counter;
    counter.addCalls(calls, take(at, SummaryMaps.ERRORS, last));
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

  private void readErrors() throws TraceException {
    if (!settings.errnos()) {
      return;
    }
    BpfMap errors = session.create(maps.errors());
    MapReader reader = new MapReader(errors, BATCH);
    reader.rewind();
    List<Long> done = new ArrayList<>();
    while (reader.next()) {
      long key = reader.keys().getLong(reader.keyOffset());
      long count = reader.values().getLong(reader.valueOffset());
      if (maps.halves()) {
        if ((int) key / maps.cellsAtATime() != half) {
          continue;
        }
        done.add(key);
      }
      CallCounter counter = counterOfCell[(int) key];
      if (before != null) {
        Long last = errorsBefore.put(key, count);
        count -= last == null ? 0 : last;
      }
      if (counter != null && count > 0) {
        counter.addErrno((int) (key >>> 32), count);
      }
    }
    NativeMemory key = errors.newKey();
    for (int i = 0; i < done.size(); i++) {
      key.putLong(0, done.get(i));
      errors.delete(key);
    }
  }
}
