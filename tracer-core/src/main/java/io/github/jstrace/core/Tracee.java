// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core;

import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/**
 * A traced thread and the system call it is in, or was in last. One object lives as long as its
 * thread and is reused for each call, so that an event costs no allocation; it belongs to the
 * thread that runs the backend, and what is read from it is valid until the handler's method
 * returns.
 *
 * <p>Times are nanoseconds of {@code CLOCK_MONOTONIC} (as {@link System#nanoTime()} on Linux).
 */
public final class Tracee {
  /** {@link #errno()} of a call that succeeded. */
  public static final int SUCCESS = 0;

  /** {@link #tampering()}: memory that an argument points to was written to. */
  public static final int TAMPERED_ARGUMENTS = 1;

  /** {@link #tampering()}: the result is not that of the call, which was not made. */
  public static final int TAMPERED_RESULT = 2;

  /** {@link #tampering()}: the thread was kept waiting at the entry or the exit. */
  public static final int DELAYED = 4;

  private final int tid;
  private int tgid;
  private final TraceeMemory memory;

  private Abi abi = Abi.X86_64;
  private int number = -1;
  private int previousNumber = -1;
  private int kernelNumber = -1;
  private final long[] args = new long[6];
  private long instructionPointer;
  private long stackPointer;
  private boolean inSyscall;
  private long enterTime;
  private long startTime;
  private long exitTime;
  private long systemTimeAtEnter;
  private long systemTimeAtExit;
  private long result;
  private int errno;
  private boolean resultKnown;
  private int tampering;

  private long eventTime;

  private @Nullable Object handlerState;
  private @Nullable Object backendState;

  public Tracee(int tid, int tgid, TraceeMemory memory) {
    this.tid = tid;
    this.tgid = tgid;
    this.memory = memory;
  }

  /** Thread id, as the tracer's pid namespace has it. */
  public int tid() {
    return tid;
  }

  /** Process id (thread group id). */
  public int tgid() {
    return tgid;
  }

  /** For a backend that learns the thread group after the thread. */
  public void setTgid(int value) {
    tgid = value;
  }

  public TraceeMemory memory() {
    return memory;
  }

  /** The ABI of the current call; a 64-bit program may make i386 calls too. */
  public Abi abi() {
    return abi;
  }

  /**
   * System call number in {@link #abi()}; -1 before the first call. May be a number that no call
   * has.
   */
  public int number() {
    return number;
  }

  /** The number that the kernel was given: that of socketcall(2) or ipc(2) for what they do. */
  public int kernelNumber() {
    return kernelNumber;
  }

  /**
   * The call that was entered is really another one, whose arguments are set with {@link #setArg}.
   */
  public void becomes(int callNumber) {
    number = callNumber;
  }

  /**
   * The number of the call before this one, -1 if there was none: what {@code restart_syscall}
   * resumes. Of a thread that was attached to inside a call it is that call.
   */
  public int previousNumber() {
    return previousNumber;
  }

  /** Register argument 0 to 5 as it was at entry; of i386 calls the low 32 bits count. */
  public long arg(int index) {
    return args[index];
  }

  public long instructionPointer() {
    return instructionPointer;
  }

  public long stackPointer() {
    return stackPointer;
  }

  /** Whether the entry of a call was seen and its exit was not. */
  public boolean inSyscall() {
    return inSyscall;
  }

  public long enterTime() {
    return enterTime;
  }

  public long exitTime() {
    return exitTime;
  }

  /** Nanoseconds that the call took, without what the tracer did at its entry; at least 0. */
  public long duration() {
    return Math.max(0, exitTime - startTime);
  }

  /** The call goes on only now: the tracer had stopped the thread at its entry. */
  public void started(long time) {
    startTime = time;
  }

  /**
   * System CPU time of the call in nanoseconds, as the kernel accounts it; 0 if the backend cannot
   * tell.
   */
  public long systemTime() {
    return systemTimeAtExit - systemTimeAtEnter;
  }

