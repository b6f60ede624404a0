// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import io.github.jstrace.ebpf.asm.MapSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A map of any type but the ring buffer, with the kernel's error numbers. */
public final class VmMap {
  static final int ENOENT = 2;
  static final int E2BIG = 7;
  static final int EEXIST = 17;
  static final int EINVAL = 22;

  /** Flags of updates: only new keys; only old keys (linux/bpf.h). */
  private static final int NOEXIST = 1;

  private static final int EXIST = 2;

  private final MapSpec spec;
  private final AddressSpace memory;
  private final int cpus;

  /** The values of a key: one, or one per CPU. */
  private final Map<ByteBuffer, Region[]> entries = new LinkedHashMap<>(16, 0.75f, true);

  VmMap(MapSpec spec, AddressSpace memory, int cpus) {
    this.spec = spec;
    this.memory = memory;
    this.cpus = spec.type().perCpu() ? cpus : 1;
    if (isArray()) {
      for (int i = 0; i < spec.maxEntries(); i++) {
        entries.put(ByteBuffer.wrap(key(i)), create());
      }
    }
  }

  private boolean isArray() {
    return switch (spec.type()) {
      case ARRAY, PERCPU_ARRAY -> true;
      default -> false;
    };
  }

  public MapSpec spec() {
    return spec;
  }

  /** A key of 4 bytes. */
  public static byte[] key(int number) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array();
  }

  // --- for tests

  /** The value of a key, to be read or written in place, or null. */
  public @Nullable Region get(byte[] key) {
    return get(key, 0);
  }

  public @Nullable Region get(byte[] key, int cpu) {
    checkKey(key);
    Region[] values = entries.get(ByteBuffer.wrap(key));
    return values == null ? null : values[cpus == 1 ? 0 : cpu];
  }

  /** The value of a key that is there. */
  public Region get(int key) {
    Region value = get(key(key), 0);
    if (value == null) {
      throw new AssertionError(spec + " has no key " + key);
    }
    return value;
  }

  public boolean contains(int key) {
    return get(key(key), 0) != null;
  }

  /** Sets a value as user space does; the same on all CPUs. */
  public void put(byte[] key, byte[] value) {
    for (int cpu = 0; cpu < cpus; cpu++) {
      int error = update(key, value, 0, cpu);
      if (error != 0) {
        throw new AssertionError("update of " + spec + ": " + error);
      }
    }
  }

  public void put(int key, byte[] value) {
    put(key(key), value);
  }

  public void remove(byte[] key) {
    delete(key);
  }

  public int size() {
    return entries.size();
  }

  /** Copies of the keys, least recently used first. */
  public List<byte[]> keys() {
    List<byte[]> keys = new ArrayList<>();
    for (ByteBuffer key : entries.keySet()) {
      keys.add(key.array().clone());
    }
    return keys;
  }

  // --- for helpers

  /** The address of the value, or 0. */
  long lookup(byte[] key, int cpu) {
    Region value = get(key, cpu);
    return value == null ? 0 : value.address();
  }

  int update(byte[] key, byte[] value, long flags, int cpu) {
    checkKey(key);
    if (value.length != spec.valueSize()) {
      throw new Fault("value of " + value.length + " bytes for " + spec);
    }
    if (flags < 0 || flags > EXIST) {
      return -EINVAL;
    }
    Region[] values = entries.get(ByteBuffer.wrap(key));
    if (values != null && flags == NOEXIST) {
      return -EEXIST;
    }
    if (values == null) {
      if (isArray()) {
        return -E2BIG;
      }
      if (flags == EXIST) {
        return -ENOENT;
      }
      if (!makeRoom()) {
        return -E2BIG;
      }
      values = insert(key);
    }
    values[cpus == 1 ? 0 : cpu].putBytes(0, value);
    return 0;
  }

  private boolean makeRoom() {
    if (spec.maxEntries() == 0 || entries.size() < spec.maxEntries()) {
      return true;
    }
    switch (spec.type()) {
      case LRU_HASH, LRU_PERCPU_HASH -> {
        delete(entries.keySet().iterator().next().array());
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  int delete(byte[] key) {
    checkKey(key);
    if (isArray()) {
      return -EINVAL;
    }
    // the values stay readable: a program may hold the address until it returns
    return entries.remove(ByteBuffer.wrap(key)) == null ? -ENOENT : 0;
  }

  /** The value of a task's storage, made if asked for, or 0. */
  long storage(long task, boolean create, byte @Nullable [] initial) {
    byte[] key = ByteBuffer.allocate(8).putLong(task).array();
    Region[] values = entries.get(ByteBuffer.wrap(key));
    if (values == null) {
      if (!create) {
        return 0;
      }
      values = insert(key);
      if (initial != null) {
        values[0].putBytes(0, initial);
      }
    }
    return values[0].address();
  }

  int deleteStorage(long task) {
    byte[] key = ByteBuffer.allocate(8).putLong(task).array();
    return entries.remove(ByteBuffer.wrap(key)) == null ? -ENOENT : 0;
  }

  /** The storage of a task, or null: for tests. */
  public @Nullable Region storage(Task task) {
    Region[] values =
        entries.get(ByteBuffer.wrap(ByteBuffer.allocate(8).putLong(task.struct.address()).array()));
    return values == null ? null : values[0];
  }

  private Region[] insert(byte[] key) {
    Region[] values = create();
    entries.put(ByteBuffer.wrap(key.clone()), values);
    return values;
  }

  private Region[] create() {
    Region[] values = new Region[cpus];
    for (int cpu = 0; cpu < cpus; cpu++) {
      values[cpu] = memory.allocate("value of " + spec, spec.valueSize());
    }
    return values;
  }

  private void checkKey(byte[] key) {
    if (key.length != spec.keySize()) {
      throw new Fault("key of " + key.length + " bytes for " + spec + ": " + Arrays.toString(key));
    }
  }
}
