// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** System V semaphores, shared memory and message queues (sysvipc(7)). */
final class IpcTypes {
  private static final int IPC_SET = 1;
  private static final int IPC_STAT = 2;
  private static final int IPC_INFO = 3;

  /** Set by the C library of i386: structs are those of today. */
  private static final int IPC_64 = 0x100;

  private IpcTypes() {}

  /** Flags of semget(2) and its kin, and a mode: {@code IPC_CREAT|0666}. */
  static final class GetFlags extends ScalarType {
    private static final long MODE = 0777;
    private static final int HUGE_SHIFT = 26;
    private static final long HUGE = 0xfc000000L;

    private final Abi abi;
    private final FlagSet set;

    GetFlags(Abi abi, FlagSet set) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
      this.set = set;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      // As strace, which shows the size of huge pages as a number of its own.
      long huge = set.decompose(raw & HUGE, abi).lateBits();
      long flags = raw & ~MODE & ~huge;
      Value[] parts = new Value[3];
      int count = 0;
      if (flags != 0) {
        parts[count++] = Sets.flags(set, abi, flags, Value.Base.HEX);
      }
      if (huge != 0) {
        String[] name = {"SHM_HUGE_SHIFT"};
        parts[count++] =
            new Value.Prefixed(
                (huge >>> HUGE_SHIFT) + "<<",
                new Value.Sym(HUGE_SHIFT, Value.Base.DEC, name, 0, null, false));
      }
      Value mode = new Value.Num(raw & MODE, Value.Base.PERM);
      if (count == 0) {
        return mode;
      }
      parts[count++] = mode;
      return new Value.Or(raw, Value.Base.HEX, java.util.Arrays.copyOf(parts, count));
    }
  }

  /** The first argument of ipc(2), unless it means another call: a version, and the call. */
  static final class CallWord extends ScalarType {
    private static final int VERSION_SHIFT = 16;

    CallWord(Abi abi) {
      super(abi, 4, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      long version = raw >> VERSION_SHIFT;
      return version == 0
          ? Value.udec(raw)
          : new Value.Text(version + "<<" + VERSION_SHIFT + "|" + (raw & 0xffff), raw);
    }
  }

  /** A command, on i386 often with {@code IPC_64}. */
  static final class Command extends ScalarType {
    private final Abi abi;
    private final FlagSet set;

    Command(Abi abi, FlagSet set) {
      super(abi, 4, false, Value.Base.HEX);
      this.abi = abi;
      this.set = set;
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      if ((raw & IPC_64) == 0) {
        return Sets.constant(set, abi, raw, Value.Base.HEX);
      }
      Value command = Sets.constant(set, abi, raw & ~(long) IPC_64, Value.Base.HEX);
      return new Value.Or(raw, Value.Base.HEX, Value.name(IPC_64, "IPC_64"), command);
    }
  }

  /** {@code struct msgbuf}: a type and text of a length that the call tells. */
  static final class Message extends JavaType {
    private final Ref length;
    private final int word;

    Message(Abi abi, Ref length, Direction direction) {
      super(abi, direction);
      this.length = length;
      this.word = abi.wordSize();
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      Phase phase = direction() == Direction.OUT ? Phase.EXIT : Phase.ENTRY;
      capture.bytes(
          phase,
          at,
          capture.length(length, 1, Capture.SOME).scaled(0, 1, 64),
          word + capture.maxString() + 1);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, word);
      if (m == null) {
        return Value.unreadable(raw);
      }
      return Value.struct(
          Value.field("mtype", Value.dec(m.load(0, word, true))),
          Value.field("mtext", c.bytes(raw + word, length.get(c), c.maxString())));
    }
  }

  /**
   * What semctl(2), shmctl(2) and msgctl(2) take last; IPC_SET has a struct of its own, which is
   * called as that of IPC_STAT with {@code _set} behind.
   *
   * @param status name of the struct of IPC_STAT, and of the commands {@code first} and {@code
   *     last}
   * @param info name of the struct of IPC_INFO
   * @param usage name of the struct of the command between these two
   */
  static Type control(
      TypeCompiler compiler,
      Ref command,
      String status,
      String info,
      String usage,
      int first,
      int last) {
    return new Control(compiler, command, status, info, usage, first, last);
  }

  private static final class Control extends JavaType {
    private final Ref command;
    private final StructType status;
    private final StructType set;
    private final StructType info;
    private final StructType usage;
    private final int first;
    private final int last;

    Control(
        TypeCompiler compiler,
        Ref command,
        String status,
        String info,
        String usage,
        int first,
        int last) {
      super(compiler.abi(), Direction.OUT);
      this.command = command;
      this.status = compiler.requireStruct(status);
      this.set = compiler.requireStruct(status + "_set");
      this.info = compiler.requireStruct(info);
      this.usage = compiler.requireStruct(usage);
      this.first = first;
      this.last = last;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      set.needsBehind(capture, Phase.ENTRY, at);
      capture.bytes(Phase.EXIT, at, Capture.SOME);
    }

    @Override
    When when(DecodeContext c) {
      return command(c) == IPC_SET ? When.ENTRY : When.EXIT;
    }

    private int command(DecodeContext c) {
      return (int) command.get(c) & ~IPC_64;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      StructType struct = null;
      int cmd = command(c);
      if (cmd == IPC_SET) {
        struct = set;
      } else if (cmd == IPC_STAT || cmd == first || cmd == last) {
        struct = status;
      } else if (cmd == IPC_INFO) {
        struct = info;
      } else if (cmd == first + 1) {
        struct = usage;
      }
      return struct == null ? Value.addr(raw) : struct.decode(c, raw);
    }
  }
}
