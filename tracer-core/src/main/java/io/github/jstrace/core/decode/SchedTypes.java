// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;

/** CPU sets and interrupted sleeps. */
final class SchedTypes {
  private SchedTypes() {}

  /** {@code cpu_set_t} of a length that the call tells: {@code [0 1 104]}. */
  static final class CpuSet extends JavaType {
    /** 64 Ki CPUs: the kernel's own limit is far below. */
    private static final int MAX_BYTES = 8192;

    private final Ref length;
    private final int word;

    CpuSet(Abi abi, Ref length, Direction direction) {
      super(abi, direction);
      this.length = length;
      this.word = abi.wordSize();
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long bytes = length.get(c) & 0xffffffffL;
      if (bytes > MAX_BYTES) {
        bytes = MAX_BYTES;
      }
      MemoryView m = c.read(raw, (int) bytes / word * word);
      if (m == null || bytes < word) {
        return bytes == 0 ? Value.addr(raw) : Value.unreadable(raw);
      }
      List<Value> cpus = new ArrayList<>();
      for (int i = 0; i < m.length() * 8; i++) {
        if ((m.u8(i >> 3) >> (i & 7) & 1) != 0) {
          cpus.add(Value.dec(i));
        }
      }
      return new Value.Members(cpus.toArray(new Value[0]), false);
    }
  }

  /**
   * What is left of a sleep: nothing is stored there unless a signal interrupted it, and never for
   * an absolute one (nanosleep(2), clock_nanosleep(2)).
   */
  static final class RestartTime extends JavaType {
    private static final int TIMER_ABSTIME = 1;
    private static final int EINTR = 4;
    private static final int ERESTART_FIRST = 512;
    private static final int ERESTART_RESTARTBLOCK = 516;

    private final StructType time;
    private final Ref flags;

    RestartTime(Abi abi, StructType time, Ref flags) {
      super(abi, Direction.OUT);
      this.time = time;
      this.flags = flags;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      int errno = c.tracee().errno();
      boolean interrupted =
          errno == EINTR || errno >= ERESTART_FIRST && errno <= ERESTART_RESTARTBLOCK;
      return raw != 0 && interrupted && (flags.get(c) & TIMER_ABSTIME) == 0
          ? show(c, raw)
          : Value.addr(raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return time.decode(c, raw);
    }
  }
}
