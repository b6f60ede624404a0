// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.FlagSet;
import org.jspecify.annotations.Nullable;

/** Numbers that are composed of others in ways of their own, or have names beside them. */
final class NumberTypes {
  private NumberTypes() {}

  /** A number with the names that a set has for it behind it. */
  private abstract static class Remarked extends ScalarType {
    final Abi abi;
    final FlagSet set;
    final Value.Base base;

    Remarked(Abi abi, FlagSet set, ScalarSpec spec) {
      super(abi, spec.size(), spec.signed(), spec.base());
      this.abi = abi;
      this.set = set;
      this.base = spec.base();
    }

    /** The name of a number, or the set's remark on those that have none. */
    final @Nullable String nameOrUnknown(long raw) {
      String name = set.nameOf(raw, abi);
      return name == null ? set.unknown() : name;
    }
  }

  /**
   * A number with its name as a remark: {@code 3 /* SYSLOG_ACTION_READ_ALL *}{@code /}. strace
   * keeps it under {@code -X raw} if the number is decimal.
   */
  static final class Noted extends Remarked {
    Noted(Abi abi, FlagSet set, ScalarSpec spec) {
      super(abi, set, spec);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String comment = nameOrUnknown(raw);
      Value number = new Value.Num(raw, base);
      return comment == null
          ? number
          : base == Value.Base.HEX
              ? new Value.Hinted(number, comment)
              : new Value.Commented(number, comment);
    }
  }

  /** A number of flags, whose names are a remark. */
  static final class NotedFlags extends Remarked {
    NotedFlags(Abi abi, FlagSet set, ScalarSpec spec) {
      super(abi, set, spec);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      FlagSet.Decomposition flags = set.decompose(raw, abi);
      Value number = new Value.Num(raw, base);
      if (raw == 0) {
        return number;
      }
      String unknown = set.unknown();
      return new Value.Hinted(
          number,
          flags.names().length == 0 && unknown != null
              ? unknown
              : joined(flags.names(), flags.rest()));
    }
  }

  /** Names and what has none, as in {@code A|B|0x10}. */
  private static String joined(String[] names, long rest) {
    String text = String.join("|", names);
    return rest == 0 ? text : text + (text.isEmpty() ? "0x" : "|0x") + Long.toHexString(rest);
  }

  /** A result in hex with its names behind it: {@code 0x1 (PR_PAC_APIAKEY)}; 0 if it has one. */
  static final class NamedResult extends ScalarType {
    private final Type type;

