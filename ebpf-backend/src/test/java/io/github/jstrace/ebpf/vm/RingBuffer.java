// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import io.github.jstrace.ebpf.asm.MapSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A ring buffer as programs see it; sizes and positions as the kernel counts them. */
public final class RingBuffer {
  private static final int EAGAIN = 11;
  private static final int HEADER = 8;

  /** Flags of output, submit and discard (linux/bpf.h). */
  private static final int NO_WAKEUP = 1;

  private static final int FORCE_WAKEUP = 2;

  private final MapSpec spec;
  private final AddressSpace memory;
  private final Map<Long, Region> reserved = new HashMap<>();

  /** In order; discarded ones keep their room until the reader passes. */
  private final Deque<Record> records = new ArrayDeque<>();

  private long produced;
  private long consumed;
  private int wakeups;

  private record Record(byte[] bytes, boolean discarded) {}

  RingBuffer(MapSpec spec, AddressSpace memory) {
    this.spec = spec;
    this.memory = memory;
  }

  /** Takes the records out, in order. */
  public List<byte[]> drain() {
    List<byte[]> drained = new ArrayList<>();
    for (Record record : records) {
      consumed += space(record.bytes.length);
      if (!record.discarded) {
        drained.add(record.bytes);
      }
    }
    records.clear();
    return drained;
  }

  /** How often the reader was to be woken. */
  public int wakeups() {
    return wakeups;
  }

  private static long space(int length) {
    return (HEADER + length + 7L) / 8 * 8;
  }

  private boolean reserveSpace(long length) {
    if (length < 0 || length > spec.maxEntries() - HEADER) {
      return false;
    }
    long space = space((int) length);
    if (produced - consumed + space > spec.maxEntries()) {
      return false;
    }
    produced += space;
    return true;
  }

  int output(byte[] bytes, long flags) {
    if (!reserveSpace(bytes.length)) {
      return -EAGAIN;
    }
    records.add(new Record(bytes, false));
    wake(flags);
    return 0;
  }

  long reserve(long size) {
    if (!reserveSpace(size)) {
      return 0;
    }
    Region record = memory.allocateUndefined("record", (int) size);
    reserved.put(record.address(), record);
    return record.address();
  }

  boolean holds(long record) {
    return reserved.containsKey(record);
  }

  void submit(long address, long flags) {
    records.add(new Record(release(address).bytes(), false));
    wake(flags);
  }

  void discard(long address, long flags) {
    records.add(new Record(release(address).bytes(), true));
    wake(flags);
  }

  private Region release(long address) {
    Region record = reserved.remove(address);
    if (record == null) {
      throw new Fault("not a reserved record: 0x" + Long.toHexString(address));
    }
    memory.free(record);
    return record;
  }

  private void wake(long flags) {
    if ((flags & FORCE_WAKEUP) != 0 || (flags & NO_WAKEUP) == 0) {
      wakeups++;
    }
  }

  long query(long what) {
    return switch ((int) what) {
      case 0 -> produced - consumed;
      case 1 -> spec.maxEntries();
      case 2 -> consumed;
      case 3 -> produced;
      default -> 0;
    };
  }

  /** A program must not return while it holds a record. */
  void checkReleased() {
    if (!reserved.isEmpty()) {
      throw new Fault("record of " + spec + " neither submitted nor discarded");
    }
  }
}
