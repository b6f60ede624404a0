// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.linux.Guardian;
import org.jspecify.annotations.Nullable;

/** The traced threads by thread id: a hash table without boxing, as it is asked at each stop. */
final class TraceeTable {
  private @Nullable Guardian guardian;
  private @Nullable TraceeState[] buckets = new @Nullable TraceeState[64];
  private int size;

  /** From now on tells a guardian which threads there are. */
  void setGuardian(Guardian value) {
    guardian = value;
    for (TraceeState state : all()) {
      state.guarded = value.add(state.tid());
    }
  }

  /** Leaves a thread to the guardian when it is removed. */
  void keepGuarded(TraceeState state) {
    state.guarded = -1;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  @Nullable TraceeState get(int tid) {
    TraceeState state = buckets[tid & (buckets.length - 1)];
    while (state != null && state.tid() != tid) {
      state = state.next;
    }
    return state;
  }

  /** Adds a thread that is not in the table. */
  void add(TraceeState state) {
    if (size >= buckets.length) {
      grow();
    }
    link(buckets, state);
    size++;
    if (guardian != null) {
      state.guarded = guardian.add(state.tid());
    }
  }

  /** Does nothing if the thread is not in the table. */
  void remove(TraceeState state) {
    if (guardian != null) {
      guardian.remove(state.guarded);
      state.guarded = -1;
    }
    int index = state.tid() & (buckets.length - 1);
    TraceeState previous = null;
    TraceeState at = buckets[index];
    while (at != null && at != state) {
      previous = at;
      at = at.next;
    }
    if (at == null) {
      return;
    }
    if (previous == null) {
      buckets[index] = at.next;
    } else {
      previous.next = at.next;
    }
    at.next = null;
    size--;
  }

  /** All of them, in no order. */
  TraceeState[] all() {
    TraceeState[] result = new TraceeState[size];
    int n = 0;
    for (TraceeState bucket : buckets) {
      for (TraceeState state = bucket; state != null; state = state.next) {
        result[n++] = state;
      }
    }
    return result;
  }

  private void grow() {
    @Nullable TraceeState[] larger = new @Nullable TraceeState[buckets.length * 4];
    for (TraceeState state : all()) {
      link(larger, state);
    }
    buckets = larger;
  }

  private static void link(@Nullable TraceeState[] into, TraceeState state) {
    int index = state.tid() & (into.length - 1);
    state.next = into[index];
    into[index] = state;
  }
}
