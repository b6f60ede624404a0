// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.decode.DecodeOptions.SecurityContexts;
import org.jspecify.annotations.Nullable;

/**
 * How a trace is shown as text. The defaults are strace's. Set before tracing starts, not changed
 * afterwards.
 */
public final class TextOptions {
  /** When strings are shown in hex ({@code --strings-in-hex}). */
  public enum HexStrings {
    /** Never: octal escapes. */
    NONE,
    /** Octal escapes become hex ones. */
    NON_ASCII_CHARS,
    /** {@code -x}: the whole string, if anything in it is not ASCII text. */
    NON_ASCII,
    /** {@code -xx}. */
    ALL
  }

  /** How named constants are shown ({@code -X}). */
  public enum Constants {
    RAW,
    ABBREV,
    /** The number, and the names in a comment. */
    VERBOSE
  }

  /** The clock of the time that lines begin with ({@code -t}). */
  public enum Timestamps {
    NONE,
    /** Time of the day. */
    TIME,
    /** Seconds since 1970. */
    UNIX
  }

  /** Digits behind the seconds. */
  public enum Precision {
    S(0),
    MS(3),
    US(6),
    NS(9);

    private final int digits;

    Precision(int digits) {
      this.digits = digits;
    }

    public int digits() {
      return digits;
    }
  }

  /** Whether lines begin with the thread's id. */
  public enum PidPrefix {
    /** Each thread has a file of its own ({@code -ff -o}). */
    NEVER,
    /**
     * {@code [pid 1234] }, as long as there is more than one thread: what is seen on a terminal.
     */
    WHEN_SEVERAL,
    /**
     * {@code 1234 } on every line if more than one thread was attached to: what a file of few
     * threads has, whose readers could not tell later where the second thread began.
     */
    IF_SEVERAL_ATTACHED,
    /** {@code [pid 12] } on every line. */
    ALWAYS_IN_BRACKETS,
    /** {@code 1234 } on every line: files that several threads write to. */
    ALWAYS
  }

  private HexStrings hexStrings = HexStrings.NONE;
  private Constants constants = Constants.ABBREV;
  private int column = 40;
  private Timestamps timestamps = Timestamps.NONE;
  private Precision timestampPrecision = Precision.S;
  private boolean relativeTimestamps;
  private Precision relativePrecision = Precision.US;
  private boolean syscallTimes;
  private Precision syscallTimesPrecision = Precision.US;
  private boolean instructionPointer;
  private boolean syscallNumber;
  private boolean argNames;
  private PidPrefix pidPrefix = PidPrefix.WHEN_SEVERAL;
  private boolean pidComms;
  private @Nullable Palette palette;
  private SecurityContexts securityContexts = SecurityContexts.NONE;
  private boolean quietExit;
  private boolean quietPersonality;
  private boolean quietThreadExecve;

  public HexStrings hexStrings() {
    return hexStrings;
  }

  public TextOptions setHexStrings(HexStrings value) {
    hexStrings = value;
    return this;
  }

  public Constants constants() {
    return constants;
  }

  public TextOptions setConstants(Constants value) {
    constants = value;
    return this;
  }

  /** {@code -a}: the column, from 0, in which {@code = result} stands if the line is not longer. */
  public int column() {
    return column;
  }

  public TextOptions setColumn(int value) {
    column = value;
    return this;
  }

  /** {@code -t}: {@code -tt} is TIME and US, {@code -ttt} UNIX and US. */
  public Timestamps timestamps() {
    return timestamps;
  }

  public Precision timestampPrecision() {
    return timestampPrecision;
  }

  public TextOptions setTimestamps(Timestamps value, Precision precision) {
    timestamps = value;
    timestampPrecision = precision;
    return this;
  }

  /** {@code -r}: time since the line before. */
  public boolean relativeTimestamps() {
    return relativeTimestamps;
  }

  public Precision relativePrecision() {
    return relativePrecision;
  }

  public TextOptions setRelativeTimestamps(boolean value, Precision precision) {
    relativeTimestamps = value;
    relativePrecision = precision;
    return this;
  }

  /** {@code -T}: time spent in the call. */
  public boolean syscallTimes() {
    return syscallTimes;
  }

  public Precision syscallTimesPrecision() {
    return syscallTimesPrecision;
  }

  public TextOptions setSyscallTimes(boolean value, Precision precision) {
    syscallTimes = value;
    syscallTimesPrecision = precision;
    return this;
  }

  /** {@code -i}. */
  public boolean instructionPointer() {
    return instructionPointer;
  }

  public TextOptions setInstructionPointer(boolean value) {
    instructionPointer = value;
    return this;
  }

  /** {@code -n}. */
  public boolean syscallNumber() {
    return syscallNumber;
  }

  public TextOptions setSyscallNumber(boolean value) {
    syscallNumber = value;
    return this;
  }

  /** {@code -N}: the name before each argument. */
  public boolean argNames() {
    return argNames;
  }

  public TextOptions setArgNames(boolean value) {
    argNames = value;
    return this;
  }

  public PidPrefix pidPrefix() {
    return pidPrefix;
  }

  public TextOptions setPidPrefix(PidPrefix value) {
    pidPrefix = value;
    return this;
  }

  /** {@code -Y}: names behind the ids that lines begin with. */
  public boolean pidComms() {
    return pidComms;
  }

  public TextOptions setPidComms(boolean value) {
    pidComms = value;
    return this;
  }

  /** Colours; null if there are none. */
  public @Nullable Palette palette() {
    return palette;
  }

  public TextOptions setPalette(@Nullable Palette value) {
    palette = value;
    return this;
  }

  /** Whether the SELinux context of the thread stands at the beginning of a line. */
  public SecurityContexts securityContexts() {
    return securityContexts;
  }

  public TextOptions setSecurityContexts(SecurityContexts value) {
    securityContexts = value;
    return this;
  }

  /** {@code -e quiet=exit}: no {@code +++ exited +++} lines; those of a killed thread stay. */
  public boolean quietExit() {
    return quietExit;
  }

  public TextOptions setQuietExit(boolean value) {
    quietExit = value;
    return this;
  }

  /** {@code -e quiet=personality}: no {@code [ Process PID=1 runs in 32 bit mode. ]}. */
  public boolean quietPersonality() {
    return quietPersonality;
  }

  public TextOptions setQuietPersonality(boolean value) {
    quietPersonality = value;
    return this;
  }

  /** {@code -e quiet=thread-execve}: no {@code +++ superseded by execve +++} lines. */
  public boolean quietThreadExecve() {
    return quietThreadExecve;
  }

  public TextOptions setQuietThreadExecve(boolean value) {
    quietThreadExecve = value;
    return this;
  }
}
