// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Times of files, with the calendar date as a remark. */
final class FileTimes {
  /** {@code UTIME_NOW} and {@code UTIME_OMIT} of utimensat(2). */
  private static final long UTIME_NOW = 0x3fffffff;

  private static final long UTIME_OMIT = 0x3ffffffe;

  private FileTimes() {}

  private static Value dated(Value time, @Nullable String date) {
    return date == null ? time : new Value.Commented(time, date);
  }

  /** {@code struct statx_timestamp} in place ({@code linux/stat.h}). */
  static final class StatxTimestamp extends FieldType {
    StatxTimestamp() {
      super(16, 8);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      long seconds = m.s64(offset);
      long nanos = m.u32(offset + 8);
      Value time =
          Value.struct(
              Value.field("tv_sec", Value.dec(seconds)), Value.field("tv_nsec", Value.udec(nanos)));
      return dated(time, Calendar.date(seconds, nanos));
    }
  }

  /** Access and modification time: two structs in a row. */
  static final class Pair extends JavaType {
    private final StructType time;
    private final boolean micros;

    /** {@code micros}: the second field counts microseconds, else nanoseconds. */
    Pair(Abi abi, StructType time, boolean micros) {
      super(abi, Direction.IN);
      this.time = time;
      this.micros = micros;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, 2 * time.size());
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, 2 * time.size());
      return m == null ? Value.unreadable(raw) : Value.array(one(c, m, 0), one(c, m, time.size()));
    }

    private Value one(DecodeContext c, MemoryView m, int at) {
      StructType.Field fraction = time.field(micros ? "tv_usec" : "tv_nsec");
      StructType.Field whole = time.field("tv_sec");
      if (fraction == null || whole == null) {
        throw new IllegalStateException("not a time");
      }
      long seconds = m.load(at + whole.offset(), whole.type().size(), true);
      long parts = m.load(at + fraction.offset(), fraction.type().size(), true);
      Value value = time.read(c, m, at);
      if (micros) {
        return dated(value, Calendar.dateOfMicros(seconds, parts));
      }
      if (parts == UTIME_NOW || parts == UTIME_OMIT) {
        return new Value.Coded(
            value, new Value.Text(parts == UTIME_NOW ? "UTIME_NOW" : "UTIME_OMIT", parts));
      }
      return dated(value, Calendar.date(seconds, parts));
    }
  }
}
