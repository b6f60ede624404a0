// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import java.util.Arrays;

/**
 * Threads that were seen before the event of their parent that tells of them, with their last wait
 * status. There are hardly ever more than a few.
 */
final class NewbornTable {
  /** No such thread; no wait status has this value. */
  static final int NONE = -1;

  private int[] tids = new int[4];
  private int[] statuses = new int[4];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  void put(int tid, int status) {
    int index = indexOf(tid);
    if (index < 0) {
      if (size == tids.length) {
        tids = Arrays.copyOf(tids, 2 * size);
        statuses = Arrays.copyOf(statuses, 2 * size);
      }
      index = size++;
    }
    tids[index] = tid;
    statuses[index] = status;
  }

  /** Removes a thread and returns its last status, or {@link #NONE}. */
  int remove(int tid) {
    int index = indexOf(tid);
    if (index < 0) {
      return NONE;
    }
    int status = statuses[index];
    size--;
    tids[index] = tids[size];
    statuses[index] = statuses[size];
    return status;
  }

  /** One that waits in a stop, or 0. */
  int anyStopped() {
    for (int i = 0; i < size; i++) {
      if (WaitEvent.of(statuses[i]).isStop()) {
        return tids[i];
      }
    }
    return 0;
  }

  private int indexOf(int tid) {
    for (int i = 0; i < size; i++) {
      if (tids[i] == tid) {
        return i;
      }
    }
    return -1;
  }
}
