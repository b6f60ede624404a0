// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import io.github.jstrace.ebpf.asm.Helper;
import io.github.jstrace.ebpf.asm.MapSpec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The kernel's helpers, as bpf-helpers(7) describes them. */
final class Helpers {
  private static final int E2BIG = 7;
  private static final int EAGAIN = 11;
  private static final int EFAULT = 14;
  private static final int EINVAL = 22;

  /** BPF_MAX_LOOPS, kernel/bpf/bpf_iter.c. */
  private static final int MAX_LOOPS = 1 << 23;

  private final Machine machine;
  private final Interpreter interpreter;

  Helpers(Machine machine, Interpreter interpreter) {
    this.machine = machine;
    this.interpreter = interpreter;
  }

  long call(int id, Frame f) {
    Helper helper = Helper.of(id);
    if (helper == null) {
      throw new Fault("helper " + id + " is unknown");
    }
    Task task = machine.current;
    return switch (helper) {
      case MAP_LOOKUP_ELEM -> lookup(f, machine.cpu);
      case MAP_LOOKUP_PERCPU_ELEM -> lookupOther(f);
      case MAP_UPDATE_ELEM -> update(f);
      case MAP_DELETE_ELEM -> map(f).delete(key(f));
      case KTIME_GET_NS, KTIME_GET_BOOT_NS, KTIME_GET_COARSE_NS -> machine.readClock();
      case GET_SMP_PROCESSOR_ID -> machine.cpu;
      case GET_CURRENT_PID_TGID -> (long) task.tgid << 32 | task.tid;
      case GET_CURRENT_UID_GID -> (long) task.gid << 32 | task.uid;
      case GET_CURRENT_COMM -> comm(f);
      case GET_CURRENT_TASK, GET_CURRENT_TASK_BTF -> task.struct.address();
      case GET_CURRENT_CGROUP_ID -> task.cgroups.get(task.cgroups.size() - 1);
      case GET_CURRENT_ANCESTOR_CGROUP_ID -> ancestor(f.get(1));
      case CURRENT_TASK_UNDER_CGROUP -> underCgroup(f);
      case PROBE_READ_USER -> probe(f, machine.user());
      case PROBE_READ_KERNEL -> probe(f, machine.kernel());
      case PROBE_READ_USER_STR -> probeString(f, machine.user());
      case PROBE_READ_KERNEL_STR -> probeString(f, machine.kernel());
      case RINGBUF_OUTPUT -> {
        byte[] record = bytes(f.get(2), size(f.get(3)));
        yield ring(f.get(1)).output(record, f.get(4));
      }
      case RINGBUF_RESERVE -> ring(f.get(1)).reserve(f.get(2));
      case RINGBUF_SUBMIT -> {
        ringOf(f.get(1)).submit(f.get(1), f.get(2));
        yield 0;
      }
      case RINGBUF_DISCARD -> {
        ringOf(f.get(1)).discard(f.get(1), f.get(2));
        yield 0;
      }
      case RINGBUF_QUERY -> ring(f.get(1)).query(f.get(2));
      case TASK_STORAGE_GET -> storage(f);
      case TASK_STORAGE_DELETE -> map(f).deleteStorage(f.get(2));
      case LOOP -> loop(f);
      case FOR_EACH_MAP_ELEM -> forEach(f);
      default -> throw new Fault("helper " + helper + " is not modelled");
    };
  }

  // --- maps

  private VmMap map(Frame f) {
    return machine.map(interpreter.mapOf(f.get(1)));
  }

  private byte[] key(Frame f) {
    return bytes(f.get(2), map(f).spec().keySize());
  }

  private long lookup(Frame f, int cpu) {
    return map(f).lookup(key(f), cpu);
  }

  private long lookupOther(Frame f) {
    long cpu = f.get(3);
    return cpu < 0 || cpu >= Machine.CPUS ? 0 : lookup(f, (int) cpu);
  }

  private long update(Frame f) {
    byte[] value = bytes(f.get(3), map(f).spec().valueSize());
    return map(f).update(key(f), value, f.get(4), machine.cpu);
  }

  private long storage(Frame f) {
    VmMap map = map(f);
    long initial = f.get(3);
    long flags = f.get(4);
    if (f.get(2) == 0 || (flags & ~1) != 0) {
      return 0;
    }
    byte[] value = initial == 0 ? null : bytes(initial, map.spec().valueSize());
    return map.storage(f.get(2), flags == 1, value);
  }

