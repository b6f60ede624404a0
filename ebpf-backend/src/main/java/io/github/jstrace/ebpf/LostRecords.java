// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.ebpf.libbpf.BpfMap;
import io.github.jstrace.linux.NativeMemory;

/** How many records there was no room for, as programs count them on each CPU. */
final class LostRecords {
  private final BpfMap map;
  private final NativeMemory key;
  private final NativeMemory values;
  private long reported;

  LostRecords(BpfMap map) {
    this.map = map;
    this.key = map.newKey();
    this.values = map.newValue();
  }

  /** Tells the handler of those since the last time; whether there were any. */
  boolean report(TraceHandler handler) {
    if (map.lookup(key, values) < 0) {
      return false;
    }
    long sum = 0;
    for (int i = 0; i < map.possibleCpus(); i++) {
      sum += values.getLong(8 * i);
    }
    if (sum == reported) {
      return false;
    }
    handler.lost(sum - reported);
    reported = sum;
    return true;
  }

  /** How many were told of. */
  long total() {
    return reported;
  }
}
