// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.Map;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * The kernel of this computer as the judge of programs: bpf(2) without libbpf and without what
 * jstrace itself uses to load. Offsets are those of {@code union bpf_attr}, linux/bpf.h.
 */
public final class KernelBpf implements AutoCloseable {
  /** The C library, of which only this is needed. */
  public interface C {
    long syscall(long number, long command, long attr, long size);

    int close(int fd);
  }

  private static final int MAP_CREATE = 0;
  private static final int MAP_LOOKUP = 1;
  private static final int MAP_UPDATE = 2;
  private static final int PROG_LOAD = 5;
  private static final int TEST_RUN = 10;
  private static final int RAW_TRACEPOINT = 17;

  private static final int ATTR = 160;
  private static final int LOG = 16 << 20;

  private final C c = LibraryLoader.create(C.class).load("c");
  private final Runtime runtime = Runtime.getRuntime(c);
  private final Libc libc = Libc.get();
  private final NativeMemory attr = libc.allocate(ATTR);
  private final NativeMemory log = libc.allocate(LOG);
  private final NativeMemory buffer = libc.allocate(65536);
  private final Map<MapSpec, Integer> maps = new IdentityHashMap<>();

  /** What the verifier said about the last program. */
  private String lastLog = "";

  /** Skips the calling test where the kernel lets only others do this. */
  public static KernelBpf open() {
    assumeTrue(Libc.get().geteuid() == 0, "needs root (CAP_BPF and CAP_PERFMON)");
    return new KernelBpf();
  }

  private int bpf(int command) {
    long number = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;
    int result = (int) c.syscall(number, command, attr.address(), ATTR);
    return result < 0 ? -runtime.getLastError() : result;
  }

  private static int checked(String what, int result) {
    if (result < 0) {
      throw new AssertionError(what + ": error " + -result);
    }
    return result;
  }

  private int fd(MapSpec map) {
    Integer fd = maps.get(map);
    if (fd != null) {
      return fd;
    }
    attr.clear(0, ATTR);
    attr.putInt(0, map.type().number());
    attr.putInt(4, map.keySize());
    attr.putInt(8, map.valueSize());
    attr.putInt(12, map.maxEntries());
    attr.putInt(16, map.flags());
    byte[] name = map.name().getBytes(StandardCharsets.US_ASCII);
    attr.put(28, name, 0, name.length);
    int created = checked("map " + map, bpf(MAP_CREATE));
    maps.put(map, created);
    return created;
  }

  /**
   * Loads a program for a raw tracepoint; {@link #log} has what the verifier said.
   *
   * @return its descriptor, or the error number negated
   */
  public int load(Program program) {
    long[] code = program.link(this::fd);
    NativeMemory instructions = libc.allocate(8 * code.length);
    for (int i = 0; i < code.length; i++) {
      instructions.putLong(8 * i, code[i]);
    }
    byte[] license = "GPL\0".getBytes(StandardCharsets.US_ASCII);
    buffer.put(0, license, 0, license.length);
    attr.clear(0, ATTR);
    attr.putInt(0, RAW_TRACEPOINT);
    attr.putInt(4, code.length);
    attr.putLong(8, instructions.address());
    attr.putLong(16, buffer.address());
    attr.putInt(24, 2);
    attr.putInt(28, LOG);
    attr.putLong(32, log.address());
    log.putByte(0, (byte) 0);
    int fd = bpf(PROG_LOAD);
    int end = 0;
    while (log.getByte(end) != 0) {
      end++;
    }
    lastLog = new String(log.bytes(0, end), StandardCharsets.ISO_8859_1);
    return fd;
  }

  public String log() {
    return lastLog;
  }

  /** Runs a program that was loaded with a context of 64-bit words; returns what it returned. */
  public int run(int program, long... context) {
    for (int i = 0; i < context.length; i++) {
      buffer.putLong(8 * i, context[i]);
    }
    attr.clear(0, ATTR);
    attr.putInt(0, program);
    attr.putInt(40, 8 * context.length);
    attr.putLong(48, buffer.address());
    checked("run", bpf(TEST_RUN));
    return attr.getInt(4);
  }

  private void element(MapSpec map, int key) {
    buffer.putInt(0, key);
    attr.clear(0, ATTR);
    attr.putInt(0, fd(map));
    attr.putLong(8, buffer.address());
    attr.putLong(16, buffer.address() + 8);
  }

  public byte[] get(MapSpec map, int key) {
    element(map, key);
    checked("look-up in " + map, bpf(MAP_LOOKUP));
    return buffer.bytes(8, map.valueSize());
  }

  public void put(MapSpec map, int key, byte[] value) {
    buffer.put(8, value, 0, value.length);
    element(map, key);
    checked("update of " + map, bpf(MAP_UPDATE));
  }

  public void unload(int program) {
    c.close(program);
  }

  @Override
  public void close() {
    for (int fd : maps.values()) {
      c.close(fd);
    }
    maps.clear();
  }
}
