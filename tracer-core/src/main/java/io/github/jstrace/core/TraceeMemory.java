// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core;

/**
 * The memory of a tracee, wherever its bytes come from: the live process at a stop, or what was
 * captured with an event. A read that fails, wholly or in part, is an ordinary result.
 */
public interface TraceeMemory {
  /** Memory of which nothing can be read. */
  TraceeMemory NONE =
      // no lambda: starts that never use it would pay for it where archives bring it along
      new TraceeMemory() {
        @Override
        public int read(long address, byte[] into, int offset, int length) {
          return 0;
        }
      };

  /**
   * Copies bytes of the tracee.
   *
   * @param address where to begin, as the tracee addresses it
   * @param into the array to fill from {@code offset} on
   * @param length how many bytes are wanted, at least 0
   * @return how many bytes from {@code address} on were readable and are now in {@code into}: 0 to
   *     {@code length}
   */
  int read(long address, byte[] into, int offset, int length);
}
