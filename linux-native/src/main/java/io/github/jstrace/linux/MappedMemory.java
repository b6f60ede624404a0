// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import com.kenai.jffi.DirectCalls;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor's memory, mapped until {@link #close}: after that, whoever still uses {@link
 * #memory} crashes, so the owner of this object lets nobody.
 */
public final class MappedMemory implements AutoCloseable {
  /** asm-generic/mman-common.h. */
  public static final int PROT_READ = 1;

  public static final int PROT_WRITE = 2;
  public static final int MAP_SHARED = 1;
  public static final int MAP_PRIVATE = 2;

  private static final int MAP_ANONYMOUS = 0x20;

  private final NativeMemory memory;
  private boolean closed;

  private MappedMemory(NativeMemory memory) {
    this.memory = memory;
  }

  /**
   * Takes over a mapping.
   *
   * @param address what {@link Libc#mmap} returned, without an error
   * @param size in bytes, as given to it
   */
  public static MappedMemory at(long address, int size) {
    return new MappedMemory(new NativeMemory(DirectCalls.bufferAt(address, size), address));
  }

  /** Zeroed memory of this process that is given back at {@link #close}; null if there is none. */
  public static @Nullable MappedMemory anonymous(int size) {
    long address =
        Libc.get().mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return isError(address) ? null : at(address, size);
  }

  /** Whether what {@link Libc#mmap} returned is {@code -errno}. */
  public static boolean isError(long address) {
    return address < 0 && address >= -4095;
  }

  /** The mapping; not to be used after {@link #close}. */
  public NativeMemory memory() {
    return memory;
  }

  /** Unmaps it. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Libc.get().munmap(memory.address(), memory.size());
    }
  }
}
