// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.ebpf.libbpf.Needs;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernel memory of a summary: at most 64 MB, on a machine of however many CPUs. */
class SummaryMapsTest {
  private static final long MOST = 64L << 20;

  @ParameterizedTest
  @CsvSource({
    "1, NOTHING, false", "1, NOTHING, true", "1, PROCESS, true", "1, THREAD, true",
    "128, NOTHING, false", "128, NOTHING, true", "128, PROCESS, true", "128, THREAD, false",
    "8192, NOTHING, true", "8192, THREAD, true"
  })
  void isBounded(int cpus, SummaryMaps.By by, boolean histograms) {
    SummaryMaps maps = new SummaryMaps(cpus, by, histograms, true);
    long bytes = Selection.MAX_TASKS;
    for (MapSpec map : all(maps)) {
      bytes += size(map, cpus);
    }
    assertTrue(bytes <= MOST, bytes + " bytes");
    assertEquals(Integer.bitCount(maps.shards()), 1);
    assertTrue(maps.cells().maxEntries() >= 500 * maps.shards());
  }

  private static MapSpec[] all(SummaryMaps maps) {
    return new MapSpec[] {maps.cells(), maps.index(), maps.errors(), maps.strange(), maps.plan()};
  }

  /** kernel/bpf/hashtab.c and arraymap.c of Linux 6.1. */
  private static long size(MapSpec map, int cpus) {
    long value = (map.valueSize() + 7) & -8;
    if (map.type() == MapType.ARRAY) {
      return value * map.maxEntries() + 4096;
    }
    long element = 48 + ((map.keySize() + 7) & -8) + value;
    long buckets = 16L * Integer.highestOneBit(2 * map.maxEntries() - 1);
    return element * (map.maxEntries() + cpus) + buckets;
  }

  /** What the kernel says that they take. Needs the privilege to make them. */
  @ParameterizedTest
  @CsvSource({"128, NOTHING, true", "128, PROCESS, true"})
  void theKernelSaysSoToo(int cpus, SummaryMaps.By by, boolean histograms) throws Exception {
    Needs.bpf();
    SummaryMaps maps = new SummaryMaps(cpus, by, histograms, true);
    long bytes = 0;
    try (BpfSession session = new BpfSession()) {
      for (MapSpec map : all(maps)) {
        bytes += charged(session.create(map).fd());
      }
    }
    assertTrue(bytes > maps.cells().valueSize() * (long) maps.cells().maxEntries(), bytes + "");
    assertTrue(bytes + Selection.MAX_TASKS <= MOST, bytes + " bytes");
  }

  /** {@code memlock} in /proc/PID/fdinfo of a map. */
  private static long charged(int fd) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd))) {
      if (line.startsWith("memlock:")) {
        return Long.parseLong(line.substring(8).strip());
      }
    }
    throw new IllegalStateException("no memlock of " + fd);
  }
}
