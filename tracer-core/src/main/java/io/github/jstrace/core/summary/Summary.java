// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

import io.github.jstrace.tables.Abi;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counters of all calls, by ABI and number. */
public final class Summary {
  /** Above the highest number of any ABI, and a power of two. */
  private static final int NUMBERS = 1024;

  /**
   * How many numbers that no ABI has are told apart. A tracee may try all 2^32; the counter of the
   * last one takes what is beyond.
   */
  private static final int MAX_STRANGE = 256;

  /** What a summary is of, when there are several. */
  public enum Of {
    ALL,
    PROCESS,
    THREAD
  }

  private final boolean withLatency;
  private final long overhead;
  private final @Nullable CallCounter[][] counters = new CallCounter[Abi.values().length][];
  private @Nullable CallCounter[] strange = {};
  private int strangeCount;
  private long lost;
  private Of of = Of.ALL;
  private int id;
  private byte[] comm = {};

  /**
   * Makes a summary.
   *
   * @param overhead nanoseconds to take off each call's time
   */
  public Summary(boolean withLatency, long overhead) {
    this.withLatency = withLatency;
    this.overhead = overhead;
  }

  /**
   * Counts a call that returned.
   *
   * @param errno 0 for one that succeeded
   */
  public void count(Abi abi, int number, int errno, long systemNanos, long wallNanos) {
    counter(abi, number).count(errno, systemNanos, wallNanos, overhead);
  }

  /** Adds events that the backend could not record. */
  public void addLost(long count) {
    lost += count;
  }

  /** Says that this is of one process or thread only. */
  public Summary setOf(Of value, int idOfIt, byte[] commOfIt) {
    of = value;
    id = idOfIt;
    comm = commOfIt;
    return this;
  }

  public Of of() {
    return of;
  }

  /** Id of the process or thread. */
  public int id() {
    return id;
  }

  /** Its name, at most 15 bytes; empty if it is not known. */
  public byte[] comm() {
    return comm;
  }

  /** The counter of a call, made if there is none yet. */
  public CallCounter counter(Abi abi, int number) {
    if (number < 0 || number >= NUMBERS) {
      return strangeCounter(abi, number);
    }
    @Nullable CallCounter[] ofAbi = counters[abi.ordinal()];
    if (ofAbi == null) {
      ofAbi = new CallCounter[NUMBERS];
      counters[abi.ordinal()] = ofAbi;
    }
    CallCounter counter = ofAbi[number];
    if (counter == null) {
      counter = new CallCounter(abi, number, withLatency);
      ofAbi[number] = counter;
    }
    return counter;
  }

  private CallCounter strangeCounter(Abi abi, int number) {
    CallCounter last = null;
    for (int i = 0; i < strangeCount; i++) {
      CallCounter counter = strange[i];
      if (counter != null && counter.number() == number && counter.abi() == abi) {
        return counter;
      }
      last = counter;
    }
    if (last != null && strangeCount == MAX_STRANGE) {
      return last;
    }
    if (strangeCount == strange.length) {
      strange = Arrays.copyOf(strange, Math.min(MAX_STRANGE, strangeCount * 2 + 4));
    }
    CallCounter counter = new CallCounter(abi, number, withLatency);
    strange[strangeCount++] = counter;
    return counter;
  }

  /** The calls of an ABI that were made, by number; those of numbers without a name last. */
  public List<CallCounter> of(Abi abi) {
    List<CallCounter> list = new ArrayList<>();
    @Nullable CallCounter[] ofAbi = counters[abi.ordinal()];
    if (ofAbi != null) {
      for (CallCounter counter : ofAbi) {
        if (counter != null) {
          list.add(counter);
        }
      }
    }
    for (CallCounter counter : strange) {
      if (counter != null && counter.abi() == abi) {
        list.add(counter);
      }
    }
    return list;
  }

  /** Events that the backend could not record. */
  public long lost() {
    return lost;
  }

  /** What was taken off each call's time, in nanoseconds. */
  public long overhead() {
    return overhead;
  }
}
