// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.linux.CallerState;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.SignalPipe;
import io.github.jstrace.linux.Signals;

/**
 * What the signals that end a program do to the tracer (strace(1), option {@code -I}): it passes
 * them to the command, lets go of all tracees, prints what it has and dies of the signal itself.
 *
 * <p>What the terminal sends (^C, ^\\) has reached the command already: whether that ends it is its
 * own affair, and the tracer goes on until it has ended. With {@code -o FILE COMMAND} all of them
 * are left to the command. A hang-up that the caller ignored stays ignored, and none ends the
 * tracing that it blocked.
 */
final class Interrupts implements Runnable {
  private static final int[] FATAL = {
    Signals.SIGHUP, Signals.SIGINT, Signals.SIGQUIT, Signals.SIGTERM
  };

  private final SignalPipe pipe;
  private final TracerBackend backend;

  /** The first one caught, or 0. */
  private volatile int signal;

  private Interrupts(SignalPipe pipe, TracerBackend backend) {
    this.pipe = pipe;
    this.backend = backend;
  }

  /**
   * Takes the signals over from the JVM.
   *
   * @param die whether they end the process at once, with nothing let go of or printed
   * @param ignore whether they are not to end the tracing
   * @param unstoppable whether ^Z is not to stop the tracer, either
   */
  static Interrupts install(
      Libc libc,
      CallerState caller,
      TracerBackend backend,
      boolean die,
      boolean ignore,
      boolean unstoppable) {
    Signals signals = new Signals(libc);
    // Writing to the terminal from the background must not stop the tracer: the tracees would hang.
    signals.setIgnored(Signals.SIGTTOU);
    signals.setIgnored(Signals.SIGTTIN);
    // An output that nobody reads any more is no reason to let go of the command.
    signals.setIgnored(Signals.SIGPIPE);
    if (unstoppable) {
      signals.setIgnored(Signals.SIGTSTP);
    }
    Interrupts interrupts = new Interrupts(SignalPipe.open(libc), backend);
    boolean any = false;
    for (int fatal : FATAL) {
      long mask = Signals.maskOf(fatal);
      if ((caller.blockedSignals() & mask) != 0) {
        signals.setIgnored(fatal); // as if still blocked: the launcher's shell may have undone that
        continue;
      }
      if (die && fatal != Signals.SIGQUIT) { // of that, a JVM leaves a core of some 100 MB
        continue;
      }
      boolean respected = fatal == Signals.SIGHUP;
      if (ignore || respected && (caller.ignoredSignals() & mask) != 0) {
        signals.setIgnored(fatal);
      } else {
        interrupts.pipe.catchSignal(fatal);
        any = true;
      }
    }
    if (any) {
      Thread thread = new Thread(null, interrupts, "jstrace-signals", 128 * 1024);
      thread.setDaemon(true);
      thread.start();
    }
    return interrupts;
  }

  @Override
  public void run() {
    while (true) {
      int caught = pipe.await();
      if (caught == 0) {
        return;
      }
      boolean keyboard = caught == Signals.SIGINT || caught == Signals.SIGQUIT;
      if (keyboard && backend.sentByTerminal(caught)) {
        continue;
      }
      if (signal == 0) {
        signal = caught;
      }
      backend.stop(caught);
    }
  }

  /** Ends the thread: a JVM that ends waits 300 ms for one that is in native code. */
  void finish() {
    pipe.wakeUp();
  }

  /** The signal that ended the tracing, or 0. */
  int signal() {
    return signal;
  }
}
