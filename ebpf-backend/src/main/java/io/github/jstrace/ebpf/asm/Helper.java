// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Functions of the kernel that programs call: names and numbers of linux/bpf.h ({@code BPF_FUNC_*},
 * described by bpf-helpers(7)). Arguments are R1 to R5, the result is R0. Those for tracing
 * programs; the rest deal with packets.
 */
public enum Helper {
  MAP_LOOKUP_ELEM(1),
  MAP_UPDATE_ELEM(2),
  MAP_DELETE_ELEM(3),
  PROBE_READ(4),
  KTIME_GET_NS(5),
  TRACE_PRINTK(6),
  GET_PRANDOM_U32(7),
  GET_SMP_PROCESSOR_ID(8),
  TAIL_CALL(12),
  GET_CURRENT_PID_TGID(14),
  GET_CURRENT_UID_GID(15),
  GET_CURRENT_COMM(16),
  PERF_EVENT_OUTPUT(25),
  GET_STACKID(27),
  GET_CURRENT_TASK(35),
  CURRENT_TASK_UNDER_CGROUP(37),
  GET_NUMA_NODE_ID(42),
  PROBE_READ_STR(45),
  GET_STACK(67),
  GET_CURRENT_CGROUP_ID(80),
  MAP_PUSH_ELEM(87),
  MAP_POP_ELEM(88),
  MAP_PEEK_ELEM(89),
  SPIN_LOCK(93),
  SPIN_UNLOCK(94),
  PROBE_READ_USER(112),
  PROBE_READ_KERNEL(113),
  PROBE_READ_USER_STR(114),
  PROBE_READ_KERNEL_STR(115),
  JIFFIES64(118),
  GET_NS_CURRENT_PID_TGID(120),
  GET_CURRENT_ANCESTOR_CGROUP_ID(123),
  KTIME_GET_BOOT_NS(125),
  RINGBUF_OUTPUT(130),
  RINGBUF_RESERVE(131),
  RINGBUF_SUBMIT(132),
  RINGBUF_DISCARD(133),
  RINGBUF_QUERY(134),
  GET_TASK_STACK(141),
  D_PATH(147),
  PER_CPU_PTR(153),
  THIS_CPU_PTR(154),
  TASK_STORAGE_GET(156),
  TASK_STORAGE_DELETE(157),
  GET_CURRENT_TASK_BTF(158),
  KTIME_GET_COARSE_NS(160),
  FOR_EACH_MAP_ELEM(164),
  SNPRINTF(165),
  TIMER_INIT(169),
  TIMER_SET_CALLBACK(170),
  TIMER_START(171),
  TIMER_CANCEL(172),
  GET_ATTACH_COOKIE(174),
  TASK_PT_REGS(175),
  FIND_VMA(180),
  LOOP(181),
  STRNCMP(182),
  MAP_LOOKUP_PERCPU_ELEM(195),
  KTIME_GET_TAI_NS(208);

  private final int id;

  Helper(int id) {
    this.id = id;
  }

  /** The kernel's number. */
  public int id() {
    return id;
  }

  /** As the kernel's log names it: {@code bpf_ktime_get_ns}. */
  public String kernelName() {
    return "bpf_" + name().toLowerCase(Locale.ROOT);
  }

  /** The helper of that number, or null if it is none of these. */
  public static @Nullable Helper of(int id) {
    for (Helper helper : values()) {
      if (helper.id == id) {
        return helper;
      }
    }
    return null;
  }
}
