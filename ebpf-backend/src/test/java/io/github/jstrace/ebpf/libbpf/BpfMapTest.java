// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Maps in the kernel; needs the privilege to make them. */
class BpfMapTest {
  @BeforeEach
  void needs() {
    Needs.bpf();
  }

  @Test
  void storesFindsAndRemoves() throws TraceException {
    try (BpfMap map = BpfMap.create(MapSpec.hash("t", 4, 12, 2))) {
      NativeMemory key = map.newKey();
      NativeMemory value = map.newValue();
      key.putInt(0, 42);
      assertEquals(-Errno.ENOENT, map.lookup(key, value));
      value.putInt(8, 7);
      assertEquals(0, map.update(key, value, BpfMap.BPF_NOEXIST));
      assertEquals(-Errno.EEXIST, map.update(key, value, BpfMap.BPF_NOEXIST));
      value.clear(0, 12);
      assertEquals(0, map.lookup(key, value));
      assertEquals(7, value.getInt(8));
      NativeMemory next = map.newKey();
      assertEquals(0, map.nextKey(null, next));
      assertEquals(42, next.getInt(0));
      assertEquals(-Errno.ENOENT, map.nextKey(key, next));
      key.putInt(0, 43);
      assertEquals(-Errno.ENOENT, map.update(key, value, BpfMap.BPF_EXIST));
      assertEquals(0, map.update(key, value, BpfMap.BPF_ANY));
      key.putInt(0, 44);
      assertEquals(-Errno.E2BIG, map.update(key, value, BpfMap.BPF_ANY), "full");
      key.putInt(0, 42);
      assertEquals(0, map.delete(key));
      assertEquals(-Errno.ENOENT, map.delete(key));
    }
  }

  @Test
  void memoryThatIsTooSmallNeverReachesTheKernel() throws TraceException {
    try (BpfMap map = BpfMap.create(MapSpec.hash("t", 16, 64, 2))) {
      NativeMemory small = Libc.get().allocate(8);
      NativeMemory value = map.newValue();
      assertThrows(IllegalArgumentException.class, () -> map.lookup(small, value));
      assertThrows(IllegalArgumentException.class, () -> map.lookup(map.newKey(), small));
      assertThrows(IllegalArgumentException.class, () -> map.update(small, value, 0));
      assertThrows(IllegalArgumentException.class, () -> map.delete(small));
      assertThrows(IllegalArgumentException.class, () -> map.nextKey(small, map.newKey()));
    }
  }

  @Test
  void readsAllEntriesInFewCalls() throws TraceException {
    int entries = 10_000;
    for (int batch : new int[] {1, 7, 256, 20_000}) {
      try (BpfMap map = BpfMap.create(MapSpec.hash("t", 4, 12, entries))) {
        fill(map, entries);
        MapReader reader = new MapReader(map, batch);
        assertFalse(reader.next(), "not before rewind");
        for (int round = 0; round < 2; round++) {
          BitSet seen = new BitSet();
          reader.rewind();
          while (reader.next()) {
            int key = reader.keys().getInt(reader.keyOffset());
            assertFalse(seen.get(key), "twice: " + key);
            seen.set(key);
            assertEquals(3 * key, reader.values().getInt(reader.valueOffset() + 8));
          }
          assertEquals(0, reader.error());
          assertEquals(entries, seen.cardinality(), "batches of " + batch);
        }
      }
    }
  }

  private static void fill(BpfMap map, int entries) {
    NativeMemory key = map.newKey();
    NativeMemory value = map.newValue();
    for (int i = 0; i < entries; i++) {
      key.putInt(0, i);
      value.putInt(8, 3 * i);
      assertEquals(0, map.update(key, value, BpfMap.BPF_ANY));
    }
  }

  @Test
  void anEmptyMapHasNoEntries() throws TraceException {
    try (BpfMap map = BpfMap.create(MapSpec.hash("t", 8, 8, 100))) {
      MapReader reader = new MapReader(map, 16);
      reader.rewind();
      assertFalse(reader.next());
      assertFalse(reader.next());
      assertEquals(0, reader.error());
    }
  }

