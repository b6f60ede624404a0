// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/**
 * A system call with its arguments as values: first those known at entry, then all, and the result.
 * Reused by the tracee it belongs to.
 */
public final class DecodedCall {
  static final String[] NO_NAMES = {};

  private String name = "";
  private boolean known;
  private boolean abbreviated = true;
  private boolean raw;
  private String[] argNames = NO_NAMES;
  private long[] rawArgs = {};
  private Value[] args = {};
  private int argCount;
  private int entryCount;
  private boolean entryPending;
  private @Nullable Value result;
  private @Nullable Value note;

  /** Begins a new call; {@code argCapacity} is the number of arguments that the row has. */
  void begin(
      String callName, boolean isKnown, boolean isAbbreviated, boolean isRaw, String[] names) {
    name = callName;
    known = isKnown;
    abbreviated = isAbbreviated;
    raw = isRaw;
    argNames = names;
    if (args.length < names.length) {
      args = new Value[Math.max(6, names.length)];
      rawArgs = new long[args.length];
    }
    argCount = 0;
    entryCount = 0;
    entryPending = false;
    result = null;
    note = null;
  }

  void add(long rawValue, Value value) {
    rawArgs[argCount] = rawValue;
    args[argCount++] = value;
  }

  void replace(int index, Value value) {
    args[index] = value;
  }

  void endOfEntry(boolean moreToCome) {
    entryCount = argCount;
    entryPending = moreToCome;
  }

  void setResult(Value value, @Nullable Value resultNote) {
    result = value;
    note = resultNote;
  }

  /**
   * Name of the call as strace prints it: {@code openat}, {@code syscall_0x1ff} for one that does
   * not exist.
   */
  public String name() {
    return name;
  }

  /** Whether there is a row for this number. */
  public boolean known() {
    return known;
  }

  /** Whether structs and arrays are to be shown in brief ({@code -v}, {@code -e abbrev=}). */
  public boolean abbreviated() {
    return abbreviated;
  }

  /**
   * Whether the arguments are shown undecoded ({@code -e raw=}); the values are then hex numbers.
   */
  public boolean raw() {
    return raw;
  }

  /** How many arguments there are so far; {@link Value#OMITTED} ones count and are not shown. */
  public int argCount() {
    return argCount;
  }

  /** How many of the arguments were decoded at entry. */
  public int entryCount() {
    return entryCount;
  }

  /** Whether further arguments come at exit. */
  public boolean entryPending() {
    return entryPending;
  }

  public String argName(int index) {
    return argNames[index];
  }

  /** The register (on i386, for a 64-bit argument, both) as it was at entry. */
  public long rawArg(int index) {
    return rawArgs[index];
  }

  /**
   * The decoded argument. One whose entry part was shown already and which changed is a {@link
   * Value.Changed} whose {@code before} is that part.
   */
  public Value arg(int index) {
    return args[index];
  }

  /** The result of a call that succeeded; null before the exit, and for one that failed. */
  public @Nullable Value result() {
    return result;
  }

  /**
   * What stands in parentheses behind the result: {@code 0 (Timeout)}, {@code 1 ([{fd=3, …}])};
   * null if nothing.
   */
  public @Nullable Value note() {
    return note;
  }
}
