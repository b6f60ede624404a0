// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The reader against a ring in plain memory, filled as the kernel documents it. */
class RingReaderTest {
  private static final int SIZE = 4096;
  private static final int BUSY = 1 << 31;
  private static final int DISCARD = 1 << 30;

  /** Where a page of positions would be before the data. */
  private static final int START = 64;

  private final NativeMemory consumer = Libc.get().allocate(8);
  private final NativeMemory producer = Libc.get().allocate(8);
  private final NativeMemory data = Libc.get().allocate(START + 2 * SIZE);
  private final RingReader reader = new RingReader(consumer, producer, data, START, SIZE);

  private long produced;

  /** As the second mapping does it: what is written is seen at two places. */
  private void putByte(long position, byte value) {
    int at = (int) (position & (SIZE - 1));
    data.putByte(START + at, value);
    data.putByte(START + SIZE + at, value);
  }

  private void header(long position, int length) {
    int at = (int) (position & (SIZE - 1));
    data.putInt(START + at, length);
    data.putInt(START + SIZE + at, length);
  }

  private long reserve(byte[] content) {
    long position = produced;
    header(position, content.length | BUSY);
    for (int i = 0; i < content.length; i++) {
      putByte(position + 8 + i, content[i]);
    }
    produced += (8 + content.length + 7) & ~7;
    producer.putLongRelease(0, produced);
    return position;
  }

  private void submit(byte[] content) {
    header(reserve(content), content.length);
  }

  private static byte[] content(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private byte[] record() {
    return reader.data().bytes(reader.offset(), reader.length());
  }

  @Test
  void anEmptyRingHasNoRecord() {
    assertFalse(reader.next());
    assertEquals(0, reader.pending());
    reader.release();
    assertEquals(0, consumer.getLong(0));
  }

  @Test
  void recordsComeInOrderAndTheirPlaceIsGivenBackWhenTold() {
    submit(content(5, 1));
    submit(content(0, 2));
    submit(content(8, 3));
    assertEquals(16 + 8 + 16, reader.pending());
    assertTrue(reader.next());
    assertArrayEquals(content(5, 1), record());
    int first = reader.offset();
    assertEquals(0, first % 8);
    assertTrue(reader.next());
    assertEquals(0, reader.length());
    assertTrue(reader.next());
    assertArrayEquals(content(8, 3), record());
    assertFalse(reader.next());
    assertArrayEquals(content(5, 1), reader.data().bytes(first, 5), "still there");
    assertEquals(0, consumer.getLong(0));
    assertEquals(40, reader.held());
    reader.release();
    assertEquals(40, consumer.getLong(0));
    assertEquals(0, reader.held());
  }

  @Test
  void aRecordBeingWrittenHoldsUpThoseBehindIt() {
    byte[] late = content(24, 1);
    long position = reserve(late);
    submit(content(16, 2));
    assertFalse(reader.next());
    assertTrue(reader.pending() > 0);
    header(position, late.length);
    assertTrue(reader.next());
    assertArrayEquals(late, record());
    assertTrue(reader.next());
    assertArrayEquals(content(16, 2), record());
  }

  @Test
  void discardedRecordsAreSkippedAndTheirPlaceGivenBack() {
    byte[] unwanted = content(100, 1);
    header(reserve(unwanted), unwanted.length | DISCARD);
    submit(content(3, 2));
    header(reserve(unwanted), unwanted.length | DISCARD);
    assertTrue(reader.next());
    assertArrayEquals(content(3, 2), record());
    assertFalse(reader.next());
    reader.release();
    assertEquals(produced, consumer.getLong(0));
  }

  @Test
  void aRecordThatWrapsIsOnePiece() {
    submit(content(SIZE - 100, 1));
    assertTrue(reader.next());
    reader.release();
    submit(content(200, 2));
    assertTrue(reader.next());
    assertArrayEquals(content(200, 2), record());
    assertTrue(reader.offset() + reader.length() > START + SIZE, "it did wrap");
    reader.release();
    assertEquals(produced, consumer.getLong(0));
  }

  @Test
  void aRecordMayFillTheRing() {
    submit(content(SIZE - 8, 1));
    assertTrue(reader.next());
    assertArrayEquals(content(SIZE - 8, 1), record());
  }

  @Test
  void anImpossibleLengthIsSkippedWithAllBehindIt() {
    int[] lengths = {SIZE - 7, SIZE, DISCARD - 1, DISCARD - 8, 17, 0x12345678};
    int corrupt = 0;
    for (int length : lengths) {
      header(reserve(new byte[8]), length);
      // 17 is possible in this ring, but longer than what was reserved
      assertFalse(reader.next(), "length " + length);
      assertEquals(++corrupt, reader.corrupt());
      reader.release();
      assertEquals(produced, consumer.getLong(0));
      submit(content(10, length));
      assertTrue(reader.next());
      assertArrayEquals(content(10, length), record());
      reader.release();
    }
  }

  @Test
  void anyHeaderIsHarmless() {
    Random random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      int space = 8 + 8 * random.nextInt(SIZE / 8);
      header(produced, random.nextInt());
      produced += space;
      producer.putLongRelease(0, produced);
      while (reader.next()) {
        assertTrue(reader.offset() >= START + 8);
        assertTrue(reader.length() >= 0);
        assertTrue(reader.offset() + reader.length() <= data.size());
      }
      // a busy one would stay for ever
      header(consumer.getLong(0), 0);
      while (reader.next()) {
        reader.release();
      }
      reader.release();
      assertTrue(consumer.getLong(0) <= produced);
      if (consumer.getLong(0) != produced) {
        // what is left begins with a busy header: begin anew behind it
        header(consumer.getLong(0), DISCARD | (int) (produced - consumer.getLong(0) - 8));
        assertFalse(reader.next());
        reader.release();
      }
      assertEquals(produced, consumer.getLong(0));
    }
  }

