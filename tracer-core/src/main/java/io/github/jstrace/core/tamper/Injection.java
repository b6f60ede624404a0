// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.tamper;

import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallClasses;
import io.github.jstrace.tables.SyscallTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to do to the calls of a set ({@code -e inject=}), and to which invocations of each. The
 * calls are counted for each thread and each system call apart, from 1 on, and only those that are
 * traced.
 */
public final class Injection {
  /** Bytes to write to where an argument points. */
  public static final class Poke {
    private final int argument;
    private final byte[] data;

    /**
     * @param argument 0 to 5
     */
    public Poke(int argument, byte[] data) {
      this.argument = argument;
      this.data = data.clone();
    }

    public int argument() {
      return argument;
    }

    /** Not to be changed. */
    @SuppressWarnings("MutableExpose")
    public byte[] data() {
      return data;
    }
  }

  /** The number that no call has: the kernel skips it. */
  public static final int NO_CALL = -1;

  private static final Poke[] NO_POKES = {};

  private final SyscallFilter calls;
  private boolean replacesCall;
  private int errno;
  private long result;
  private @Nullable String substitute;
  private int signal;
  private long delayAtEnter = -1;
  private long delayAtExit = -1;
  private Poke[] pokesAtEnter = NO_POKES;
  private Poke[] pokesAtExit = NO_POKES;
  private int first = 1;
  private int last = Integer.MAX_VALUE;
  private int step = 1;

  public Injection(SyscallFilter calls) {
    this.calls = calls;
  }

  /** Whether it is meant for this call at all; it never is for a number that means no call. */
  public boolean concerns(Abi abi, int number) {
    return calls.contains(abi, number) && SyscallTable.has(abi, number);
  }

  /** Whether it is meant for the {@code count}th invocation. */
  public boolean concernsInvocation(int count) {
    return count >= first && count <= last && (count - first) % step == 0;
  }

  /**
   * Chooses invocations: {@code first}, and each {@code step}th behind it up to {@code last}; all
   * at least 1.
   */
  public Injection setInvocations(int firstCount, int lastCount, int stepCount) {
    first = firstCount;
    last = lastCount;
    step = stepCount;
    return this;
  }

  /** Lets the call fail instead of being made. */
  public Injection setError(int number) {
    replacesCall = true;
    errno = number;
    result = -number;
    return this;
  }

  /** Lets the call succeed without being made. */
  public Injection setResult(long value) {
    replacesCall = true;
    errno = 0;
    result = value;
    return this;
  }

  /** Whether the call is not made, but only its result. */
  public boolean replacesCall() {
    return replacesCall;
  }

  /** The error, 0 for success. */
  public int errno() {
    return errno;
  }

  /** What the register of the result gets: -errno for an error. */
  public long result() {
    return result;
  }

  /**
   * Has this call made in place of none when the result is replaced.
   *
   * @param name of a call without side effects
   * @return whether there is such a call
   */
  public boolean setSubstitute(String name) {
    substitute = name;
    long pure = SyscallClasses.mask("%pure");
    List<Syscall> found = SyscallTable.byName(name);
    for (int i = 0; i < found.size(); i++) {
      if ((found.get(i).classes() & pure) != 0) {
        return true;
      }
    }
    return false;
  }

  /** The number of the call to make in place of the one that is replaced. */
  public int substituteNumber(Abi abi) {
    if (substitute != null) {
      List<Syscall> found = SyscallTable.byName(substitute);
      for (int i = 0; i < found.size(); i++) {
        int number = found.get(i).number(abi);
        if (number >= 0) {
          return number;
        }
      }
    }
    return NO_CALL;
  }

  /** The signal to send at entry, 0 for none. */
  public int signal() {
    return signal;
  }

  public Injection setSignal(int value) {
    signal = value;
    return this;
  }

  /** How long to stay at the entry, nanoseconds; negative: no delay. */
  public long delayAtEnter() {
    return delayAtEnter;
  }

  public Injection setDelayAtEnter(long nanos) {
    delayAtEnter = nanos;
    return this;
  }

  /** How long to stay at the exit, nanoseconds; negative: no delay. */
  public long delayAtExit() {
    return delayAtExit;
  }

  public Injection setDelayAtExit(long nanos) {
    delayAtExit = nanos;
    return this;
  }

  /** What to write before the call is made; not to be changed. */
  @SuppressWarnings("MutableExpose")
  public Poke[] pokesAtEnter() {
    return pokesAtEnter;
  }

  public Injection setPokesAtEnter(Poke... pokes) {
    pokesAtEnter = pokes.clone();
    return this;
  }

  /** What to write when the call has been made; not to be changed. */
  @SuppressWarnings("MutableExpose")
  public Poke[] pokesAtExit() {
    return pokesAtExit;
  }

  public Injection setPokesAtExit(Poke... pokes) {
    pokesAtExit = pokes.clone();
    return this;
  }
}
