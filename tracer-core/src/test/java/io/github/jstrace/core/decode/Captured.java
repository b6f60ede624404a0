// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.decode.CapturePlan.Kind;
import io.github.jstrace.core.decode.CapturePlan.Length;
import io.github.jstrace.core.decode.CapturePlan.Operation;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import java.util.ArrayList;
import java.util.List;

/** Carries a capture plan out as a program in the kernel does, and has what was copied. */
final class Captured implements TraceeMemory {
  private record Chunk(long address, byte[] bytes) {}

  private final Tracee tracee;
  private final TraceeMemory live;
  private final List<Chunk> chunks = new ArrayList<>();
  int bytes;

  Captured(Tracee tracee, TraceeMemory live) {
    this.tracee = tracee;
    this.live = live;
  }

  void entry(CapturePlan plan) {
    chunks.clear();
    bytes = 0;
    for (Operation o : plan.entry()) {
      run(o, 0);
    }
  }

  void exit(CapturePlan plan, boolean failed, long result) {
    // What was copied last is looked at first.
    for (Operation o : plan.exit()) {
      if (!failed || o.phase() == Phase.EXIT_ALWAYS) {
        run(o, result);
      }
    }
  }

  private long address(long value) {
    return tracee.abi().wordSize() == 4 ? value & 0xffffffffL : value;
  }

  private long register(int number) {
    return address(
        number == CapturePlan.STACK_POINTER ? tracee.stackPointer() : tracee.arg(number));
  }

  private long load(long from, int size) {
    byte[] word = new byte[size];
    if (live.read(from, word, 0, size) < size) {
      return 0;
    }
    return new MemoryView(word, size).load(0, size, false);
  }

  private long length(Length l, long result, long pointed) {
    long value =
        switch (l.source()) {
          case CONSTANT -> 0;
          case REGISTER -> tracee.arg(l.register()) & (l.size() == 4 ? 0xffffffffL : -1);
          case RESULT -> result;
          case MEMORY -> load(register(l.register()) + l.offset(), l.size());
          case POINTED -> load(pointed + l.offset(), l.size());
        };
    value >>>= l.shift();
    value &= l.mask() == -1 ? -1L : l.mask() & 0xffffffffL;
    if (Long.compareUnsigned(value, CapturePlan.MAX_BYTES) > 0) {
      value = CapturePlan.MAX_BYTES;
    }
    value *= l.scale();
    return Math.max(l.floor(), value);
  }

  private void run(Operation o, long result) {
    Place p = o.place();
    int word = tracee.abi().wordSize();
    long at = register(p.register());
    if (p.indirect() >= 0) {
      at = address(load(at + p.indirect(), word));
    }
    long pointed = at;
    if (p.second() >= 0) {
      at = address(load(at + p.second(), word));
    }
    at += p.displacement();
    long length = Math.min(o.cap(), length(o.length(), result, pointed));
    switch (o.kind()) {
      case BYTES -> copy(at, length);
      case STRING -> string(at, o.cap());
      case VECTOR -> {
        copy(at, length);
        long left = o.resultBounds() ? result : Long.MAX_VALUE;
        for (long i = 0; i + 2 * word <= length; i += 2 * word) {
          long size = Math.min(left, load(at + i + word, word) & Long.MAX_VALUE);
          copy(address(load(at + i, word)), Math.min(o.itemCap(), size));
          left -= o.resultBounds() ? size : 0;
        }
      }
      case STRINGS -> {
        copy(at, o.cap());
        for (long i = 0; o.itemCap() > 0 && i < o.cap(); i += word) {
          long pointer = address(load(at + i, word));
          if (pointer == 0) {
            break;
          }
          string(pointer, o.itemCap());
        }
      }
      default -> throw new IllegalStateException(Kind.class.getName());
    }
  }

  private void string(long at, int cap) {
    byte[] b = new byte[cap];
    int got = live.read(at, b, 0, cap);
    int end = 0;
    while (end < got && b[end] != 0) {
      end++;
    }
    keep(at, b, Math.min(got, end + 1));
  }

  private void copy(long at, long length) {
    byte[] b = new byte[(int) length];
    keep(at, b, live.read(at, b, 0, b.length));
  }

  private void keep(long at, byte[] b, int got) {
    if (got > 0) {
      chunks.add(new Chunk(at, java.util.Arrays.copyOf(b, got)));
      bytes += got;
    }
  }

  @Override
  public int read(long address, byte[] into, int offset, int length) {
    int done = 0;
    boolean found = true;
    while (done < length && found) {
      found = false;
      for (int i = chunks.size() - 1; i >= 0 && !found; i--) {
        Chunk chunk = chunks.get(i);
        long at = address + done - chunk.address;
        if (at >= 0 && at < chunk.bytes.length) {
          int count = (int) Math.min(length - done, chunk.bytes.length - at);
          System.arraycopy(chunk.bytes, (int) at, into, offset + done, count);
          done += count;
          found = true;
        }
      }
    }
    return done;
  }
}
