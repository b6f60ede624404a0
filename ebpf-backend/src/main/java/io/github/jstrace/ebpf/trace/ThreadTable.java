// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.trace;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** Threads by id: a hash table with open addressing, so that a look-up makes no object. */
final class ThreadTable {
  /** No lambda: the first costs some milliseconds. */
  private static final Comparator<TracedThread> BY_TID =
      new Comparator<>() {
        @Override
        public int compare(TracedThread a, TracedThread b) {
          return Integer.compare(a.tid(), b.tid());
        }
      };

  private static final int LEAST = 64;

  private @Nullable TracedThread[] slots = new TracedThread[LEAST];
  private int size;

  int size() {
    return size;
  }

  private static int hash(int tid) {
    return tid * 0x9e3779b9 >>> 8;
  }

  @Nullable TracedThread get(int tid) {
    int mask = slots.length - 1;
    int i = hash(tid) & mask;
    TracedThread thread;
    while ((thread = slots[i]) != null) {
      if (thread.tid() == tid) {
        return thread;
      }
      i = i + 1 & mask;
    }
    return null;
  }

  /** Adds a thread whose id is not there yet. */
  void add(TracedThread thread) {
    if (size * 2 >= slots.length) {
      resize(slots.length * 2);
    }
    place(thread);
    size++;
  }

  private void place(TracedThread thread) {
    int mask = slots.length - 1;
    int i = hash(thread.tid()) & mask;
    while (slots[i] != null) {
      i = i + 1 & mask;
    }
    slots[i] = thread;
  }

  private void resize(int length) {
    @Nullable TracedThread[] old = slots;
    slots = new TracedThread[length];
    for (TracedThread thread : old) {
      if (thread != null) {
        place(thread);
      }
    }
  }

  void remove(int tid) {
    int mask = slots.length - 1;
    int i = hash(tid) & mask;
    TracedThread thread;
    while ((thread = slots[i]) != null && thread.tid() != tid) {
      i = i + 1 & mask;
    }
    if (thread == null) {
      return;
    }
    size--;
    // Those behind it that would not be found any more move up.
    int gap = i;
    int next = gap;
    while (true) {
      next = next + 1 & mask;
      TracedThread candidate = slots[next];
      if (candidate == null) {
        break;
      }
      int home = hash(candidate.tid()) & mask;
      if ((next - home & mask) >= (next - gap & mask)) {
        slots[gap] = candidate;
        gap = next;
      }
    }
    slots[gap] = null;
    if (size * 8 < slots.length && slots.length > LEAST) {
      resize(slots.length / 2);
    }
  }

  /** All threads, in the order of their ids. */
  TracedThread[] all() {
    TracedThread[] result = new TracedThread[size];
    int count = 0;
    for (TracedThread thread : slots) {
      if (thread != null) {
        result[count++] = thread;
      }
    }
    Arrays.sort(result, BY_TID);
    return result;
  }

  /** Another thread of the process {@code tgid} that has not ended, if there is one. */
  boolean hasOthers(TracedThread leader) {
    for (TracedThread thread : slots) {
      if (thread != null && thread != leader && thread.tracee.tgid() == leader.tracee.tgid()) {
        return true;
      }
    }
    return false;
  }
}
