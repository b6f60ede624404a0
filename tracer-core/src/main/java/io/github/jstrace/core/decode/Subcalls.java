// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.X32;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Calls that are made through socketcall(2) and ipc(2), of which the first argument says which call
 * is meant. They are shown, selected and counted as that call.
 */
public final class Subcalls {
  private static final int WORD = 4;
  private static final String SOCKET_PREFIX = "SYS_";

  private Subcalls() {}

  /**
   * Makes the call that {@code tracee} has entered the one that is meant. Nothing changes if it
   * means none, or its arguments cannot be read.
   */
  public static void resolve(Tracee tracee) {
    Abi abi = tracee.abi();
    if (!abi.multiplexes(tracee.number())) {
      return;
    }
    long call = tracee.arg(0) & 0xffffffffL;
    Syscall meant = meant(abi, tracee.number(), call);
    boolean socket = tracee.number() == Abi.SOCKETCALL;
    long[] args =
        meant == null
            ? null
            : socket
                ? words(tracee, tracee.arg(1), meant.signature().params().length)
                : ipcArguments(tracee, (int) (call & 0xffff), call >>> 16);
    if (meant == null || args == null) {
      return;
    }
    tracee.becomes(meant.number(abi));
    for (int i = 0; i < args.length; i++) {
      tracee.setArg(i, args[i]);
    }
  }

  /**
   * The call that socketcall(2) or ipc(2) means by its first argument.
   *
   * @param multiplexer the number of one of the two
   * @return null if it means none
   */
  public static @Nullable Syscall meant(Abi abi, int multiplexer, long call) {
    boolean socket = multiplexer == Abi.SOCKETCALL;
    FlagSet names = Sets.get(socket ? "socketcall" : "ipc_call");
    // The upper half of ipc's is a version.
    String name = names.nameOf(socket ? call : call & 0xffff, abi);
    if (name == null) {
      return null;
    }
    name = name.startsWith(SOCKET_PREFIX) ? name.substring(SOCKET_PREFIX.length()) : name;
    return SyscallTable.subcall(abi, name.toLowerCase(Locale.ROOT));
  }

  private static long @Nullable [] words(Tracee tracee, long address, int count) {
    byte[] bytes = new byte[count * WORD];
    int got = tracee.memory().read(address & 0xffffffffL, bytes, 0, bytes.length);
    if (got < bytes.length) {
      return null;
    }
    MemoryView m = new MemoryView(bytes, got);
    long[] words = new long[count];
    for (int i = 0; i < count; i++) {
      words[i] = m.u32(i * WORD);
    }
    return words;
  }

  /** ipc(2): {@code (call, first, second, third, ptr, fifth)}. */
  private static long @Nullable [] ipcArguments(Tracee tracee, int call, long version) {
    long first = tracee.arg(1);
    long second = tracee.arg(2);
    long third = tracee.arg(3);
    long pointer = tracee.arg(4);
    long fifth = tracee.arg(5);
    switch (call) {
      case 1: // semop
        return new long[] {first, pointer, second};
      case 4: // semtimedop
        return new long[] {first, pointer, second, fifth};
      case 11: // msgsnd
        return new long[] {first, pointer, second, third};
      case 12: // msgrcv: in version 0 the pointer is to the buffer's address and the type
        long[] pair = version == 0 ? words(tracee, pointer, 2) : new long[] {pointer, fifth};
        return pair == null ? null : new long[] {first, pair[0], second, pair[1], third};
      case 14: // msgctl
      case 24: // shmctl
        return new long[] {first, second, pointer};
      case 21: // shmat: the result is stored at the address in the third
        return new long[] {first, pointer, second, third};
      case 22: // shmdt
        return new long[] {pointer};
      default: // semget, semctl, msgget, shmget
        return new long[] {first, second, third, pointer};
    }
  }

  /**
   * Whether the number is one of those of subcalls, which are ours: the kernel has none of them.
   */
  public static boolean isInvented(Tracee tracee) {
    return tracee.number() >= SyscallTable.FIRST_SUBCALL
        && tracee.number() == tracee.kernelNumber()
        && !X32.is(tracee.abi(), tracee.number());
  }
}
