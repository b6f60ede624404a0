// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Reads this very process, which the kernel treats like any other. */
class RemoteMemoryTest {
  private static final int PAGE = 4096;
  private final Libc libc = Libc.get();
  private final RemoteMemory remote = new RemoteMemory(libc);
  private final int pid = libc.getpid();

  /** {@code pages} readable pages followed by one that is not. */
  private long pagesBeforeAHole(int pages) {
    int length = (pages + 1) * PAGE;
    // PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS
    long address = libc.mmap(0, length, 3, 0x22, -1, 0);
    assertEquals(0, libc.munmap(address + (long) pages * PAGE, PAGE));
    return address;
  }

  private void fill(long address, byte[] with) {
    NativeMemory source = libc.allocate(with.length);
    source.put(0, with, 0, with.length);
    assertEquals(with.length, remote.write(pid, address, with, 0, with.length));
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + i / 251);
    }
    return bytes;
  }

  @Test
  void readsUpToTheFault() {
    for (int pages : new int[] {1, 2, 20, 300}) {
      long address = pagesBeforeAHole(pages);
      byte[] expected = pattern(pages * PAGE);
      fill(address, expected);
      byte[] got = new byte[(pages + 1) * PAGE];
      assertEquals(pages * PAGE, remote.read(pid, address, got, 0, got.length), pages + " pages");
      assertArrayEquals(expected, Arrays.copyOf(got, pages * PAGE));
      long nearEnd = address + (long) pages * PAGE - 3;
      assertEquals(3, remote.read(pid, nearEnd, got, 7, 100));
      assertEquals(expected[expected.length - 3], got[7]);
      assertEquals(-Errno.EFAULT, remote.read(pid, nearEnd + 3, got, 0, 1));
    }
  }

  @Test
  void wildAddressesAreErrors() {
    byte[] into = new byte[64];
    for (long address : new long[] {0, 1, -1, -8, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 47}) {
      assertEquals(
          -Errno.EFAULT, remote.read(pid, address, into, 0, 64), Long.toHexString(address));
    }
    assertEquals(0, remote.read(pid, 0, into, 0, 0));
    assertEquals(-Errno.ESRCH, remote.read(0x7ffffff0, 4096, into, 0, 8));
    assertEquals(42, remote.readLong(pid, 0, 42));
  }

  @Test
  void oneUnreadableRangeDoesNotHideTheOthers() {
    long address = pagesBeforeAHole(2);
    byte[] expected = pattern(2 * PAGE);
    fill(address, expected);
    NativeMemory into = libc.allocate(64 * 1024);
    long[] starts = {address, 0, address + 2 * PAGE - 10, address + 100, 16, address + PAGE - 4};
    int[] lengths = {16, 8, 32, 0, 8, 8};
    int[] readable = {16, 0, 10, 0, 0, 8};
    remote.clearRanges();
    for (int i = 0; i < starts.length; i++) {
      assertEquals(i, remote.addRange(starts[i], lengths[i]));
    }
    remote.readRanges(pid, into);
    int at = 0;
    for (int i = 0; i < starts.length; i++) {
      assertEquals(readable[i], remote.rangeRead(i), "range " + i);
      int from = (int) (starts[i] - address);
      if (readable[i] > 0) {
        assertArrayEquals(
            Arrays.copyOfRange(expected, from, from + readable[i]), into.bytes(at, readable[i]));
      }
      at += lengths[i];
    }
  }

  @Test
  void manyRangesTakeSeveralCalls() {
    long address = pagesBeforeAHole(4);
    byte[] expected = pattern(4 * PAGE);
    fill(address, expected);
    NativeMemory into = libc.allocate(1024 * 8);
    remote.clearRanges();
    for (int i = 0; i < 1024; i++) {
      // every range crosses a page boundary, so that twice as many elements are needed
      assertEquals(i, remote.addRange(address + PAGE * (1 + i % 3) - 4, 8));
    }
    assertEquals(-1, remote.addRange(address, 8));
    remote.readRanges(pid, into);
    for (int i = 0; i < 1024; i++) {
      assertEquals(8, remote.rangeRead(i));
      int from = PAGE * (1 + i % 3) - 4;
      assertArrayEquals(Arrays.copyOfRange(expected, from, from + 8), into.bytes(8 * i, 8));
    }
  }
}
