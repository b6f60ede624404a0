// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct perf_event_attr} (perf_event_open(2), {@code linux/perf_event.h}); how much of it
 * there is stands in its second field.
 */
final class PerfEventAttr extends JavaType {
  private static final int SIZE_VER0 = 64;

  /** The last size that was made of several fields; config3 came alone. */
  private static final int SIZE_VER7 = 128;

  private static final int SIZE_KNOWN = 136;

  private static final int HARDWARE = 0;
  private static final int SOFTWARE = 1;
  private static final int TRACEPOINT = 2;
  private static final int HW_CACHE = 3;
  private static final int BREAKPOINT = 5;

  private static final long FREQ = 1L << 10;
  private static final long WATERMARK = 1L << 14;
  private static final long USE_CLOCKID = 1L << 25;
  private static final int PRECISE_IP = 15;
  private static final int RESERVED = 38;

  private static final long SAMPLE_BRANCH_STACK = 0x800;
  private static final long SAMPLE_STACK_USER = 0x2000;

  /** The bits from the lowest; {@code precise_ip} has two. */
  private static final @Nullable String[] BITS = {
    "disabled",
    "inherit",
    "pinned",
    "exclusive",
    "exclude_user",
    "exclude_kernel",
    "exclude_hv",
    "exclude_idle",
    "mmap",
    "comm",
    "freq",
    "inherit_stat",
    "enable_on_exec",
    "task",
    "watermark",
    "precise_ip",
    null,
    "mmap_data",
    "sample_id_all",
    "exclude_host",
    "exclude_guest",
    "exclude_callchain_kernel",
    "exclude_callchain_user",
    "mmap2",
    "comm_exec",
    "use_clockid",
    "context_switch",
    "write_backward",
    "namespaces",
    "ksymbol",
    "bpf_event",
    "aux_output",
    "cgroup",
    "text_poke",
    "build_id",
    "inherit_thread",
    "remove_on_exec",
    "sigtrap"
  };

  private static final String[] AUX_ACTIONS = {"aux_start_paused", "aux_pause", "aux_resume"};

  private static final String[] SKIDS = {
    "arbitrary skid", "constant skid", "requested to have 0 skid", "must have 0 skid"
  };
  private static final String[] CACHES = {"L1D", "L1I", "LL", "DTLB", "ITLB", "BPU", "NODE"};
  private static final String[] OPERATIONS = {"OP_READ", "OP_WRITE", "OP_PREFETCH"};
  private static final String[] OUTCOMES = {"RESULT_ACCESS", "RESULT_MISS"};
  private static final String[] BREAKPOINTS = {"EMPTY", "R", "W", "RW", "X"};

  private static final int E2BIG = 7;

  private final Abi abi;

  PerfEventAttr(Abi abi) {
    super(abi, Direction.IN);
    this.abi = abi;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(Phase.ENTRY, at, SIZE_KNOWN);
    capture.bytes(Phase.EXIT_ALWAYS, at, 8);
  }

  /** A kernel that knows less than it is given fails with E2BIG and stores how much it knows. */
  @Override
  When when() {
    return When.EXIT;
  }

  @Override
  void atEntry(DecodeContext c, long raw) {
    c.setStash(raw == 0 ? null : given(c, raw));
  }

  @Override
  Value show(DecodeContext c, long raw) {
    if (!(c.stash() instanceof Value.Struct attr)) {
      return Value.addr(raw);
    }
    MemoryView m = c.tracee().errno() == E2BIG ? c.read(raw, 8) : null;
    Value before = attr.fields()[1].value();
    if (m == null || before instanceof Value.Sym size && size.raw() == m.u32(4)) {
      return attr;
    }
    Value.Field[] fields = attr.fields().clone();
    Value after = Sets.constant("perf_attr_size", abi, m.u32(4));
    fields[1] = Value.field("size", new Value.Changed(before, after));
    return new Value.Struct(fields, attr.more());
  }

  private Value given(DecodeContext c, long raw) {
    MemoryView head = c.verbose() ? c.read(raw, 8) : null;
    long size = head == null ? 0 : head.u32(4);
    long present = size == 0 ? SIZE_VER0 : size;
    int wanted = c.brief() ? SIZE_VER0 : (int) Math.min(present, SIZE_KNOWN);
    MemoryView m = head == null || present < SIZE_VER0 ? null : c.readUpTo(raw, wanted);
    if (m == null || m.length() < Math.min(wanted, SIZE_VER7)) {
      return Value.unreadable(raw);
    }
    List<Value.Field> f = new ArrayList<>(64);
    int type = m.s32(0);
    long bits = m.s64(40);
    f.add(Value.field("type", Sets.constant("perf_type", abi, m.u32(0))));
    f.add(Value.field("size", Sets.constant("perf_attr_size", abi, size)));
    f.add(Value.field("config", config(type, m.s64(8))));
    f.add(Value.field((bits & FREQ) != 0 ? "sample_freq" : "sample_period", Value.udec(m.s64(16))));
    f.add(Value.field("sample_type", Sets.flags("perf_sample", abi, m.s64(24))));
    f.add(Value.field("read_format", Sets.flags("perf_read_format", abi, m.s64(32))));
    boolean brief = c.brief();
    bits(bits, f);
    if (!brief) {
      details(m, type, bits, f);
    }
    return new Value.Struct(f.toArray(new Value.Field[0]), brief || present > SIZE_KNOWN);
  }

