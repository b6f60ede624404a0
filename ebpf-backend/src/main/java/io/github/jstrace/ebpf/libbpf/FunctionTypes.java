// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.lang.ref.Reference;

/**
 * The types of a program's functions: the kernel wants them as BTF of a program that hands one of
 * them to a helper, though it looks at little more than that they are functions. Made for one
 * program and closed; the program keeps them in the kernel. Format: Documentation/bpf/btf.rst of
 * Linux 6.1.
 */
final class FunctionTypes implements AutoCloseable {
  /** Size of a {@code struct bpf_func_info}: where the function begins, and its type's id. */
  static final int RECORD = 8;

  private static final int HEADER = 24;
  private static final int MAGIC = 0xeb9f;
  private static final int KIND_INT = 1;
  private static final int KIND_FUNC = 12;
  private static final int KIND_FUNC_PROTO = 13;
  private static final int SIGNED_32_BITS = 1 << 24 | 32;

  private static final String STRINGS = "\0int\0function\0";
  private static final int NAME_INT = 1;
  private static final int NAME_FUNCTION = 5;

  /** An int, a prototype that gives one, a function of that prototype. */
  private static final int TYPES = 16 + 12 + 12;

  private static final int FUNCTION = 3;

  private final NativeMemory records;
  private final int count;
  private int fd;

  private FunctionTypes(int fd, NativeMemory records, int count) {
    this.fd = fd;
    this.records = records;
    this.count = count;
  }

  /**
   * Loads one type for all functions.
   *
   * @param functions the slots where they begin, in order
   */
  static FunctionTypes load(int[] functions) throws TraceException {
    NativeMemory btf = encode();
    int fd = Libbpf.get().btfLoad(btf.address(), btf.size(), 0);
    Reference.reachabilityFence(btf);
    if (fd < 0) {
      throw new BpfException("the kernel refuses types of functions (error " + -fd + ")", -fd);
    }
    NativeMemory records = Libc.get().allocate(RECORD * functions.length);
    for (int i = 0; i < functions.length; i++) {
      records.putInt(RECORD * i, functions[i]);
      records.putInt(RECORD * i + 4, FUNCTION);
    }
    return new FunctionTypes(fd, records, functions.length);
  }

  private static NativeMemory encode() {
    NativeMemory btf = Libc.get().allocate(HEADER + TYPES + STRINGS.length());
    btf.putShort(0, (short) MAGIC);
    btf.putByte(2, (byte) 1);
    btf.putInt(4, HEADER);
    btf.putInt(12, TYPES);
    btf.putInt(16, TYPES);
    btf.putInt(20, STRINGS.length());
    btf.putInt(HEADER, NAME_INT);
    btf.putInt(HEADER + 4, KIND_INT << 24);
    btf.putInt(HEADER + 8, 4);
    btf.putInt(HEADER + 12, SIGNED_32_BITS);
    btf.putInt(HEADER + 20, KIND_FUNC_PROTO << 24);
    btf.putInt(HEADER + 24, 1);
    btf.putInt(HEADER + 28, NAME_FUNCTION);
    btf.putInt(HEADER + 32, KIND_FUNC << 24);
    btf.putInt(HEADER + 36, 2);
    for (int i = 0; i < STRINGS.length(); i++) {
      btf.putByte(HEADER + TYPES + i, (byte) STRINGS.charAt(i));
    }
    return btf;
  }

  int fd() {
    return fd;
  }

  /** As many {@code struct bpf_func_info} as {@link #count} says. */
  NativeMemory records() {
    return records;
  }

  int count() {
    return count;
  }

  @Override
  public void close() {
    if (fd >= 0) {
      Libc.get().close(fd);
      fd = -1;
    }
  }
}
