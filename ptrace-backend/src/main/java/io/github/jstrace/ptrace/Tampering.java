// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.tamper.Injection;
import io.github.jstrace.tables.Signature;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries injections out: replaces calls and results, writes to memory, delivers signals, and keeps
 * threads that are delayed in their stop while all others go on.
 */
final class Tampering {
  private final Injection[] injections;
  private final Requests requests;
  private final TraceHandler handler;

  /** Threads that are kept in a stop. */
  private final List<TraceeState> kept = new ArrayList<>();

  Tampering(Injection[] injections, Requests requests, TraceHandler handler) {
    this.injections = injections;
    this.handler = handler;
    this.requests = requests;
  }

  /** Whether any of them sends a signal, which only a stop at every call can deliver. */
  static boolean sendSignals(Injection[] injections) {
    for (Injection injection : injections) {
      if (injection.signal() != 0) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Injection find(Tracee tracee) {
    for (int i = injections.length - 1; i >= 0; i--) {
      if (injections[i].concerns(tracee.abi(), tracee.number())) {
        return injections[i];
      }
    }
    return null;
  }

  /** A thread is entering a call that is traced; nothing of it has been reported yet. */
  void enter(TraceeState state) {
    Tracee tracee = state.tracee;
    TamperState tampering = state.tampering;
    if (tampering != null) {
      tampering.current = null;
    }
    Injection injection = find(tracee);
    if (injection == null) {
      return;
    }
    if (tampering == null) {
      tampering = new TamperState();
      state.tampering = tampering;
    }
    if (!injection.concernsInvocation(tampering.count(tracee.abi(), tracee.number()))) {
      return;
    }
    tampering.current = injection;
    tampering.signal = injection.signal();
    poke(tracee, injection.pokesAtEnter());
    if (injection.replacesCall()
        && requests.replaceCall(tracee.tid(), injection.substituteNumber(tracee.abi())) >= 0) {
      tracee.addTampering(Tracee.TAMPERED_RESULT);
    }
    delay(tracee, tampering, injection.delayAtEnter());
  }

  /**
   * A thread is at the exit of a call.
   *
   * @return the injection whose result is the call's; null if the call has its own
   */
  @Nullable Injection exit(TraceeState state) {
    TamperState tampering = state.tampering;
    if (tampering == null || tampering.current == null) {
      return null;
    }
    Injection injection = tampering.current;
    tampering.current = null;
    Tracee tracee = state.tracee;
    poke(tracee, injection.pokesAtExit());
    delay(tracee, tampering, injection.delayAtExit());
    if ((tracee.tampering() & Tracee.TAMPERED_RESULT) == 0
        || requests.replaceResult(tracee.tid(), injection.result()) < 0) {
      return null;
    }
    return injection;
  }

  private void poke(Tracee tracee, Injection.Poke[] pokes) {
    for (Injection.Poke poke : pokes) {
      if (poke.argument() >= argumentCount(tracee)) {
        failed(
            tracee,
            "requested to tamper with argument #"
                + (poke.argument() + 1)
                + ", but system call '"
                + nameOf(tracee)
                + "' has only "
                + argumentCount(tracee)
                + " arguments");
        continue;
      }
      long address = tracee.arg(poke.argument());
      if (tracee.abi().wordSize() == 4) {
        address &= 0xffffffffL;
      }
      int length = poke.data().length;
      int written = requests.write(tracee.tid(), address, poke.data());
      if (written <= 0) {
        failed(tracee, "couldn't poke");
        continue;
      }
      tracee.addTampering(Tracee.TAMPERED_ARGUMENTS);
      if (written < length) {
        handler.tamperingFailed(tracee, shortWrite(tracee.tid(), written, length, address));
      }
    }
  }

  private void failed(Tracee tracee, String what) {
    handler.tamperingFailed(
        tracee, "poke_tcb: Failed to tamper with process " + tracee.tid() + ": " + what);
  }

  private static String shortWrite(int tid, int written, int length, long address) {
    return "pid:"
        + tid
        + " short write ("
        + written
        + " < "
        + length
        + ") @0x"
        + Long.toHexString(address);
  }

  private static String nameOf(Tracee tracee) {
    Syscall call = SyscallTable.byNumber(tracee.abi(), tracee.number());
    return call == null ? "?" : call.name();
  }

  /** How many arguments in registers the call has: what is behind them points nowhere. */
  private static int argumentCount(Tracee tracee) {
    Syscall call = SyscallTable.byNumber(tracee.abi(), tracee.number());
    if (call == null || call.signature().indirect()) {
      return 0;
    }
    Signature.Param[] params = call.signature().params();
    int count = 0;
    for (int i = 0; i < params.length; i++) {
      count = Math.max(count, (params[i].slot() < 0 ? i : params[i].slot()) + 1);
    }
    return count;
  }

  private static void delay(Tracee tracee, TamperState tampering, long nanos) {
    tampering.delay = nanos;
    if (nanos >= 0) {
      tracee.addTampering(Tracee.DELAYED);
    }
  }

  /** The signal that the thread is to go on with; 0 for none. */
  static int takeSignal(TraceeState state) {
    TamperState tampering = state.tampering;
    if (tampering == null) {
      return 0;
    }
    int signal = tampering.signal;
    tampering.signal = 0;
    return signal;
  }

  /** Keeps a thread in its stop if it is to be delayed. Returns whether it is. */
  boolean keep(TraceeState state) {
    TamperState tampering = state.tampering;
    if (tampering == null || tampering.delay < 0) {
      return false;
    }
    tampering.due = requests.now() + tampering.delay;
    tampering.delay = -1;
    kept.add(state);
    return true;
  }

  /** The thread is gone, or in another stop. */
  void forget(TraceeState state) {
    kept.remove(state);
  }

  /** Whether any thread is kept. */
  boolean keepsAny() {
    return !kept.isEmpty();
  }

  /** Nanoseconds until the next kept thread is to go on; 0 if one is already. */
  long remaining() {
    long now = requests.now();
    long least = Long.MAX_VALUE;
    for (TraceeState state : kept) {
      TamperState tampering = state.tampering;
      if (tampering != null) {
        least = Math.min(least, Math.max(0, tampering.due - now));
      }
    }
    return least;
  }

  /**
   * Takes a thread that is to go on out of those that are kept.
   *
   * @param all whatever time it is
   * @return null if there is none
   */
  @Nullable TraceeState takeDue(boolean all) {
    long now = requests.now();
    for (int i = 0; i < kept.size(); i++) {
      TamperState tampering = kept.get(i).tampering;
      if (all || tampering == null || tampering.due - now <= 0) {
        return kept.remove(i);
      }
    }
    return null;
  }
}
