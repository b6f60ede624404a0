// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.util.concurrent.locks.LockSupport;

/**
 * Starts a small process that can outlive this one and is in nobody's way: in a session of its own,
 * in the root directory, with all signals blocked, and without any descriptor but one.
 *
 * <p>It is a child of a thread made for that, not of the one that asks: a tracer that waits for its
 * tracees ({@code __WNOTHREAD}) does not see it. The thread stays as long as this process.
 */
final class Helper implements Runnable {
  /** Steps that {@link #begin} takes. */
  static final int STEPS = 10;

  private static final int PR_SET_NAME = 15;
  private static final int RLIMIT_NOFILE = 7;

  /** How often to look for an end that is due. */
  private static final int LOOKS = 40;

  private static final long BETWEEN_LOOKS_NANOS = 50_000;

  private final Libc libc;
  private final byte[] image;
  private final String name;
  private final int descriptor;
  private int pid;
  private boolean ended;

  /** Begins to start one; {@link #await} tells the result. */
  Helper(Libc libc, byte[] image, String name, int descriptor) {
    this.libc = libc;
    this.image = image;
    this.name = name;
    this.descriptor = descriptor;
    Thread thread = new Thread(null, this, name, 128 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void run() {
    int result = new ImageStarter(libc, false).start(image, ProcFs.ascii(name), descriptor);
    synchronized (this) {
      pid = result == 0 ? -Errno.EAGAIN : result;
      notifyAll();
      while (!ended) {
        try {
          wait();
        } catch (InterruptedException e) {
          return;
        }
      }
    }
  }

  /**
   * Waits until the process is there.
   *
   * @return its pid, or -errno
   */
  synchronized int await() {
    while (pid == 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return -Errno.EINTR;
      }
    }
    return pid;
  }

  /**
   * Buries the process if it ends now, having been told to. If it has still to do, it lives on; so
   * this takes some milliseconds at most.
   */
  void bury() {
    int child = await();
    ChildWait wait = new ChildWait(libc);
    for (int i = 0; child > 0 && i < LOOKS; i++) {
      if (wait.await(child, ChildWait.WALL | ChildWait.WNOHANG, false) != 0) {
        break;
      }
      LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  /**
   * Appends the first steps of such a process.
   *
   * @param name at most 15 bytes
   * @param descriptor the one that is kept
   * @param descriptors how many there may be, or 0 to leave that as it is
   * @return the step that ends the process
   */
  static long begin(StepProgram program, Arch arch, String name, int descriptor, long descriptors) {
    long any = StepProgram.ANY_RESULT;
    program.step(any, arch.sysSetsid());
    program.step(any, arch.sysPrctl(), PR_SET_NAME, program.string(ProcFs.ascii(name)));
    program.step(any, arch.sysChdir(), program.string(ProcFs.ascii("/")));
    if (descriptor > 0) {
      program.step(any, arch.sysCloseRange(), 0, descriptor - 1L, 0);
    }
    program.step(any, arch.sysCloseRange(), descriptor + 1L, 0xffffffffL, 0);
    for (int fd = 0; fd <= 2; fd++) { // for a kernel that has no close_range(2)
      if (fd != descriptor) {
        program.step(any, arch.sysClose(), fd);
      }
    }
    // with 0 for the limits it changes nothing
    long limits = descriptors == 0 ? 0 : program.words(descriptors, descriptors);
    long last = program.step(any, arch.sysPrlimit64(), 0, RLIMIT_NOFILE, limits, 0);
    long end = program.step(any, arch.sysExitGroup(), 0);
    program.then(last, end + StepProgram.SIZE);
    program.otherwise(end);
    return end;
  }
}
