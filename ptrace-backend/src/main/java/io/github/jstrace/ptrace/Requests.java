// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceeMemory;

/**
 * The ptrace requests the backend makes, apart so that the state machine can be tested without a
 * kernel. Each returns at least 0, or -errno; -ESRCH is nothing to worry about at any of them: the
 * thread was killed, and its exit status will be waited for.
 */
interface Requests {
  /** PTRACE_SEIZE. */
  int seize(int tid, int options);

  /** PTRACE_INTERRUPT. */
  int interrupt(int tid);

  /** PTRACE_SYSCALL: go on up to the next entry or exit. */
  int resume(int tid, int signal);

  /** PTRACE_CONT: go on up to the next call that a seccomp filter tells of. */
  int cont(int tid, int signal);

  /** PTRACE_SETOPTIONS; a stopped thread only. */
  int setOptions(int tid, int options);

  /** PTRACE_LISTEN: stay in the group-stop and tell of its end. */
  int listen(int tid);

  /** PTRACE_DETACH; a stopped thread only. */
  int detach(int tid, int signal);

  /**
   * Lets go of a thread that has our seccomp filter, so that it runs as if untraced: see {@link
   * Releaser#release}.
   */
  int release(int tid, int tgid, boolean newborn, long parentStack);

  /** With which wait status a thread ended while {@link #release} was at it. */
  int endStatus();

  /** PTRACE_GETEVENTMSG: the message itself, or -1. */
  long eventMessage(int tid);

  /** PTRACE_GETSIGINFO: 128 bytes, valid until the next call; empty if it failed. */
  byte[] siginfo(int tid);

  /** PTRACE_GET_SYSCALL_INFO; the accessors below tell what was found. */
  int fetchSyscall(int tid);

  boolean atEntry();

  boolean atExit();

  /** Whether a seccomp filter tells of the call. Number and arguments can be had as at entry. */
  boolean atSeccomp();

  /** AUDIT_ARCH_* of the call. */
  int arch();

  long instructionPointer();

  long stackPointer();

  int number();

  long arg(int index);

  long result();

  boolean isError();

  /** Number of the call that a thread was in when it was interrupted, or -1. */
  int interruptedCall(int tid);

  /**
   * Has another call made by a thread that is at the entry of one.
   *
   * @param number of the call in the same ABI; -1: none
   */
  int replaceCall(int tid, int number);

  /** Gives the call that a thread is at the exit of another result, -errno for an error. */
  int replaceResult(int tid, long result);

  /** Writes to the memory of a stopped thread; returns the bytes written, or -errno. */
  int write(int tid, long address, byte[] data);

  /** Thread group of a thread, or -1. */
  int tgid(int tid);

  /** Parent process of a thread, or -1. */
  int ppid(int tid);

  /** Whether there is such a thread, though it may be a zombie. */
  boolean exists(int tid);

  /** State of a thread as proc(5) has it, such as {@code Z}; 0 if it is gone. */
  char state(int tid);

  /** Whether a thread is traced by this process. */
  boolean isOurs(int tid);

  /** kill(2). */
  int kill(int pid, int signal);

  /** The memory of a thread. */
  TraceeMemory memory(int tid);

  /** CLOCK_MONOTONIC, nanoseconds. */
  long now();
}
