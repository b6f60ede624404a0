// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/**
 * What a map shall be; programs refer to maps by these objects (by identity, not by name), and get
 * the descriptors of what was created from them when they are loaded. Sizes are bytes.
 */
public final class MapSpec {
  /** Hash maps: entries are allocated when made, not all in advance. */
  public static final int NO_PREALLOC = 1;

  /** Programs may only read. */
  public static final int READ_ONLY_PROGRAM = 1 << 7;

  /** Arrays: user space can map the values into its memory. */
  public static final int MMAPABLE = 1 << 10;

  private final String name;
  private final MapType type;
  private final int keySize;
  private final int valueSize;
  private final int maxEntries;
  private final int flags;

  /**
   * @param name at most 15 of A-Z, a-z, 0-9, '_', '.'
   */
  public MapSpec(String name, MapType type, int keySize, int valueSize, int maxEntries, int flags) {
    ObjectName.check(name);
    this.name = name;
    this.type = type;
    this.keySize = keySize;
    this.valueSize = valueSize;
    this.maxEntries = maxEntries;
    this.flags = flags;
  }

  /** Values numbered from 0, all there from the beginning, zeroed. */
  public static MapSpec array(String name, int valueSize, int entries) {
    return new MapSpec(name, MapType.ARRAY, 4, valueSize, entries, 0);
  }

  public static MapSpec perCpuArray(String name, int valueSize, int entries) {
    return new MapSpec(name, MapType.PERCPU_ARRAY, 4, valueSize, entries, 0);
  }

  public static MapSpec hash(String name, int keySize, int valueSize, int maxEntries) {
    return new MapSpec(name, MapType.HASH, keySize, valueSize, maxEntries, 0);
  }

  public static MapSpec perCpuHash(String name, int keySize, int valueSize, int maxEntries) {
    return new MapSpec(name, MapType.PERCPU_HASH, keySize, valueSize, maxEntries, 0);
  }

  /**
   * A value per task, freed with it. The kernel wants BTF of such a map: a key type of 4 bytes, an
   * int, and a value type of the value's size.
   */
  public static MapSpec taskStorage(String name, int valueSize) {
    return new MapSpec(name, MapType.TASK_STORAGE, 4, valueSize, 0, NO_PREALLOC);
  }

  /**
   * @param size a power of two and a multiple of the page size
   */
  public static MapSpec ringBuffer(String name, int size) {
    return new MapSpec(name, MapType.RINGBUF, 0, 0, size, 0);
  }

  /** This with more flags ({@code BPF_F_*} of map creation). */
  public MapSpec withFlags(int more) {
    return new MapSpec(name, type, keySize, valueSize, maxEntries, flags | more);
  }

  public String name() {
    return name;
  }

  public MapType type() {
    return type;
  }

  public int keySize() {
    return keySize;
  }

  public int valueSize() {
    return valueSize;
  }

  public int maxEntries() {
    return maxEntries;
  }

  public int flags() {
    return flags;
  }

  @Override
  public String toString() {
    return name;
  }
}
