// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Programs and maps that a process has put into the kernel, by their ids there. */
record BpfObjects(Set<Integer> programs, Set<Integer> maps) {
  /** Commands of bpf(2). */
  private static final int PROG_GET_FD_BY_ID = 13;

  private static final int MAP_GET_FD_BY_ID = 14;

  /** Those that a process has descriptors of. */
  static BpfObjects of(long pid) {
    BpfObjects result = new BpfObjects(new TreeSet<>(), new TreeSet<>());
    try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fdinfo"))) {
      for (Path file : files.toList()) {
        for (String line : Files.readString(file).split("\n")) {
          if (line.startsWith("prog_id:")) {
            result.programs.add(Integer.parseInt(line.substring(8).strip()));
          } else if (line.startsWith("map_id:")) {
            result.maps.add(Integer.parseInt(line.substring(7).strip()));
          }
        }
      }
    } catch (IOException | UncheckedIOException e) {
      return result; // descriptors come and go
    }
    return result;
  }

  void addAll(BpfObjects others) {
    programs.addAll(others.programs);
    maps.addAll(others.maps);
  }

  /** Waits until the kernel has freed all of them, which it does after a grace period. */
  void assertGone() throws InterruptedException {
    for (int i = 0; i < 200 && !(programs.isEmpty() && maps.isEmpty()); i++) {
      Thread.sleep(10);
      programs.removeIf(id -> !exists(PROG_GET_FD_BY_ID, id));
      maps.removeIf(id -> !exists(MAP_GET_FD_BY_ID, id));
    }
    assertEquals(new BpfObjects(Set.of(), Set.of()), this);
  }

  private static boolean exists(int command, int id) {
    Libc libc = Libc.get();
    NativeMemory attributes = libc.allocate(16);
    attributes.putInt(0, id);
    int bpf = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;
    long fd = libc.syscall(bpf, command, attributes.address(), attributes.size(), 0, 0);
    if (fd >= 0) {
      libc.close((int) fd);
    }
    return fd >= 0;
  }
}