  /** Bits that are not set are details. */
  private static void bits(long bits, List<Value.Field> f) {
    for (int i = 0; i < BITS.length; i++) {
      String name = BITS[i];
      if (i == PRECISE_IP) {
        int skid = (int) (bits >> i & 3);
        f.add(Value.field("precise_ip", new Value.Commented(Value.udec(skid), SKIDS[skid])));
      } else if (name != null) {
        long bit = bits >> i & 1;
        f.add(new Value.Field(name, Value.udec(bit), bit == 0));
      }
    }
    long reserved = bits >>> RESERVED;
    if (reserved != 0) {
      f.add(Value.field("__reserved_1", new Value.Commented(Value.hex(reserved), "Bits 63..38")));
    }
  }

  /** Fields that begin within {@code size} bytes; what is not given of them is 0. */
  private void details(MemoryView given, int type, long bits, List<Value.Field> f) {
    int size = given.length();
    byte[] bytes = new byte[SIZE_KNOWN];
    System.arraycopy(given.copy(0, size), 0, bytes, 0, size);
    MemoryView m = new MemoryView(bytes, SIZE_KNOWN);
    boolean watermark = (bits & WATERMARK) != 0;
    long samples = m.s64(24);
    detail(f, watermark ? "wakeup_watermark" : "wakeup_events", Value.udec(m.u32(48)));
    boolean breakpoint = type == BREAKPOINT;
    if (breakpoint) {
      detail(f, "bp_type", breakpoint(m.u32(52)));
    }
    detail(f, breakpoint ? "bp_addr" : "config1", Value.hex(m.s64(56)));
    if (size > 64) {
      long second = m.s64(64);
      Value value = breakpoint ? Value.udec(second) : Value.hex(second);
      detail(f, breakpoint ? "bp_len" : "config2", value);
    }
    if (size > 72 && (samples & SAMPLE_BRANCH_STACK) != 0) {
      detail(f, "branch_sample_type", Sets.flags("perf_branch_sample", abi, m.s64(72)));
    }
    if (size > 80) {
      detail(f, "sample_regs_user", Value.hex(m.s64(80)));
    }
    if (size > 88 && (samples & SAMPLE_STACK_USER) != 0) {
      detail(f, "sample_stack_user", Value.hex(m.u32(88)));
    }
    if (size > 92 && (bits & USE_CLOCKID) != 0) {
      detail(f, "clockid", Sets.constant("clockid", abi, m.s32(92)));
    }
    if (size > 96) {
      detail(f, "sample_regs_intr", Value.hex(m.s64(96)));
    }
    if (size > 104) {
      detail(f, "aux_watermark", Value.udec(m.u32(104)));
    }
    if (size > 108) {
      detail(f, "sample_max_stack", reserved(Value.udec(m.u16(108)), m.u16(110), "110..111"));
    }
    if (size > 112) {
      detail(f, "aux_sample_size", Value.udec(m.u32(112)));
    }
    if (size > 116) {
      auxAction(m.u32(116), f);
    }
    if (size > 120) {
      detail(f, "sig_data", Value.hex(m.s64(120)));
    }
    if (size > 128) {
      detail(f, "config3", Value.hex(m.s64(128)));
    }
  }

  /** What sampling does to an AUX event (Linux 6.13). */
  private static void auxAction(long bits, List<Value.Field> f) {
    for (int i = 0; i < AUX_ACTIONS.length; i++) {
      detail(f, AUX_ACTIONS[i], Value.udec(bits >> i & 1));
    }
    long reserved = bits >> AUX_ACTIONS.length;
    if (reserved != 0) {
      detail(f, "__reserved_3", new Value.Commented(Value.hex(reserved), "Bits 931..959"));
    }
  }

  /** A field, and what is in the reserved bytes behind it. */
  private static Value reserved(Value value, long behind, String bytes) {
    return behind == 0
        ? value
        : new Value.Commented(value, "bytes " + bytes + ": 0x" + Long.toHexString(behind));
  }

  private static void detail(List<Value.Field> f, String name, Value value) {
    f.add(new Value.Field(name, value, true));
  }

  private static Value breakpoint(long raw) {
    if (raw < BREAKPOINTS.length) {
      return Value.name(raw, "HW_BREAKPOINT_" + BREAKPOINTS[(int) raw]);
    }
    return new Value.Commented(
        Value.hex(raw), raw < 8 ? "HW_BREAKPOINT_INVALID" : "HW_BREAKPOINT_???");
  }

  private Value config(int type, long config) {
    switch (type) {
      case HARDWARE:
        Value event = Sets.constant("perf_hw", abi, config & 0xffffffffL);
        return config >>> 32 == 0
            ? event
            : new Value.Prefixed("0x" + Long.toHexString(config >>> 32) + "<<32|", event);
      case SOFTWARE:
        return Sets.constant("perf_sw", abi, config);
      case TRACEPOINT:
        return Value.udec(config);
      case HW_CACHE:
        return new Value.Text(cache(config), config);
      default:
        return Value.hex(config);
    }
  }

  private static String cache(long config) {
    String text = config >>> 32 == 0 ? "" : "0x" + Long.toHexString(config >>> 32) + "<<32|";
    long upper = config >> 24 & 0xff;
    text += upper == 0 ? "" : "0x" + Long.toHexString(upper) + "<<24|";
    text += cachePart(config >> 16, OUTCOMES, "RESULT_") + "<<16|";
    text += cachePart(config >> 8, OPERATIONS, "OP_") + "<<8|";
    return text + cachePart(config, CACHES, "");
  }

  private static String cachePart(long config, String[] names, String kind) {
    int value = (int) config & 0xff;
    return value < names.length
        ? "PERF_COUNT_HW_CACHE_" + names[value]
        : "0x" + Integer.toHexString(value) + " /* PERF_COUNT_HW_CACHE_" + kind + "??? */";
  }
}
