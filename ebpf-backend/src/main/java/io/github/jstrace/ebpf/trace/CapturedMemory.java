// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.trace;

import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.ebpf.codegen.TraceRecord;
import io.github.jstrace.linux.NativeMemory;
import org.jspecify.annotations.Nullable;

/**
 * What programs have copied of a thread's memory for the call it is in: at its entry, and at its
 * exit, which is looked at first. Records are data of unknown origin: lengths in them are checked.
 */
final class CapturedMemory implements TraceeMemory {
  private static final byte[] NOTHING = {};

  private byte[] entry = NOTHING;
  private int entryLength;
  private byte[] exit = NOTHING;
  private int exitLength;
  private @Nullable TraceeMemory live;

  /** Forgets everything and takes the chunks of an entry. */
  void enter(NativeMemory data, int from, int length) {
    exitLength = 0;
    live = null;
    entry = room(entry, length);
    data.get(from, entry, 0, length);
    entryLength = length;
  }

  /** Forgets everything. */
  void clear() {
    entryLength = 0;
    exitLength = 0;
  }

  /** Adds the chunks of an exit. */
  void exit(NativeMemory data, int from, int length) {
    live = null;
    exit = room(exit, length);
    data.get(from, exit, 0, length);
    exitLength = length;
  }

  /** What was not captured is read from here until the next entry or exit. */
  void setLive(@Nullable TraceeMemory memory) {
    live = memory;
  }

  /** Takes over what another thread's call has. */
  void takeOver(CapturedMemory other) {
    entry = other.entry;
    entryLength = other.entryLength;
    exit = other.exit;
    exitLength = other.exitLength;
    other.entry = NOTHING;
    other.entryLength = 0;
    other.exit = NOTHING;
    other.exitLength = 0;
  }

  private static byte[] room(byte[] bytes, int length) {
    return bytes.length >= length ? bytes : new byte[Math.max(256, (length + 255) & -256)];
  }

  @Override
  public int read(long address, byte[] into, int offset, int length) {
    int done = 0;
    while (done < length) {
      int count = find(exit, exitLength, address + done, into, offset + done, length - done);
      if (count == 0) {
        count = find(entry, entryLength, address + done, into, offset + done, length - done);
      }
      if (count == 0) {
        TraceeMemory memory = live;
        return memory == null
            ? done
            : done + memory.read(address + done, into, offset + done, length - done);
      }
      done += count;
    }
    return done;
  }

  /** Copies from the first chunk that has the address; returns how many bytes. */
  private static int find(
      byte[] chunks, int end, long address, byte[] into, int offset, int length) {
    int at = 0;
    while (at + TraceRecord.CHUNK_BYTES <= end) {
      int size = Bytes.intAt(chunks, at + TraceRecord.CHUNK_LENGTH);
      int bytes = at + TraceRecord.CHUNK_BYTES;
      if (size < 0 || size > end - bytes) {
        return 0;
      }
      long distance = address - Bytes.longAt(chunks, at + TraceRecord.CHUNK_ADDRESS);
      if (distance >= 0 && distance < size) {
        int count = (int) Math.min(length, size - distance);
        System.arraycopy(chunks, bytes + (int) distance, into, offset, count);
        return count;
      }
      at = bytes + ((size + 7) & -8);
    }
    return 0;
  }
}
