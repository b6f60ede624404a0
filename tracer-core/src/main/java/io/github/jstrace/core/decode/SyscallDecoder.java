// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.X32;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the system calls of all tracees. Rows are compiled when a call is first seen.
 *
 * <p>Not thread-safe: belongs to the tracer thread.
 */
public final class SyscallDecoder {
  private static final String[] RAW_NAMES = {"arg1", "arg2", "arg3", "arg4", "arg5", "arg6"};

  private final DecodeOptions options;
  private final FdResolver fds;
  private final @Nullable CallRemarks remarks;
  private final NetlinkSockets netlinkSockets = new NetlinkSockets();
  private final TypeCompiler[] compilers = new TypeCompiler[Abi.values().length];
  private final @Nullable CallType[][] calls = new CallType[Abi.values().length][];

  public SyscallDecoder(DecodeOptions options, FdResolver fds) {
    this.options = options;
    this.fds = fds;
    this.remarks = options.newNamespaces() || options.vcpuExits() ? new CallRemarks(options) : null;
  }

  /** What the decoder keeps for one tracee, from the entry of a call to its exit. */
  public static final class State {
    private final DecodeContext context;
    private final DecodedCall call = new DecodedCall();
    private @Nullable CallType type;
    private boolean raw;

    private State(DecodeContext context) {
      this.context = context;
    }

    /** The call, as far as it is decoded. */
    public DecodedCall call() {
      return call;
    }

    /** The call in flight goes on under another thread's id: its execve made it the leader. */
    public void moveTo(Tracee tracee) {
      context.setTracee(tracee);
    }
  }

  /** A new state for a tracee. */
  public State newState(Tracee tracee) {
    return new State(new DecodeContext(tracee, options, fds, netlinkSockets));
  }

  /** Decodes what is known at entry. */
  public DecodedCall enter(State state) {
    DecodeContext c = state.context;
    Tracee tracee = c.tracee();
    CallType type = Subcalls.isInvented(tracee) ? null : callType(tracee.abi(), tracee.number());
    state.type = type;
    if (type == null) {
      Syscall refused = X32.is(tracee.abi(), tracee.number()) ? X32.refused(tracee.number()) : null;
      int count = refused == null ? RAW_NAMES.length : refused.signature().params().length;
      c.begin(RAW_NAMES.length, true, true);
      state.raw = true;
      state.call.begin(
          refused == null ? unknownName(tracee.number()) : refused.name() + "#64",
          false,
          true,
          true,
          RAW_NAMES);
      enterRaw(state, count, null);
      return state.call;
    }
    Abi abi = tracee.abi();
    int number = tracee.number();
    boolean abbreviated = options.abbreviated().contains(abi, number);
    c.begin(type.types.length, abbreviated, options.verbose().contains(abi, number));
    state.raw = options.raw().contains(abi, number);
    state.call.begin(type.syscall.name(), true, abbreviated, state.raw, type.names);
    if (state.raw) {
      enterRaw(state, type.types.length, type);
      return state.call;
    }
    if (!loadArguments(c, type)) {
      // The words that should be the arguments cannot be read: strace shows where they should be.
      state.type = null;
      state.call.add(tracee.arg(0), Value.unreadable(tracee.arg(0) & 0xffffffffL));
      state.call.endOfEntry(false);
      return state.call;
    }
    for (int i = 0; i < type.types.length; i++) {
      type.types[i].atEntry(c, c.argument(i));
    }
    boolean pending = decodeFrom(state, type, 0, false);
    state.call.endOfEntry(pending);
    return state.call;
  }

  /** Completes the call that was entered: it returned, or its thread is gone. */
  public void exit(State state) {
    DecodeContext c = state.context;
    Tracee tracee = c.tracee();
    DecodedCall call = state.call;
    CallType type = state.type;
    c.beginExit();
    if (type != null && !state.raw) {
      if (call.entryPending()) {
        int next = call.argCount();
        if (next > 0
            && type.types[next - 1].when(c) == Type.When.BOTH
            && call.arg(next - 1) != Value.OMITTED) {
          Value after = type.types[next - 1].after(c, c.argument(next - 1));
          if (after != null) {
            call.replace(next - 1, new Value.Changed(call.arg(next - 1), after));
          }
        }
        decodeFrom(state, type, next, true);
      }
    }
    if (tracee.resultKnown() && tracee.errno() == Tracee.SUCCESS) {
      if (remarks != null && type != null && !state.raw) {
        remarks.add(c, type.syscall.name());
      }
      long result = tracee.abi().wordSize() == 4 ? (int) tracee.result() : tracee.result();
      if (type == null) {
        call.setResult(Value.dec(result), null);
      } else if (state.raw) {
        call.setResult(Value.hex(result), null);
      } else {
        setResult(c, call, type.result.decode(c, type.result.join(result, result >> 32)));
      }
    } else {
      call.setResult(Value.dec(tracee.result()), c.note());
    }
  }

