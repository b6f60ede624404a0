// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.trace;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.ebpf.codegen.TraceRecord;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/**
 * What a thread was doing at a moment after tracing had begun: it waited in a call, or was stopped.
 * Records of that thread that are older tell more of it, for one of a call that it was in already
 * when tracing began there is none.
 */
public final class FoundState {
  /** Words of {@code /proc/TID/syscall} of a thread that is in a call. */
  private static final int WORDS = 9;

  private static final int STACK_POINTER = 7;
  private static final int INSTRUCTION_POINTER = 8;
  private static final int ARGS = 6;
  private static final long[] NO_CALL = {};

  /** So much of what each argument may point to is copied. */
  private static final int COPIED = 1024;

  /** Nothing is mapped below. */
  private static final long LEAST_ADDRESS = 0x1000;

  private final long[] words;
  private final int stopSignal;
  private final long time;
  private final boolean wanted;
  private @Nullable NativeMemory chunks;
  private int length;

  private FoundState(long[] words, int stopSignal, long time, boolean wanted) {
    this.words = words;
    this.stopSignal = stopSignal;
    this.time = time;
    this.wanted = wanted;
  }

  /**
   * In a call.
   *
   * @param line what {@code /proc/TID/syscall} says: number, six arguments, stack pointer,
   *     instruction pointer; if it says something else, there is no call to tell of
   * @param wanted whether the call is to be shown before a record of its end tells that it is
   */
  public static FoundState inCall(String line, long time, boolean wanted) {
    long[] words = words(line);
    return new FoundState(words.length == WORDS ? words : NO_CALL, 0, time, wanted);
  }

  /** Stopped by a signal, 0 if that is not known. A call that it was in is over. */
  public static FoundState stopped(int signal, long time, boolean wanted) {
    return new FoundState(NO_CALL, signal, time, wanted);
  }

  /** The numbers of a line, decimal or hexadecimal; none if there is something else. */
  private static long[] words(String line) {
    String[] texts = line.trim().split(" ", -1);
    long[] words = new long[texts.length];
    try {
      for (int i = 0; i < words.length; i++) {
        words[i] =
            texts[i].startsWith("0x")
                ? Long.parseUnsignedLong(texts[i].substring(2), 16)
                : Long.parseLong(texts[i]);
      }
    } catch (NumberFormatException e) {
      return NO_CALL; // "running"
    }
    return words;
  }

  boolean inCall() {
    return words.length == WORDS;
  }

  int number() {
    return (int) words[0];
  }

  private long arg(int index) {
    return words[1 + index];
  }

  long stackPointer() {
    return words[STACK_POINTER];
  }

  /**
   * Copies what the call was given, as far as its arguments point to it, for by the time that it is
   * reported the thread may be doing something else.
   */
  public void copy(TraceeMemory memory) {
    NativeMemory copies = Libc.get().allocate(ARGS * (TraceRecord.CHUNK_BYTES + COPIED));
    byte[] bytes = new byte[COPIED];
    for (int i = 0; inCall() && i < ARGS; i++) {
      long address = arg(i);
      int got =
          Long.compareUnsigned(address, LEAST_ADDRESS) < 0
              ? 0
              : memory.read(address, bytes, 0, COPIED);
      if (got > 0) {
        copies.putLong(length + TraceRecord.CHUNK_ADDRESS, address);
        copies.putInt(length + TraceRecord.CHUNK_LENGTH, got);
        copies.put(length + TraceRecord.CHUNK_BYTES, bytes, 0, got);
        length += TraceRecord.CHUNK_BYTES + (got + 7 & -8);
      }
    }
    chunks = copies;
  }

  /** The thread is in that call, with what was copied where the decoder looks for it. */
  void enter(TracedThread thread, Abi abi) {
    Tracee tracee = thread.tracee;
    tracee.enter(abi, number(), words[INSTRUCTION_POINTER], stackPointer(), time, 0);
    for (int i = 0; i < ARGS; i++) {
      tracee.setArg(i, arg(i));
    }
    NativeMemory copies = chunks;
    if (copies == null) {
      thread.memory.clear();
    } else {
      thread.memory.enter(copies, 0, length);
    }
  }

  int stopSignal() {
    return stopSignal;
  }

  /** As {@link System#nanoTime()}. */
  long time() {
    return time;
  }

  boolean wanted() {
    return wanted;
  }
}
