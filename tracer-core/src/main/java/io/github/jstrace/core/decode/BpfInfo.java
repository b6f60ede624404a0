// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The pointer in BPF_OBJ_GET_INFO_BY_FD: what it points at is told by the descriptor, and shown of
 * maps and programs. Numbers that the kernel replaces are shown as {@code 10 => 30}.
 */
final class BpfInfo extends ScalarType {
  private static final int[] MAP_ENDS = {24, 40, 64, 76, 88};
  private static final int[] PROG_ENDS = {40, 80, 104, 128, 192, 208, 216, 220};

  /** As for attributes, {@code bpf_check_uarg_tail_zero} (kernel/bpf/syscall.c). */
  private static final int PAGE = 4096;

  private static final int ATTR_SIZE = 16;
  private static final int INFO_LEN = 4;
  private static final int INFO = 8;

  private final Ref fd;
  private final Ref length;
  private final StructType map;
  private final StructType prog;

  BpfInfo(Abi abi, Ref fd, Ref length, StructType map, StructType prog) {
    super(abi, Long.BYTES, false, Value.Base.HEX);
    this.fd = fd;
    this.length = length;
    this.map = map;
    this.prog = prog;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    if (!capture.brief()) {
      capture.bytes(Phase.ENTRY, at, Capture.SOME);
      capture.bytes(Phase.EXIT_ALWAYS, at, Capture.SOME);
    }
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    Value address = Value.addr(raw);
    long size = length.get(c);
    if (c.brief() || raw == 0 || size <= 0 || size > PAGE) {
      return address;
    }
    byte[] path = c.path((int) fd.get(c));
    String object = path == null ? "" : new String(path, ISO_8859_1);
    boolean program = object.equals("anon_inode:bpf-prog");
    if (!program && !object.equals("anon_inode:bpf-map")) {
      return address;
    }
    MemoryView m = c.read(raw, (int) size);
    if (m == null) {
      return address;
    }
    Before before = c.stash() instanceof Before b ? b : null;
    if (before != null) {
      before.current = before.info;
    }
    Value info =
        BpfTypes.Attr.part(c, program ? prog : map, program ? PROG_ENDS : MAP_ENDS, m, true);
    if (before != null) {
      before.current = before.attr;
    }
    return new Value.Abbrev(address, info);
  }

  /** What stood there when the call was entered. */
  private static final class Before {
    private final @Nullable MemoryView attr;
    private final @Nullable MemoryView info;

    /** The one of the two that corresponds to what is being decoded. */
    private @Nullable MemoryView current;

    Before(@Nullable MemoryView attr, @Nullable MemoryView info) {
      this.attr = attr;
      this.info = info;
      this.current = attr;
    }

    static @Nullable MemoryView of(DecodeContext c) {
      return c.stash() instanceof Before before ? before.current : null;
    }
  }

  /** {@code union bpf_attr} of the command, which remembers what it was at the entry. */
  static final class Attr extends BpfTypes.Attr {
    private final Ref size;

    Attr(Abi abi, StructType struct, Ref size, Direction direction) {
      super(abi, struct, size, new int[0], direction);
      this.size = size;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      MemoryView m = size.get(c) < ATTR_SIZE ? null : c.read(raw, ATTR_SIZE);
      if (m == null) {
        c.setStash(null);
        return;
      }
      long length = m.u32(INFO_LEN);
      boolean shown = !c.brief() && length > 0 && length <= PAGE;
      MemoryView info = shown ? c.readUpTo(m.s64(INFO), (int) length) : null;
      c.setStash(
          new Before(
              new MemoryView(m.copy(0, ATTR_SIZE), ATTR_SIZE, ATTR_SIZE),
              info == null
                  ? null
                  : new MemoryView(info.copy(0, info.length()), info.length(), info.length())));
    }
  }

  /** A number of 32 bits that the kernel may replace. */
  static final class Told extends ScalarType {
    Told(Abi abi) {
      super(abi, Integer.BYTES, false, Value.Base.UDEC);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      Value now = Value.udec(m.u32(offset));
      MemoryView before = Before.of(c);
      return before == null
              || before.length() < offset + Integer.BYTES
              || before.u32(offset) == m.u32(offset)
          ? now
          : new Value.Changed(Value.udec(before.u32(offset)), now);
    }
  }

  /** The least of what a field was and is, in units of so many bytes. */
  record Least(Ref field, int unit) implements Ref {
    @Override
    public long get(DecodeContext c) {
      long least = field.get(c);
      MemoryView before = Before.of(c);
      if (before != null) {
        MemoryView outer = c.scope();
        int base = c.scopeBase();
        c.enterScope(before, 0);
        least = Math.min(least, field.get(c));
        c.leaveScope(outer, base);
      }
      return least / unit;
    }
  }

  /** The program as the verifier has left it, of a call that succeeded. */
  static final class Xlated extends ScalarType {
    private static final int INSTRUCTION = 8;

    private final BpfInstructions instructions;

    Xlated(Abi abi, Ref length) {
      super(abi, Long.BYTES, false, Value.Base.HEX);
      this.instructions = new BpfInstructions(abi, new Least(length, INSTRUCTION));
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return c.failed() ? Value.addr(raw) : instructions.decode(c, raw);
    }
  }

  /** {@code BPF_TAG_SIZE} bytes, in hex whatever they are. */
  static final class Tag extends ScalarType {
    Tag(Abi abi) {
      super(abi, Long.BYTES, false, Value.Base.HEX);
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      return new Value.HexStr(m.copy(offset, Long.BYTES), false);
    }
  }

  /** The lowest bit of 32. */
  static final class Bit extends ScalarType {
    Bit(Abi abi) {
      super(abi, Integer.BYTES, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.udec(raw & 1);
    }
  }

  /** Nanoseconds since the system was started; the date is a remark. */
  static final class LoadTime extends ScalarType {
    private static final int NANOS = 1_000_000_000;

    LoadTime(Abi abi) {
      super(abi, Long.BYTES, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String date = Calendar.date(startOfSystem() + Long.divideUnsigned(raw, NANOS), 0);
      Value number = Value.udec(raw);
      return date == null ? number : new Value.Commented(number, date);
    }

    /** Seconds since 1970, {@code btime} of {@code /proc/stat} (proc(5)). */
    private static long startOfSystem() {
      try {
        for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
          if (line.startsWith("btime ")) {
            return Long.parseLong(line.substring("btime ".length()).trim());
          }
        }
      } catch (IOException | NumberFormatException e) {
        // No date then is better than no line.
      }
      return 0;
    }
  }
}