  /** Result of a call that succeeded; what the register holds (-errno) if it failed. */
  public long result() {
    return result;
  }

  /**
   * Error number of a failed call (also the kernel-internal 512 to 516), {@link #SUCCESS}
   * otherwise.
   */
  public int errno() {
    return errno;
  }

  /** What the tracer did to the call: {@code TAMPERED_*} and {@link #DELAYED} bits. */
  public int tampering() {
    return tampering;
  }

  /** For a backend that tampers: adds bits of {@link #tampering()}, until the next entry. */
  public void addTampering(int bits) {
    tampering |= bits;
  }

  /** False when the thread ended inside the call or was let go of: there is no result to show. */
  public boolean resultKnown() {
    return resultKnown;
  }

  /** Records an entry; the arguments are set with {@link #setArg}. */
  public void enter(Abi callAbi, int callNumber, long ip, long sp, long time, long systemTime) {
    abi = callAbi;
    previousNumber = kernelNumber;
    number = callNumber;
    kernelNumber = callNumber;
    instructionPointer = ip;
    stackPointer = sp;
    enterTime = time;
    startTime = time;
    systemTimeAtEnter = systemTime;
    systemTimeAtExit = systemTime;
    inSyscall = true;
    resultKnown = false;
    errno = SUCCESS;
    result = 0;
    tampering = 0;
  }

  public void setArg(int index, long value) {
    args[index] = value;
  }

  /** Records an exit. {@code callErrno} is 0 for success. */
  public void exit(long callResult, int callErrno, long time, long systemTime) {
    result = callResult;
    errno = callErrno;
    exitTime = time;
    systemTimeAtExit = systemTime;
    inSyscall = false;
    resultKnown = true;
  }

  /** Ends the current call without a result: the thread died in it, or is being detached from. */
  public void abandon(long time) {
    exitTime = time;
    inSyscall = false;
    resultKnown = false;
  }

  /** Records where a signal is about to reach the thread, which may be far from its last call. */
  public void signalledAt(long ip) {
    instructionPointer = ip;
  }

  /** Tells of the call that the thread was in when it was attached to, whose entry nobody saw. */
  public void interruptedIn(Abi callAbi, int callNumber) {
    abi = callAbi;
    number = callNumber;
    kernelNumber = callNumber;
  }

  /**
   * Continues the call that {@code other} is in: an {@code execve} that made this thread id the
   * other's.
   */
  public void takeCallOf(Tracee other) {
    abi = other.abi;
    number = other.number;
    previousNumber = other.previousNumber;
    kernelNumber = other.kernelNumber;
    System.arraycopy(other.args, 0, args, 0, args.length);
    instructionPointer = other.instructionPointer;
    stackPointer = other.stackPointer;
    inSyscall = other.inSyscall;
    enterTime = other.enterTime;
    startTime = other.startTime;
    exitTime = other.exitTime;
    systemTimeAtEnter = other.systemTimeAtEnter;
    systemTimeAtExit = other.systemTimeAtExit;
    result = other.result;
    errno = other.errno;
    resultKnown = other.resultKnown;
    tampering = other.tampering;
  }

  /** When what is being reported of this thread, other than calls, happened: now, mostly. */
  public long eventTime() {
    return eventTime == 0 ? System.nanoTime() : eventTime;
  }

  /** For a backend that reports what happened a while ago. */
  public void setEventTime(long time) {
    eventTime = time;
  }

  /** Whatever the handler keeps with this tracee. */
  public @Nullable Object handlerState() {
    return handlerState;
  }

  public void setHandlerState(@Nullable Object state) {
    handlerState = state;
  }

  /** Whatever the backend keeps with this tracee. */
  public @Nullable Object backendState() {
    return backendState;
  }

  public void setBackendState(@Nullable Object state) {
    backendState = state;
  }
}
