// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import java.util.Arrays;

/**
 * Stops that were waited for and are not handled yet. The kernel tells of stopped threads in the
 * order of its list, not of their stopping, so that with some threads busy others would starve;
 * hence all are collected before any is let go on. Finding that there are no more costs a system
 * call, so that is done often only while different threads stop.
 */
final class StopBatch {
  /** How many stops in a row of the same thread make it the only busy one; a power of 2. */
  private static final int ALONE = 32;

  private int[] tids = new int[16];
  private int[] statuses = new int[16];
  private long[] systemTimes = new long[16];
  private int size;

  private int lastTid;
  private int sameTid;

  /** Begins a batch with one stop, if all are to be collected; else returns false. */
  boolean begin(int tid, int status, long systemTime, int tracees) {
    sameTid = tid == lastTid ? sameTid + 1 : 0;
    lastTid = tid;
    if (tracees == 1 || (sameTid >= ALONE && (sameTid & (ALONE - 1)) != 0)) {
      return false;
    }
    size = 0;
    add(tid, status, systemTime);
    return true;
  }

  void add(int tid, int status, long systemTime) {
    if (size == tids.length) {
      tids = Arrays.copyOf(tids, 2 * size);
      statuses = Arrays.copyOf(statuses, 2 * size);
      systemTimes = Arrays.copyOf(systemTimes, 2 * size);
    }
    tids[size] = tid;
    statuses[size] = status;
    systemTimes[size] = systemTime;
    if (size > 0) {
      sameTid = 0;
    }
    size++;
  }

  void handle(StopHandler machine) {
    for (int i = 0; i < size; i++) {
      machine.handle(tids[i], statuses[i], systemTimes[i]);
    }
  }
}