  @Test
  void aReaderGoesOnWhereTheLastOneStopped() {
    submit(content(8, 1));
    assertTrue(reader.next());
    reader.release();
    submit(content(8, 2));
    RingReader second = new RingReader(consumer, producer, data, START, SIZE);
    assertTrue(second.next());
    assertArrayEquals(content(8, 2), second.data().bytes(second.offset(), second.length()));
  }

  @Test
  void aSizeThatIsNoPowerOfTwoIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new RingReader(consumer, producer, data, START, SIZE - 8));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RingReader(consumer, producer, data, START, 2 * SIZE));
  }

  /** A producer that races with the reader: the order of what each sees must hold. */
  @Test
  @Timeout(60)
  void readsWhatAnotherThreadWrites() throws InterruptedException {
    int records = 300_000;
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread writer =
        new Thread(
            () -> {
              Random random = new Random(1);
              for (int i = 0; i < records; i++) {
                int length = 8 + random.nextInt(300);
                int space = (8 + length + 7) & ~7;
                while (produced + space - consumer.getLongAcquire(0) > SIZE) {
                  Thread.onSpinWait();
                  if (failure.get() != null) {
                    return;
                  }
                }
                long position = produced;
                int at = START + (int) (position & (SIZE - 1));
                header(position, length | BUSY);
                produced += space;
                producer.putLongRelease(0, produced);
                for (int j = 0; j < length; j++) {
                  putByte(position + 8 + j, (byte) (i + j));
                }
                // length and the word after it, which the kernel uses: as one release
                data.putLongRelease(at, length);
              }
            });
    writer.start();
    Random random = new Random(1);
    try {
      for (int i = 0; i < records; ) {
        if (!reader.next()) {
          reader.release();
          Thread.onSpinWait();
          continue;
        }
        assertEquals(8 + random.nextInt(300), reader.length(), "record " + i);
        for (int j = 0; j < reader.length(); j++) {
          if (data.getByte(reader.offset() + j) != (byte) (i + j)) {
            throw new AssertionError("byte " + j + " of record " + i);
          }
        }
        i++;
      }
      reader.release();
    } catch (AssertionError e) {
      failure.set(e);
    }
    writer.join();
    assertNull(failure.get(), () -> String.valueOf(failure.get()));
    assertEquals(0, reader.corrupt());
    assertEquals(produced, consumer.getLong(0));
  }
}
