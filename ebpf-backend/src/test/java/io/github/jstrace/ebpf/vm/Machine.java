// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.ebpf.asm.Program;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A machine with memory, maps, a clock and a current task, which runs programs:
 *
 * <pre>{@code
 * Machine machine = new Machine();
 * Region regs = machine.kernel().allocate("pt_regs", 168).putLong(112, fd);
 * Region path = machine.user().allocate("path", "/etc/passwd");
 * machine.run(sysEnter, regs.address(), 257);
 * machine.map(COUNTS).get(257).getLong(0);
 * }</pre>
 */
public final class Machine {
  public static final int CPUS = 4;
  private static final long KERNEL = 0xffff_8881_0000_0000L;
  private static final long USER = 0x5555_0000_0000L;
  private static final int TASK_STRUCT = 16384;

  private final AddressSpace kernel = new AddressSpace(KERNEL);
  private final AddressSpace user = new AddressSpace(USER);
  private final Map<MapSpec, VmMap> maps = new IdentityHashMap<>();
  private final Map<MapSpec, RingBuffer> rings = new IdentityHashMap<>();

  /** What bpf_ktime_get_ns gives, in ns. */
  public long now = 1_000_000_000L;

  /** What every reading of the clock adds to it. */
  public long tick;

  /** The CPU that programs run on: 0 to {@link #CPUS} - 1. */
  public int cpu;

  /** The thread that programs run on. */
  public Task current;

  /** As many slots are executed before a program counts as endless. */
  public int maxSteps = 1_000_000;

  /**
   * Loads from addresses where nothing is give 0, as the kernel does it for pointers that it knows
   * to be structs of its own (BTF tracepoints).
   */
  public boolean readsZeroOutside;

  public Machine() {
    current = task(1000, 1000);
  }

  /** Memory of the kernel: what loads reach and probe_read_kernel reads. */
  public AddressSpace kernel() {
    return kernel;
  }

  /** Memory of the tracee: what probe_read_user reads. */
  public AddressSpace user() {
    return user;
  }

  /** A new thread; it becomes the current one only by assignment. */
  public Task task(int tid, int tgid) {
    return new Task(tid, tgid, kernel.allocate("task_struct", TASK_STRUCT));
  }

  /** The map made from that specification, made now if it was not there. */
  public VmMap map(MapSpec spec) {
    VmMap map = maps.get(spec);
    if (map == null) {
      if (spec.type() == MapType.RINGBUF) {
        throw new IllegalArgumentException(spec + " is a ring buffer");
      }
      map = new VmMap(spec, kernel, CPUS);
      maps.put(spec, map);
    }
    return map;
  }

  public RingBuffer ring(MapSpec spec) {
    RingBuffer ring = rings.get(spec);
    if (ring == null) {
      if (spec.type() != MapType.RINGBUF) {
        throw new IllegalArgumentException(spec + " is no ring buffer");
      }
      ring = new RingBuffer(spec, kernel);
      rings.put(spec, ring);
    }
    return ring;
  }

  /**
   * Runs a program with a context of 64-bit words, as raw and BTF tracepoints have it.
   *
   * @return R0
   * @throws Fault if the program does what it must not
   */
  public long run(Program program, long... context) {
    Region words = kernel.allocate("context", 8 * context.length);
    for (int i = 0; i < context.length; i++) {
      words.putLong(8 * i, context[i]);
    }
    long result = new Interpreter(this, program).run(words.address());
    kernel.free(words);
    for (RingBuffer ring : rings.values()) {
      ring.checkReleased();
    }
    return result;
  }

  long readClock() {
    now += tick;
    return now;
  }

  @Nullable RingBuffer ringHolding(long record) {
    for (RingBuffer ring : rings.values()) {
      if (ring.holds(record)) {
        return ring;
      }
    }
    return null;
  }

  @Nullable Region find(long address, int size) {
    return kernel.find(address, size);
  }
}
