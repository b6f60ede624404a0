// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSets;
import io.github.jstrace.tables.Signals;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** The types that the tables' language has built in: scalars, sets, strings, descriptors, ids. */
final class BasicTypes {
  private BasicTypes() {}

  /** As in strace, a NUL has to fit into {@code PATH_MAX}. */
  private static final int PATH_LIMIT = 4095;

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Abi abi = compiler.abi();
    ScalarSpec scalar = ScalarSpec.of(name, abi);
    if (scalar != null) {
      return new ScalarType(abi, scalar.size(), scalar.signed(), scalar.base());
    }
    switch (name) {
      case "flags":
      case "enum":
        if (FlagSets.get(params[0]) == null) {
          return null;
        }
        return new SetType(
            abi,
            Sets.get(params[0]),
            name.equals("flags"),
            compiler.scalar(params.length > 1 ? params[1] : name.equals("flags") ? "uint" : "int"),
            Value.Base.HEX);
      case "enumdec":
        if (FlagSets.get(params[0]) == null) {
          return null;
        }
        ScalarSpec spec = compiler.scalar(params.length > 1 ? params[1] : "int");
        return new SetType(abi, Sets.get(params[0]), false, spec, spec.base());
      case "clock_t":
        return new ClockType(abi);
      case "rlim":
        return new LimitType(
            abi, abi.wordSize(), abi.wordSize() == 8 ? "RLIM64_INFINITY" : "RLIM_INFINITY");
      case "rlim64":
        return new LimitType(abi, 8, "RLIM64_INFINITY");
      case "hexbytes":
        return new BytesType(
            abi,
            env.ref(params[0]),
            direction,
            true,
            params.length > 1 ? Integer.parseInt(params[1]) : Integer.MAX_VALUE);
      case "fd":
        return new FdType(abi, false);
      case "dirfd":
        return new FdType(abi, true);
      case "fanotify_dir":
        return new ForeignFd.FanotifyDirectory(abi);
      case "fd_of":
        return new ForeignFd(abi, env.ref(params[0]), params.length > 1);
      case "pid":
      case "tgid":
        return new PidType(abi, FdResolver.PidKind.TGID);
      case "tid":
        return new PidType(abi, FdResolver.PidKind.TID);
      case "pgid":
        return new PidType(abi, FdResolver.PidKind.PGID);
      case "sid":
        return new PidType(abi, FdResolver.PidKind.SID);
      case "uid":
      case "gid":
        return new IdType(abi, 4);
      case "uid16":
      case "gid16":
        return new IdType(abi, 2);
      case "olduid":
      case "oldgid":
        return new IdType(abi, abi.legacyIdSize());
      case "mode":
        return new ModeType(abi, compiler.scalar(params.length > 0 ? params[0] : "u32"));
      case "dev":
        return new DevType(abi, compiler.scalar(params.length > 0 ? params[0] : "ulong"));
      case "time":
        return new TimeType(
            abi,
            compiler.scalar(params.length > 0 ? params[0] : "long"),
            params.length > 1 ? env.ref(params[1]) : null);
      case "signal":
        return new SignalType(abi, compiler.scalar(params.length > 0 ? params[0] : "int"));
      case "bool":
        return new ScalarType(abi, 4, false, Value.Base.UDEC);
      case "addr":
      case "opaque":
        return direction == Direction.OUT ? new AddressAtExit(abi) : address(abi);
      case "path":
        return new StringType(abi, PATH_LIMIT, true, direction);
      case "str":
        return new StringType(
            abi,
            params.length > 0 ? Integer.parseInt(params[0]) : Integer.MAX_VALUE,
            false,
            direction);
      case "bytes":
        return new BytesType(abi, env.ref(params[0]), direction, false, Integer.MAX_VALUE);
      case "lohi":
        return new SplitType(abi, true);
      case "hilo":
        return new SplitType(abi, false);
      case "none":
        return new NoneType(abi);
      default:
        return null;
    }
  }

  /**
   * Characters in place, as an array of {@code cstr}, {@code chars} or {@code xchars}; null for
   * other elements.
   */
  static @Nullable Type characters(String element, String length, Env env) {
    switch (element) {
      case "cstr":
        return new InPlaceType(env.ref(length), length, true, false);
      case "chars":
        return new InPlaceType(env.ref(length), length, false, false);
      case "xchars":
        return new InPlaceType(env.ref(length), length, false, true);
      default:
        return null;
    }
  }

  /** A descriptor; a directory one may be {@code AT_FDCWD}. */
  private static final class FdType extends ScalarType {
    private final boolean directory;

    FdType(Abi abi, boolean directory) {
      super(abi, 4, true, Value.Base.DEC);
      this.directory = directory;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      int fd = (int) raw;
      return fd == -100 && !directory
          ? new Value.Fd(fd, null, null, false, null)
          : directory ? c.directory(fd) : c.fd(fd);
    }
  }

  private static final class PidType extends ScalarType {
    private final FdResolver.PidKind kind;

    PidType(Abi abi, FdResolver.PidKind kind) {
      super(abi, 4, true, Value.Base.DEC);
      this.kind = kind;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return c.pid((int) raw, kind);
    }
  }

  /** A user or group id: -1 means "none". */
  private static final class IdType extends ScalarType {
    private final long none;

    IdType(Abi abi, int size) {
      super(abi, size, false, Value.Base.UDEC);
      this.none = size == 2 ? 0xffffL : 0xffffffffL;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == none ? Value.dec(-1) : Value.udec(raw);
    }
  }

  /** A file's type and permissions: {@code S_IFREG|0644}. */
  private static final class ModeType extends ScalarType {
    ModeType(Abi abi, ScalarSpec spec) {
      super(abi, spec.size(), false, Value.Base.PERM);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return mode(raw);
    }
  }

  private static final String[] FILE_TYPES = {
    null,
    "S_IFIFO",
    "S_IFCHR",
    null,
    "S_IFDIR",
    null,
    "S_IFBLK",
    null,
    "S_IFREG",
    null,
    "S_IFLNK",
    null,
    "S_IFSOCK"
  };

  static Value mode(long raw) {
    int type = (int) (raw >> 12 & 15);
    String typeName = type < FILE_TYPES.length ? FILE_TYPES[type] : null;
    if (typeName == null) {
      return new Value.Num(raw, Value.Base.PERM);
    }
    Value[] parts = new Value[5];
    int count = 0;
    parts[count++] = Value.name(raw & 0170000, typeName);
    if ((raw & 04000) != 0) {
      parts[count++] = Value.name(04000, "S_ISUID");
    }
    if ((raw & 02000) != 0) {
      parts[count++] = Value.name(02000, "S_ISGID");
    }
    if ((raw & 01000) != 0) {
      parts[count++] = Value.name(01000, "S_ISVTX");
    }
    parts[count++] = new Value.Num(raw & ~0177000L, Value.Base.PERM);
    return new Value.Or(raw, Value.Base.PERM, java.util.Arrays.copyOf(parts, count));
  }

  /**
   * A device number, as the kernel packs it ({@code linux/kdev_t.h}, new_encode_dev and
   * huge_encode_dev).
   */
  private static final class DevType extends ScalarType {
    DevType(Abi abi, ScalarSpec spec) {
      super(abi, spec.size(), false, Value.Base.HEX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      Value decoded =
          dev(raw >> 8 & 0xfff | raw >> 32 & 0xfffff000L, raw & 0xff | raw >> 12 & 0xffffff00L);
      return new Value.Coded(Value.hex(raw), decoded);
    }
  }

  static Value dev(long major, long minor) {
    return new Value.Macro("makedev", Value.hex(major), Value.hex(minor));
  }

  /**
   * Seconds since 1970; the calendar date is a remark. {@code nanos} is the sibling that has the
   * rest, or null.
   */
  private static final class TimeType extends ScalarType {
    private final @Nullable Ref nanos;

    TimeType(Abi abi, ScalarSpec spec, @Nullable Ref nanos) {
      super(abi, spec.size(), true, Value.Base.DEC);
      this.nanos = nanos;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String date = Calendar.date(raw, nanos == null ? 0 : nanos.get(c));
      return date == null ? Value.dec(raw) : new Value.Commented(Value.dec(raw), date);
    }
  }

  /** Clock ticks, of which there are 100 a second (USER_HZ). */
  private static final class ClockType extends ScalarType {
    ClockType(Abi abi) {
      super(abi, abi.wordSize(), true, Value.Base.DEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return ticks(raw);
    }
  }

  static Value ticks(long ticks) {
    if (ticks == 0) {
      return Value.dec(0);
    }
    long hundredths = Math.abs(ticks % 100);
    String text =
        (ticks < 0 ? "-" : "")
            + Math.abs(ticks / 100)
            + (hundredths < 10 ? ".0" : ".")
            + hundredths
            + " s";
    return new Value.Hinted(Value.dec(ticks), text);
  }

  /** The same of a number without sign. */
  static Value unsignedTicks(long ticks) {
    if (ticks >= 0) {
      return ticks(ticks);
    }
    long hundredths = Long.remainderUnsigned(ticks, 100);
    String text =
        Long.divideUnsigned(ticks, 100) + (hundredths < 10 ? ".0" : ".") + hundredths + " s";
    return new Value.Hinted(Value.udec(ticks), text);
  }

  /** A resource limit: {@code 8192*1024}. */
  private static final class LimitType extends ScalarType {
    private final String infinity;
    private final long infinite;

    LimitType(Abi abi, int size, String infinity) {
      super(abi, size, false, Value.Base.UDEC);
      this.infinity = infinity;
      this.infinite = size == 4 ? 0xffffffffL : -1;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if (raw == infinite) {
        return new Value.Sym(raw, Value.Base.UDEC, new String[] {infinity}, 0, null, false);
      }
      // As strace: multiples of 1024 above it are products.
      if (Long.compareUnsigned(raw, 1024) <= 0 || raw % 1024 != 0) {
        return Value.udec(raw);
      }
      String product = Long.toUnsignedString(Long.divideUnsigned(raw, 1024)) + "*1024";
      return new Value.Coded(Value.udec(raw), new Value.Text(product, raw));
    }
  }

  private static final class SignalType extends ScalarType {
    private final Abi abi;
    private final boolean signed;

    SignalType(Abi abi, ScalarSpec spec) {
      super(abi, spec.size(), spec.signed(), spec.base());
      this.abi = abi;
      this.signed = spec.signed();
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return signed ? signal(abi, raw) : unsignedSignal(abi, raw);
    }
  }

  static Value unsignedSignal(Abi abi, long raw) {
    return raw < 0 ? Value.udec(raw) : signal(abi, raw);
  }

  static Value signal(Abi abi, long raw) {
    String name = Signals.name(raw);
    return name == null
        ? Value.dec(raw)
        : new Value.Sym(raw, Value.Base.DEC, new String[] {name}, 0, null, false);
  }

  static Type address(Abi abi) {
    return new AddrType(abi);
  }

  /** An address that strace shows when the call has returned, though it was known before. */
  private static final class AddressAtExit extends JavaType {
    AddressAtExit(Abi abi) {
      super(abi, Direction.OUT);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {}

    @Override
    Value show(DecodeContext c, long raw) {
      return Value.addr(raw);
    }
  }

  private static final class AddrType extends ScalarType {
    AddrType(Abi abi) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.addr(raw);
    }
  }

  private static final class StringType extends JavaType {
    private final int limit;
    private final boolean path;

    /** {@code limit}: the NUL of what is no path has to be among so many bytes. */
    StringType(Abi abi, int limit, boolean path, Direction direction) {
      super(abi, direction);
      this.limit = limit;
      this.path = path;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      Phase phase = direction() == Direction.OUT ? Phase.EXIT : Phase.ENTRY;
      if (path) {
        capture.path(phase, at);
      } else {
        capture.string(phase, at);
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return path
          ? c.path(raw, limit)
          : limit > c.maxString() ? c.string(raw, c.maxString(), false) : c.shortString(raw, limit);
    }
  }

  private static final class BytesType extends JavaType {
    private final Ref length;
    private final boolean hex;
    private final int most;

    /** {@code most}: of more bytes only the address is shown. */
    BytesType(Abi abi, Ref length, Direction direction, boolean hex, int most) {
      super(abi, direction);
      this.length = length;
      this.hex = hex;
      this.most = most;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      Phase phase = direction() == Direction.OUT ? Phase.EXIT : Phase.ENTRY;
      capture.text(phase, at, capture.length(length, 1, capture.maxString()));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long bytes = length.get(c);
      if (most < Integer.MAX_VALUE && Long.compareUnsigned(bytes, most) > 0) {
        return Value.addr(raw);
      }
      Value value = c.bytes(raw, bytes, c.maxString());
      return hex && value instanceof Value.Str s
          ? new Value.HexStr(s.bytes(), s.truncated())
          : value;
    }
  }

  /** Characters that are part of a struct. */
  private static final class InPlaceType extends FieldType {
    private final Ref length;
    private final boolean terminated;
    private final boolean hex;

    InPlaceType(Ref length, String lengthText, boolean terminated, boolean hex) {
      super(size(lengthText), 1);
      this.hex = hex;
      this.length = length;
      this.terminated = terminated;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return c.bytes(raw, length.get(c), c.maxString());
    }

    @Override
    Value read(DecodeContext c, MemoryView m, int offset) {
      int wanted = (int) Math.max(0, Math.min(length.get(c), m.given() - offset));
      int end = offset;
      while (end < offset + wanted && !(terminated && m.u8(end) == 0)) {
        end++;
      }
      if (hex) {
        return new Value.HexStr(m.copy(offset, end - offset), false);
      }
      // An in-place C string is shown whole: it has a limit of its own.
      boolean noNul = terminated && end == offset + wanted;
      if (noNul && wanted > 0) {
        // As strace: the last place is meant for the NUL.
        end--;
      }
      return new Value.Str(m.copy(offset, end - offset), noNul, terminated, terminated);
    }
  }

  /**
   * A 64-bit position in two registers on every ABI; on a 64-bit one the first or last of them says
   * it all.
   */
  private static final class SplitType extends Type {
    private final boolean lowFirst;
    private final boolean wide;

    SplitType(Abi abi, boolean lowFirst) {
      this.lowFirst = lowFirst;
      this.wide = abi.wordSize() == 8;
    }

    @Override
    int slots() {
      return 2;
    }

    @Override
    long join(long first, long second) {
      long low = lowFirst ? first : second;
      long high = lowFirst ? second : first;
      return wide ? low : low & 0xffffffffL | high << 32;
    }

    @Override
    int size() {
      return 8;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.dec(raw);
    }
  }

  /** An argument that is not there. */
  private static final class NoneType extends Type {
    private final int size;

    NoneType(Abi abi) {
      this.size = abi.wordSize();
    }

    @Override
    int size() {
      return size;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return Value.OMITTED;
    }
  }
}
