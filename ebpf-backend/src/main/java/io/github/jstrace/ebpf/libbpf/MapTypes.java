// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.lang.ref.Reference;

/**
 * The types of key and value of a task storage: the kernel wants them as BTF, though it looks at
 * little more than their sizes. Made for one map and closed; the map keeps them in the kernel.
 * Format: Documentation/bpf/btf.rst of Linux 6.1.
 */
final class MapTypes implements AutoCloseable {
  /** Type ids. */
  static final int KEY = 1;

  static final int VALUE = 3;

  private static final int HEADER = 24;
  private static final int MAGIC = 0xeb9f;
  private static final int KIND_INT = 1;
  private static final int KIND_ARRAY = 3;

  /** Of the integer's encoding word. */
  private static final int SIGNED = 1 << 24;

  private static final String STRINGS = "\0int\0long\0";
  private static final int NAME_INT = 1;
  private static final int NAME_LONG = 5;
  private static final int TYPES = 16 + 16 + 24;

  private int fd;

  private MapTypes(int fd) {
    this.fd = fd;
  }

  /**
   * Loads an {@code int} for the key, an array of {@code long} for the value.
   *
   * @param valueSize a multiple of 8
   */
  static MapTypes load(int valueSize) throws TraceException {
    if (valueSize <= 0 || valueSize % 8 != 0) {
      throw new IllegalArgumentException("size of a value in task storage: " + valueSize);
    }
    Libbpf libbpf = Libbpf.get();
    NativeMemory btf = encode(valueSize / 8);
    int fd = libbpf.btfLoad(btf.address(), btf.size(), 0);
    Reference.reachabilityFence(btf);
    if (fd < 0) {
      throw new Refusal(KernelFacts.read()).ofMap(MapType.TASK_STORAGE, "types", -fd);
    }
    return new MapTypes(fd);
  }

  private static NativeMemory encode(int longs) {
    NativeMemory btf = Libc.get().allocate(HEADER + TYPES + STRINGS.length());
    btf.putShort(0, (short) MAGIC);
    btf.putByte(2, (byte) 1);
    btf.putInt(4, HEADER);
    btf.putInt(12, TYPES);
    btf.putInt(16, TYPES);
    btf.putInt(20, STRINGS.length());
    int at = HEADER;
    at = integer(btf, at, NAME_INT, 4);
    at = integer(btf, at, NAME_LONG, 8);
    btf.putInt(at + 4, KIND_ARRAY << 24);
    btf.putInt(at + 12, 2);
    btf.putInt(at + 16, KEY);
    btf.putInt(at + 20, longs);
    at += 24;
    for (int i = 0; i < STRINGS.length(); i++) {
      btf.putByte(at + i, (byte) STRINGS.charAt(i));
    }
    return btf;
  }

  private static int integer(NativeMemory btf, int at, int name, int size) {
    btf.putInt(at, name);
    btf.putInt(at + 4, KIND_INT << 24);
    btf.putInt(at + 8, size);
    btf.putInt(at + 12, SIGNED | 8 * size);
    return at + 16;
  }

  int fd() {
    return fd;
  }

  @Override
  public void close() {
    if (fd >= 0) {
      Libc.get().close(fd);
      fd = -1;
    }
  }
}
