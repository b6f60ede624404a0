// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core;

/**
 * Receives what a backend sees, on the backend's one thread and in the order of the events.
 * Implementations must not keep what a {@link Tracee} says beyond the call, and must not throw for
 * anything that a tracee did.
 *
 * <p>While {@link #exited}, {@link #killed}, {@link #superseded} and {@link #detached} run, {@link
 * Tracee#inSyscall} tells whether the thread is in a call whose entry was reported; that call has
 * no result.
 */
public interface TraceHandler {
  /**
   * A thread is traced from now on.
   *
   * @param parentTid the traced thread that made it, or 0 for the launched command or a thread
   *     attached on request
   */
  void attached(Tracee tracee, int parentTid);

  /**
   * Whether the call that the thread is entering is traced. Asked before {@link #syscallEntered} by
   * a backend that is to tamper with calls, as only those that are traced are tampered with.
   */
  default boolean traces(Tracee tracee) {
    return true;
  }

  /** The thread is at the entry of a system call; its memory can be read. */
  void syscallEntered(Tracee tracee);

  /** The thread is at the exit of the call whose entry was reported; its memory can be read. */
  void syscallExited(Tracee tracee);

  /**
   * A signal is about to be delivered.
   *
   * @param siginfo the {@code siginfo_t} of the ABI that the tracer runs on, 128 bytes; empty if it
   *     could not be had
   */
  void signalled(Tracee tracee, int signal, byte[] siginfo);

  /** The thread entered a group-stop because of {@code signal} (ptrace(2), "Group-stop"). */
  void stopped(Tracee tracee, int signal);

  /**
   * The thread has begun to end: the call it is in (if {@link Tracee#inSyscall}) will not return.
   * Its memory can still be read. Its end follows, of a leader only after that of all other threads
   * of its process.
   */
  default void exiting(Tracee tracee) {}

  /**
   * The thread exited by itself. Called once per thread, as is {@link #killed}; no more events of
   * it follow.
   */
  void exited(Tracee tracee, int status);

  /** The thread was ended by {@code signal}. */
  void killed(Tracee tracee, int signal, boolean coreDumped);

  /**
   * An {@code execve} by another thread of its process took this leader's place: the leader's
   * former self is gone and the thread {@code byTid} goes on under the leader's id (ptrace(2),
   * "execve(2) under ptrace"). The call in flight of {@code byTid} is from now on that of {@code
   * tracee}.
   */
  void superseded(Tracee tracee, Tracee byTid);

  /** The tracer lets go of a thread that goes on running. */
  void detached(Tracee tracee);

  /**
   * {@code count} events were lost, or more precisely could not be recorded, since the last report.
   */
  void lost(long count);

  /**
   * All threads that a request to attach to {@code pid} meant are traced now, as {@link #attached}
   * told one by one.
   *
   * @param threads how many there are, at least 1
   */
  default void processAttached(int pid, int threads) {}

  /**
   * One of several processes to attach to could not be; the others are traced.
   *
   * @param message one line: what went wrong, and what would help
   */
  default void attachFailed(int pid, String message) {}

  /**
   * Something that was asked for could not be done to a thread; it goes on without.
   *
   * @param message one line
   */
  default void tamperingFailed(Tracee tracee, String message) {}

  /**
   * Whether something should be shown as soon as no event is waiting, such as the beginning of a
   * line on a terminal. Asked before each wait; {@code true} costs a system call more, so a handler
   * that writes to a file says {@code false} and has {@link #idle} called when the tracees have
   * been quiet for a while.
   */
  default boolean wantsIdle() {
    return false;
  }

  /**
   * No event is waiting: at once if {@link #wantsIdle}, else after some 25 to 50 ms without one
   * (once, until the next event). What a reader should see by now must be written out.
   */
  void idle();

  /** Tracing is over, all tracees are gone or detached. */
  void finished();
}