  /** A result with a name is shown as a number, with the name behind it: {@code 10 (SIGUSR1)}. */
  private static void setResult(DecodeContext c, DecodedCall call, Value value) {
    if (value instanceof Value.Sym sym) {
      boolean named = sym.names().length > 0 && !(sym.flags() && sym.raw() == 0);
      call.setResult(new Value.Num(sym.raw(), sym.base()), named ? name(sym) : c.note());
    } else if (value instanceof Value.Commented commented) {
      call.setResult(commented.value(), new Value.Text(commented.comment(), 0));
    } else {
      call.setResult(value, c.note());
    }
  }

  /** One constant is named plainly even where others are shown with their numbers. */
  private static Value name(Value.Sym sym) {
    return sym.flags() || sym.names().length != 1 || sym.rest() != 0
        ? sym
        : new Value.Text(sym.names()[0], sym.raw());
  }

  private static boolean loadArguments(DecodeContext c, CallType type) {
    Tracee tracee = c.tracee();
    MemoryView words = null;
    int word = tracee.abi().wordSize();
    if (type.indirect) {
      words = c.copy(tracee.arg(0) & (word == 4 ? 0xffffffffL : -1), type.slotCount * word);
      if (words.length() < type.slotCount * word) {
        return false;
      }
    }
    for (int i = 0; i < type.types.length; i++) {
      Type t = type.types[i];
      int slot = type.slots[i];
      int second = t.slots() == 2 ? slot + 1 : slot;
      long low =
          words == null ? tracee.arg(Math.min(slot, 5)) : words.load(slot * word, word, false);
      long high =
          words == null ? tracee.arg(Math.min(second, 5)) : words.load(second * word, word, false);
      c.setArgument(i, t.join(low, high));
    }
    // Only now is it known what those are that others decide.
    for (int i = 0; i < type.types.length; i++) {
      if (type.types[i] instanceof ChoiceType choice) {
        c.setArgument(i, choice.joined(c, c.argument(i)));
      }
    }
    return true;
  }

  /**
   * Whether the call never returns to its caller ({@code exit}); its result is shown as {@code ?}.
   */
  public boolean neverReturns(State state) {
    return state.type != null && state.type.noReturn;
  }

  /**
   * Decodes arguments from {@code first} on.
   *
   * @return whether some must wait for the exit
   */
  private static boolean decodeFrom(State state, CallType type, int first, boolean exiting) {
    DecodeContext c = state.context;
    for (int i = first; i < type.types.length; i++) {
      long raw = c.argument(i);
      TypeCompiler.Condition condition = type.conditions[i];
      if (condition != null && !condition.holds(c)) {
        state.call.add(raw, Value.OMITTED);
        continue;
      }
      Type.When when = type.types[i].when(c);
      if (!exiting && when == Type.When.EXIT) {
        return true;
      }
      Value value = type.types[i].decode(c, raw);
      if (type.labelled[i]) {
        value = new Value.Labelled(type.names[i], value);
      }
      if (exiting && when == Type.When.BOTH) {
        Value after = type.types[i].after(c, raw);
        value = after == null ? value : new Value.Changed(value, after);
      }
      state.call.add(raw, value);
      if (!exiting && when == Type.When.BOTH && value != Value.OMITTED) {
        return true;
      }
    }
    return false;
  }

  private static void enterRaw(State state, int count, @Nullable CallType type) {
    Tracee tracee = state.context.tracee();
    boolean narrow = tracee.abi().wordSize() == 4;
    for (int i = 0; i < count; i++) {
      long value = tracee.arg(type == null ? i : Math.min(type.slots[i], 5));
      value = narrow ? value & 0xffffffffL : value;
      state.call.add(value, Value.hex(value));
    }
    state.call.endOfEntry(false);
  }

  private static String unknownName(int number) {
    return "syscall_0x" + Long.toHexString(number);
  }

  /** Decodes a {@code siginfo_t} that the tracer got, which has the layout of {@code abi}. */
  public Value siginfo(State state, byte[] siginfo, Abi abi) {
    return Siginfo.value(state.context, new MemoryView(siginfo, siginfo.length), abi);
  }

  @Nullable CallType callType(Abi abi, int number) {
    CallType[] known = calls[abi.ordinal()];
    if (known == null) {
      known = new CallType[512];
      calls[abi.ordinal()] = known;
    }
    if (X32.is(abi, number)) {
      number = X32.plain(number);
    }
    if (number < 0 || number >= 1 << 12) {
      return null;
    }
    if (number >= known.length) {
      known = java.util.Arrays.copyOf(known, number + 64);
      calls[abi.ordinal()] = known;
    }
    CallType type = known[number];
    if (type == null) {
      Syscall syscall = SyscallTable.byNumber(abi, number);
      if (syscall == null) {
        return null;
      }
      type = new CallType(compiler(abi), syscall);
      known[number] = type;
    }
    return type;
  }

  private TypeCompiler compiler(Abi abi) {
    TypeCompiler compiler = compilers[abi.ordinal()];
    if (compiler == null) {
      compiler = new TypeCompiler(abi);
      compilers[abi.ordinal()] = compiler;
    }
    return compiler;
  }
}
