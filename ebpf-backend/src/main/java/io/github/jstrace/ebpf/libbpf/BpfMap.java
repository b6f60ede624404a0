// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.MapType;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.MappedMemory;
import io.github.jstrace.linux.NativeMemory;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * A map in the kernel. It lives until {@link #close} and as long as a loaded program uses it.
 *
 * <p>Keys and values are in {@link NativeMemory}, in native byte order, so that nothing is
 * allocated for a look-up. Methods that return an {@code int} return at least 0, or {@code -errno}:
 * that an entry is missing or a map full is no exception. May be used from any thread, with memory
 * of the thread's own, but not during or after {@link #close}.
 */
public final class BpfMap implements AutoCloseable {
  /** Flags of {@link #update}: create or replace; create only; replace only. */
  public static final int BPF_ANY = 0;

  public static final int BPF_NOEXIST = 1;
  public static final int BPF_EXIST = 2;

  // struct bpf_map_create_opts: size, ids of BTF types, flags
  private static final int OPTIONS_SIZE = 48;
  private static final int OPTIONS_BTF_FD = 8;
  private static final int OPTIONS_BTF_KEY_TYPE = 12;
  private static final int OPTIONS_BTF_VALUE_TYPE = 16;
  private static final int OPTIONS_MAP_FLAGS = 28;

  private final Libbpf libbpf;
  private final MapSpec spec;
  private final int keySize;
  private final int valueSize;

  private int fd;
  private @Nullable MappedMemory mapping;

  private BpfMap(Libbpf libbpf, MapSpec spec, int fd) {
    this.libbpf = libbpf;
    this.spec = spec;
    this.keySize = spec.keySize();
    this.valueSize = spec.valueSize();
    this.fd = fd;
  }

  /**
   * bpf_map_create.
   *
   * @param spec of task storage with a size of values that is a multiple of 8; of a ring buffer
   *     with a size of at most 512 MiB
   * @throws TraceException {@link Unavailable} if the kernel or this process lacks what is needed,
   *     {@link BpfException} if the map was refused for another reason
   */
  public static BpfMap create(MapSpec spec) throws TraceException {
    if (spec.type() != MapType.TASK_STORAGE) {
      return create(spec, null);
    }
    try (MapTypes types = MapTypes.load(spec.valueSize())) {
      return create(spec, types);
    }
  }

  private static BpfMap create(MapSpec spec, @Nullable MapTypes types) throws TraceException {
    Libbpf libbpf = Libbpf.get();
    NativeMemory name = Libbpf.string(spec.name());
    NativeMemory options = Libc.get().allocate(OPTIONS_SIZE);
    options.putLong(0, OPTIONS_SIZE);
    options.putInt(OPTIONS_MAP_FLAGS, spec.flags());
    if (types != null) {
      options.putInt(OPTIONS_BTF_FD, types.fd());
      options.putInt(OPTIONS_BTF_KEY_TYPE, MapTypes.KEY);
      options.putInt(OPTIONS_BTF_VALUE_TYPE, MapTypes.VALUE);
    }
    int fd =
        libbpf.mapCreate(
            spec.type().number(),
            name.address(),
            spec.keySize(),
            spec.valueSize(),
            spec.maxEntries(),
            options.address());
    Reference.reachabilityFence(name);
    Reference.reachabilityFence(options);
    if (fd < 0) {
      throw new Refusal(KernelFacts.read()).ofMap(spec.type(), spec.name(), -fd);
    }
    return new BpfMap(libbpf, spec, fd);
  }

  /** The descriptor, which instructions that load the map's address contain; -1 after close. */
  public int fd() {
    return fd;
  }

  /** What it was created from. */
  public MapSpec spec() {
    return spec;
  }

  /**
   * The bytes that a value takes in user space: of a per-CPU map the values of all possible CPUs,
   * each rounded up to 8.
   */
  public int valueSpace() {
    return spec.type().perCpu() ? ((valueSize + 7) & ~7) * libbpf.possibleCpus() : valueSize;
  }

  /** The CPUs that a per-CPU value has a part for, used or not. */
  public int possibleCpus() {
    return libbpf.possibleCpus();
  }

  /** Allocates memory for a key. */
  public NativeMemory newKey() {
    return Libc.get().allocate(Math.max(8, keySize));
  }

  /** Allocates memory for a value, {@link #valueSpace} bytes. */
  public NativeMemory newValue() {
    return Libc.get().allocate(Math.max(8, valueSpace()));
  }

  /**
   * Copies the value of a key.
   *
   * @return 0, or -ENOENT if there is none, or another error negated
   */
  public int lookup(NativeMemory key, NativeMemory value) {
    check(key, value);
    int result = libbpf.mapLookupElem(fd, key.address(), value.address());
    Reference.reachabilityFence(key);
    Reference.reachabilityFence(value);
    return result;
  }

  /**
   * Stores a value.
   *
   * @param flags {@link #BPF_ANY} or another
   * @return 0, or -E2BIG if the map is full, or another error negated
   */
  public int update(NativeMemory key, NativeMemory value, int flags) {
    check(key, value);
    int result = libbpf.mapUpdateElem(fd, key.address(), value.address(), flags);
    Reference.reachabilityFence(key);
    Reference.reachabilityFence(value);
    return result;
  }

  /** Removes an entry: 0, or -ENOENT if there is none, or another error negated. */
  public int delete(NativeMemory key) {
    if (key.size() < keySize) {
      throw new IllegalArgumentException("a key of " + spec + " has " + keySize + " bytes");
    }
    int result = libbpf.mapDeleteElem(fd, key.address());
    Reference.reachabilityFence(key);
    return result;
  }

  /**
   * The key after {@code key}, or the first one.
   *
   * @param key null for the first one
   * @return 0, or -ENOENT after the last one
   */
  public int nextKey(@Nullable NativeMemory key, NativeMemory next) {
    if (next.size() < keySize || (key != null && key.size() < keySize)) {
      throw new IllegalArgumentException("a key of " + spec + " has " + keySize + " bytes");
    }
    int result = libbpf.mapGetNextKey(fd, key == null ? 0 : key.address(), next.address());
    Reference.reachabilityFence(key);
    Reference.reachabilityFence(next);
    return result;
  }

  /** See {@link MapReader}. */
  int lookupBatch(
      long in,
      NativeMemory out,
      NativeMemory keys,
      NativeMemory values,
      NativeMemory count,
      NativeMemory options) {
    return libbpf.mapLookupBatch(
        fd,
        in,
        out.address(),
        keys.address(),
        values.address(),
        count.address(),
        options.address());
  }

  /**
   * The memory of an array with {@link MapSpec#MMAPABLE} (Linux 5.5): entry {@code i} is at {@code
   * i * stride()}. What programs write is seen at once, and what is written here they see. Valid
   * until {@link #close}.
   *
   * @throws BpfException if it cannot be mapped
   */
  public synchronized NativeMemory memory() throws BpfException {
    MappedMemory result = mapping;
    if (result == null) {
      if ((spec.flags() & MapSpec.MMAPABLE) == 0 || fd < 0) {
        throw new IllegalStateException(spec + " cannot be mapped");
      }
      int size = Math.toIntExact((long) stride() * spec.maxEntries());
      long address =
          Libc.get()
              .mmap(
                  0,
                  size,
                  MappedMemory.PROT_READ | MappedMemory.PROT_WRITE,
                  MappedMemory.MAP_SHARED,
                  fd,
                  0);
      if (MappedMemory.isError(address)) {
        throw new BpfException(
            "cannot map the array " + spec + " (" + Libbpf.errorText((int) -address) + ")",
            (int) -address);
      }
      result = MappedMemory.at(address, size);
      mapping = result;
    }
    return result.memory();
  }

  /** Bytes from an entry of an array to the next. */
  public int stride() {
    return (valueSize + 7) & ~7;
  }

  private void check(NativeMemory key, NativeMemory value) {
    if (key.size() < keySize || value.size() < valueSpace()) {
      throw new IllegalArgumentException(
          "a key of " + spec + " has " + keySize + " bytes, a value " + valueSpace());
    }
  }

  /** Unmaps it and closes its descriptor. */
  @Override
  public synchronized void close() {
    MappedMemory mapped = mapping;
    if (mapped != null) {
      mapping = null;
      mapped.close();
    }
    if (fd >= 0) {
      int closing = fd;
      fd = -1;
      Libc.get().close(closing);
    }
  }
}
