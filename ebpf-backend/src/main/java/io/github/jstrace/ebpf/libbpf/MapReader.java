// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.lang.ref.Reference;

/**
 * Reads all entries of a hash or array map, many with one system call (BPF_MAP_LOOKUP_BATCH, Linux
 * 5.6) or, where the kernel cannot for that type of map, one by one.
 *
 * <pre>{@code
 * MapReader reader = new MapReader(map, 256);
 * reader.rewind();
 * while (reader.next()) {
 *   ... reader.keys().getInt(reader.keyOffset()) ... reader.values().getLong(reader.valueOffset())
 * }
 * }</pre>
 *
 * <p>Entries that programs add or remove meanwhile may be seen or not. Keep it and use it again: it
 * allocates only when made. One thread at a time.
 */
public final class MapReader {
  private final BpfMap map;
  private final int keySize;
  private final int valueSpace;
  private final NativeMemory options;
  private final NativeMemory count;
  private final NativeMemory firstPosition;
  private final NativeMemory secondPosition;

  private NativeMemory keys;
  private NativeMemory values;
  private int capacity;

  private boolean batches = true;
  private boolean atEnd = true;
  private boolean started;
  private boolean flipped;
  private int filled;
  private int index;
  private int error;

  /**
   * @param map a hash or an array, per CPU or not
   * @param batch how many entries to read at once; more if a bucket of the hash has more
   */
  public MapReader(BpfMap map, int batch) {
    this.map = map;
    keySize = map.spec().keySize();
    valueSpace = map.valueSpace();
    Libc libc = Libc.get();
    // struct bpf_map_batch_opts: size, elem_flags, flags
    options = libc.allocate(24);
    options.putLong(0, 24);
    count = libc.allocate(8);
    firstPosition = libc.allocate(Math.max(8, keySize));
    secondPosition = libc.allocate(Math.max(8, keySize));
    capacity = batch;
    keys = libc.allocate(keySize * batch);
    values = libc.allocate(valueSpace * batch);
  }

  /** Begins anew. */
  public void rewind() {
    atEnd = false;
    started = false;
    filled = 0;
    index = -1;
    error = 0;
  }

  /**
   * Goes to the next entry.
   *
   * @return false after the last one; also if the kernel refuses to go on, see {@link #error}
   */
  public boolean next() {
    index++;
    while (index >= filled) {
      if (atEnd) {
        return false;
      }
      filled = 0;
      index = 0;
      if (batches) {
        readBatch();
      } else {
        readOne();
      }
    }
    return true;
  }

  private NativeMemory position(boolean second) {
    return second ? secondPosition : firstPosition;
  }

  private void readBatch() {
    NativeMemory out = position(!flipped);
    count.putInt(0, capacity);
    int result =
        map.lookupBatch(
            started ? position(flipped).address() : 0, out, keys, values, count, options);
    if (result == -Errno.ENOSPC) {
      grow();
      return;
    }
    if (!started && result < 0 && result != -Errno.ENOENT && result != -Errno.EFAULT) {
      // a type of map that has no batches: EINVAL, ENOTSUPP or EOPNOTSUPP
      batches = false;
      return;
    }
    if (result == 0 || result == -Errno.ENOENT) {
      filled = Math.min(count.getInt(0), capacity);
      atEnd = result != 0;
    } else {
      error = -result;
      atEnd = true;
    }
    started = true;
    flipped = !flipped;
    Reference.reachabilityFence(this);
  }

  /** A bucket of the hash has more entries than there is place for. */
  private void grow() {
    capacity *= 2;
    keys = Libc.get().allocate(Math.multiplyExact(keySize, capacity));
    values = Libc.get().allocate(Math.multiplyExact(valueSpace, capacity));
  }

  private void readOne() {
    int result = map.nextKey(started ? position(flipped) : null, position(!flipped));
    if (result < 0) {
      error = result == -Errno.ENOENT ? 0 : -result;
      atEnd = true;
      return;
    }
    started = true;
    flipped = !flipped;
    NativeMemory key = position(flipped);
    if (map.lookup(key, values) == 0) {
      for (int i = 0; i < keySize; i++) {
        keys.putByte(i, key.getByte(i));
      }
      filled = 1;
    }
  }

  /** Where keys are, the present one at {@link #keyOffset}. Changes with {@link #next}. */
  public NativeMemory keys() {
    return keys;
  }

  public int keyOffset() {
    return index * keySize;
  }

  /** Where values are, the present one at {@link #valueOffset}. Changes with {@link #next}. */
  public NativeMemory values() {
    return values;
  }

  /** Of a per-CPU map where the first CPU's value begins; the others follow at multiples of 8. */
  public int valueOffset() {
    return index * valueSpace;
  }

  /** The error number, positive, that ended the reading early; 0 if none did. */
  public int error() {
    return error;
  }
}