    NamedResult(Abi abi, Type type) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
      this.type = type;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      Value number = Value.hex(raw);
      if (type.decode(c, raw) instanceof Value.Sym sym && sym.names().length > 0) {
        String names = joined(sym.names(), sym.rest());
        c.setNote(new Value.Coded(number, new Value.Text(names, raw)));
      }
      return number;
    }
  }

  /** Flags above a length of 16 bits, of PR_SVE_SET_VL and PR_SME_SET_VL (prctl(2)). */
  static final class VectorLength extends ScalarType {
    private static final long LENGTH = 0xffff;

    private final Abi abi;
    private final FlagSet set;

    VectorLength(Abi abi, FlagSet set) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
      this.abi = abi;
      this.set = set;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if ((raw & ~LENGTH) == 0) {
        return Value.hex(raw);
      }
      FlagSet.Decomposition flags = set.decompose(raw & ~LENGTH, abi);
      String length = raw << 48 == 0 ? "0" : "0x" + Long.toHexString(raw & LENGTH);
      String[] names = {joined(flags.names(), flags.rest()), length};
      return new Value.Sym(raw, Value.Base.HEX, names, 0, null, true);
    }
  }

  /** The argument of PR_SET_TAGGED_ADDR_CTRL: what is not enabled is told, too. */
  static final class TaggedAddress extends ScalarType {
    private final Abi abi;

    TaggedAddress(Abi abi) {
      super(abi, abi.wordSize(), false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      FlagSet.Decomposition flags = Sets.get("pr_tagged_addr").decompose(raw & ~TAGS, abi);
      long tags = (raw & TAGS) >>> 3;
      String names = joined(flags.names(), 0);
      if ((raw & 1) == 0) {
        names = "!PR_TAGGED_ADDR_ENABLE|" + names;
      }
      if (tags != 0) {
        names += "|0x" + Long.toHexString(tags) + "<<PR_MTE_TAG_SHIFT";
      }
      return new Value.Sym(raw, Value.Base.HEX, new String[] {names}, flags.rest(), null, true);
    }

    private static final long TAGS = 0x7fff8;
  }

  /** A number with the name as a remark that it has in a set. */
  static final class NotedEnum extends Remarked {
    NotedEnum(Abi abi, FlagSet set, ScalarSpec spec) {
      super(abi, set, spec);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String comment = nameOrUnknown(raw);
      return new Value.Hinted(new Value.Num(raw, base), comment == null ? "???" : comment);
    }
  }

  /** An error number. */
  static final class ErrnoName extends ScalarType {
    ErrnoName(Abi abi) {
      super(abi, 4, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      String name = Errno.name((int) raw);
      return name == null
          ? Value.udec(raw)
          : new Value.Sym(raw, Value.Base.UDEC, new String[] {name}, 0, null, false);
    }
  }

  /** A class and a level of I/O priority (ioprio_set(2)); as a result, the number and these. */
  static final class IoPriority extends ScalarType {
    private static final int CLASS_SHIFT = 13;

    private final Abi abi;
    private final boolean result;

    IoPriority(Abi abi, boolean result) {
      super(abi, 4, result, result ? Value.Base.DEC : Value.Base.HEX);
      this.abi = abi;
      this.result = result;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      Value priority = value(abi, raw);
      if (result) {
        c.setNote(priority);
        return Value.dec(raw);
      }
      return new Value.Coded(Value.dec((int) raw), priority);
    }

    static Value value(Abi abi, long raw) {
      FlagSet classes = Sets.get("ioprio_class");
      long number = raw >>> CLASS_SHIFT & 0x7ffff;
      Value level = Value.udec(raw & (1 << CLASS_SHIFT) - 1);
      Value kind = Sets.constant(classes, abi, number, Value.Base.HEX);
      return new Value.Macro("IOPRIO_PRIO_VALUE", kind, level);
    }
  }

  /** A command of quotactl(2) and what kind of quota it is about. */
  static final class QuotaCommand extends ScalarType {
    private static final int TYPE_MASK = 0xff;

    private final Abi abi;

    QuotaCommand(Abi abi) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      Value command = name("quota_cmd", raw >>> 8);
      Value type = name("quota_type", raw & TYPE_MASK);
      return new Value.Coded(Value.udec(raw), new Value.Macro("QCMD", command, type));
    }

    /** A name that stays one whatever -X says. */
    private Value name(String set, long value) {
      String name = Sets.get(set).nameOf(value, abi);
      return name == null ? Sets.constant(set, abi, value) : new Value.Text(name, value);
    }
  }

  /** Flags of swapon(2) and the priority: {@code SWAP_FLAG_PREFER|5}. */
  static final class SwapFlags extends ScalarType {
    private static final long PRIORITY = 0x7fff;

    private final Abi abi;

    SwapFlags(Abi abi) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long flags = raw & ~PRIORITY;
      Value priority = Value.udec(raw & PRIORITY);
      return flags == 0
          ? priority
          : new Value.Or(raw, Value.Base.HEX, Sets.flags("swapon_flags", abi, flags), priority);
    }
  }

  /** The mode of openat2(2): left out where it does not count and is 0, as it has to be then. */
  static final class OpenMode extends ScalarType {
    private static final long O_CREAT = 0x40;
    private static final long O_TMPFILE_BIT = 0x400000;

    private final Ref flags;

    OpenMode(Abi abi, Ref flags) {
      super(abi, 8, false, Value.Base.PERM);
      this.flags = flags;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == 0 && (flags.get(c) & (O_CREAT | O_TMPFILE_BIT)) == 0
          ? Value.OMITTED
          : super.decode(c, raw);
    }
  }

  /** A descriptor in 64 bits. */
  static final class LongDescriptor extends ScalarType {
    LongDescriptor(Abi abi) {
      super(abi, 8, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return raw >>> 31 == 0 ? c.fd((int) raw) : Value.udec(raw);
    }
  }
}