  private RingBuffer ring(long handle) {
    return machine.ring(interpreter.mapOf(handle));
  }

  private RingBuffer ringOf(long record) {
    RingBuffer ring = machine.ringHolding(record);
    if (ring == null) {
      throw new Fault("not a reserved record: 0x" + Long.toHexString(record));
    }
    return ring;
  }

  private long loop(Frame f) {
    long count = f.get(1) & 0xffffffffL;
    if (f.get(4) != 0) {
      return -EINVAL;
    }
    if (count > MAX_LOOPS) {
      return -E2BIG;
    }
    for (long i = 0; i < count; i++) {
      if (interpreter.callback(f, f.get(2), i, f.get(3)) != 0) {
        return i + 1;
      }
    }
    return count;
  }

  private long forEach(Frame f) {
    if (f.get(4) != 0) {
      return -EINVAL;
    }
    VmMap map = map(f);
    List<byte[]> keys = map.keys();
    long done = 0;
    for (byte[] key : keys) {
      Region copy = machine.kernel().allocate("key", key);
      long value = map.lookup(key, machine.cpu);
      long stop = interpreter.callback(f, f.get(2), f.get(1), copy.address(), value, f.get(3));
      machine.kernel().free(copy);
      done++;
      if (stop != 0) {
        break;
      }
    }
    return done;
  }

  // --- memory

  private static int size(long size) {
    if (size < 0 || size > 1 << 29) {
      throw new Fault("size " + size);
    }
    return (int) size;
  }

  /** Bytes that a helper reads: they must be there, all in one piece. */
  private byte[] bytes(long address, int size) {
    Region region = machine.find(address, size);
    if (region == null) {
      throw new Fault(
          "helper reads " + size + " bytes at 0x" + Long.toHexString(address) + ": nothing");
    }
    return region.read((int) (address - region.address()), size);
  }

  private void put(long address, byte[] bytes) {
    Region region = machine.find(address, bytes.length);
    if (region == null) {
      throw new Fault(
          "helper writes "
              + bytes.length
              + " bytes at 0x"
              + Long.toHexString(address)
              + ": nothing");
    }
    region.putBytes((int) (address - region.address()), bytes);
  }

  private long probe(Frame f, AddressSpace space) {
    int size = size(f.get(2));
    byte @Nullable [] bytes = space.tryRead(f.get(3), size);
    put(f.get(1), bytes == null ? new byte[size] : bytes);
    return bytes == null ? -EFAULT : 0;
  }

  /** The length with its NUL; the kernel leaves the rest of the destination, or parts of it. */
  private long probeString(Frame f, AddressSpace space) {
    int size = size(f.get(2));
    long source = f.get(3);
    long to = f.get(1);
    if (machine.find(to, size) == null) {
      throw new Fault("helper writes " + size + " bytes at 0x" + Long.toHexString(to));
    }
    if (size == 0) {
      return 0;
    }
    byte[] string = new byte[size];
    for (int i = 0; i < size; i++) {
      byte @Nullable [] one = space.tryRead(source + i, 1);
      if (one == null) {
        put(to, new byte[size]);
        return -EFAULT;
      }
      string[i] = i == size - 1 ? 0 : one[0];
      if (string[i] == 0) {
        put(to, Arrays.copyOf(string, i + 1));
        return i + 1;
      }
    }
    throw new AssertionError();
  }

  private long comm(Frame f) {
    int size = size(f.get(2));
    byte[] name = machine.current.comm.getBytes(StandardCharsets.ISO_8859_1);
    byte[] padded = Arrays.copyOf(name, size);
    padded[size - 1] = 0;
    put(f.get(1), padded);
    return 0;
  }

  // --- control groups

  private long ancestor(long level) {
    List<Long> cgroups = machine.current.cgroups;
    return level < 0 || level >= cgroups.size() ? 0 : cgroups.get((int) level);
  }

  /** Entries of the array are the ids of control groups; the kernel's are descriptors. */
  private long underCgroup(Frame f) {
    MapSpec spec = interpreter.mapOf(f.get(1));
    int index = (int) f.get(2);
    if (index < 0 || index >= spec.maxEntries()) {
      return -E2BIG;
    }
    Region entry = machine.map(spec).get(VmMap.key(index));
    if (entry == null) {
      return -EAGAIN;
    }
    return machine.current.cgroups.contains((long) entry.getInt(0)) ? 1 : 0;
  }
}
