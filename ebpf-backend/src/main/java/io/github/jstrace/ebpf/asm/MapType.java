// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/** The types of maps in use here; names and numbers of {@code enum bpf_map_type}, linux/bpf.h. */
public enum MapType {
  HASH(1),
  ARRAY(2),
  PERCPU_HASH(5),
  PERCPU_ARRAY(6),
  CGROUP_ARRAY(8),
  LRU_HASH(9),
  LRU_PERCPU_HASH(10),
  /** Since Linux 5.8. */
  RINGBUF(27),
  /** Since Linux 5.11. */
  TASK_STORAGE(29);

  private final int number;

  MapType(int number) {
    this.number = number;
  }

  /** The kernel's number. */
  public int number() {
    return number;
  }

  /** Whether each CPU has its own value of a key. */
  public boolean perCpu() {
    return this == PERCPU_HASH || this == PERCPU_ARRAY || this == LRU_PERCPU_HASH;
  }
}