  @Test
  void perCpuValuesHaveAPlaceForEachCpu() throws TraceException {
    for (MapSpec spec :
        new MapSpec[] {MapSpec.perCpuHash("t", 4, 12, 50), MapSpec.perCpuArray("t", 12, 50)}) {
      try (BpfMap map = BpfMap.create(spec)) {
        int cpus = map.possibleCpus();
        assertTrue(cpus >= Runtime.getRuntime().availableProcessors());
        assertEquals(16 * cpus, map.valueSpace());
        NativeMemory key = map.newKey();
        NativeMemory value = map.newValue();
        for (int i = 0; i < 50; i++) {
          key.putInt(0, i);
          for (int cpu = 0; cpu < cpus; cpu++) {
            value.putInt(16 * cpu, 100 * i + cpu);
          }
          assertEquals(0, map.update(key, value, BpfMap.BPF_ANY));
        }
        MapReader reader = new MapReader(map, 8);
        reader.rewind();
        int count = 0;
        while (reader.next()) {
          int number = reader.keys().getInt(reader.keyOffset());
          for (int cpu = 0; cpu < cpus; cpu++) {
            assertEquals(
                100 * number + cpu, reader.values().getInt(reader.valueOffset() + 16 * cpu));
          }
          count++;
        }
        assertEquals(50, count, spec + " " + reader.error());
      }
    }
  }

  @Test
  void aMapWithoutBatchesIsReadOneByOne() throws TraceException {
    // the kernel has no batch look-up for cgroup arrays, and no entry either
    MapSpec spec = new MapSpec("t", MapType.CGROUP_ARRAY, 4, 4, 3, 0);
    try (BpfMap map = BpfMap.create(spec)) {
      MapReader reader = new MapReader(map, 8);
      reader.rewind();
      assertFalse(reader.next());
      assertEquals(0, reader.error());
    }
  }

  @Test
  void aMappedArrayIsMemory() throws TraceException {
    MapSpec spec = MapSpec.array("t", 12, 100).withFlags(MapSpec.MMAPABLE);
    try (BpfMap map = BpfMap.create(spec)) {
      NativeMemory memory = map.memory();
      assertEquals(memory, map.memory());
      NativeMemory key = map.newKey();
      NativeMemory value = map.newValue();
      key.putInt(0, 99);
      value.putInt(4, 1234);
      assertEquals(0, map.update(key, value, BpfMap.BPF_ANY));
      assertEquals(1234, memory.getInt(99 * map.stride() + 4));
      memory.putInt(99 * map.stride() + 8, 5678);
      assertEquals(0, map.lookup(key, value));
      assertEquals(5678, value.getInt(8));
    }
    try (BpfMap map = BpfMap.create(MapSpec.array("t", 8, 1))) {
      assertThrows(IllegalStateException.class, map::memory);
    }
  }

  @Test
  void everyKindOfMapCanBeMade() throws TraceException {
    BpfMap.create(MapSpec.taskStorage("t", 64)).close();
    BpfMap.create(MapSpec.ringBuffer("t", 1 << 16)).close();
    BpfMap.create(new MapSpec("t", MapType.LRU_HASH, 4, 8, 10, 0)).close();
    BpfMap.create(new MapSpec("t", MapType.LRU_PERCPU_HASH, 4, 8, 10, 0)).close();
  }

  @Test
  void whatTheKernelRefusesIsOneLine() {
    BpfException e =
        assertThrows(BpfException.class, () -> BpfMap.create(MapSpec.ringBuffer("crooked", 1000)));
    assertEquals(Errno.EINVAL, e.errno());
    assertTrue(e.getMessage().contains("the ring buffer crooked"), e.getMessage());
    assertTrue(e.getMessage().contains("Invalid argument"), e.getMessage());
    assertFalse(e.getMessage().contains("\n"));
  }

  @Test
  void nothingLeaks() throws TraceException {
    everyKindOfMapCanBeMade();
    List<String> before = Needs.openDescriptors();
    for (int i = 0; i < 20; i++) {
      storesFindsAndRemoves();
      aMappedArrayIsMemory();
      everyKindOfMapCanBeMade();
      whatTheKernelRefusesIsOneLine();
      assertThrows(TraceException.class, () -> BpfMap.create(MapSpec.taskStorage("t", 1 << 24)));
      BpfMap twice = BpfMap.create(MapSpec.array("t", 8, 1));
      twice.close();
      twice.close();
      assertEquals(-1, twice.fd());
    }
    assertEquals(before, Needs.openDescriptors());
  }
}
