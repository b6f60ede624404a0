// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * Signal dispositions and masks of this process, set behind the JVM's back. A mask is a {@code
 * long}, bit 0 for signal 1, as in {@code /proc/PID/status}. Not thread-safe.
 */
public final class Signals {
  public static final int SIGHUP = 1;
  public static final int SIGINT = 2;
  public static final int SIGQUIT = 3;
  public static final int SIGTRAP = 5;
  public static final int SIGKILL = 9;
  public static final int SIGSEGV = 11;
  public static final int SIGPIPE = 13;
  public static final int SIGTERM = 15;
  public static final int SIGCHLD = 17;
  public static final int SIGCONT = 18;
  public static final int SIGSTOP = 19;
  public static final int SIGTSTP = 20;
  public static final int SIGTTIN = 21;
  public static final int SIGTTOU = 22;

  /** Number of signals; they are 1 to 64. */
  public static final int COUNT = 64;

  /**
   * The signal that gets the tracer thread out of a system call: the last real-time signal but one,
   * which neither the JVM nor libc uses.
   */
  public static final int WAKE_UP = 63;

  /** System calls that the signal interrupts go on. */
  static final int SA_RESTART = 0x10000000;

  private static final int SIG_IGN = 1;
  private static final int SIG_BLOCK = 0;
  private static final int SIG_UNBLOCK = 1;
  private static final int SIG_SETMASK = 2;

  // struct sigaction of glibc and musl: handler, sigset_t of 128 bytes, int flags, restorer.
  private static final int ACTION_FLAGS = 136;
  private static final int ACTION_SIZE = 152;
  private static final int SET_SIZE = 128;

  private static final int RLIMIT_CORE = 4;

  private final Libc libc;
  private final NativeMemory action;
  private final NativeMemory set;

  public Signals(Libc libc) {
    this.libc = libc;
    this.action = libc.allocate(ACTION_SIZE);
    this.set = libc.allocate(SET_SIZE);
  }

  /** The mask of one signal. */
  public static long maskOf(int signal) {
    return 1L << (signal - 1);
  }

  /** {@code sa_handler} of a signal: 0 default, 1 ignored, else an address; or -errno. */
  public long disposition(int signal) {
    int result = libc.sigaction(signal, 0, action.address());
    return result < 0 ? result : action.getLong(0);
  }

  /**
   * Sets the default action, also of the two signals that libc keeps for itself. Returns 0 or
   * -errno.
   */
  public int setDefault(int signal) {
    action.clear(0, ACTION_SIZE); // the kernel's struct of 32 bytes; SIG_DFL is 0
    return (int) libc.syscall(Arch.current().sysRtSigaction(), signal, action.address(), 0, 8, 0);
  }

  /** Ignores a signal. Returns 0 or -errno. */
  public int setIgnored(int signal) {
    return install(signal, SIG_IGN);
  }

  /**
   * Installs a handler that does nothing and does not restart system calls: a blocking call of the
   * thread that gets the signal ends with EINTR. Returns 0 or -errno.
   */
  public int setInterrupting(int signal) {
    return install(signal, JffiLibc.harmlessFunction());
  }

  private int install(int signal, long handler) {
    return install(signal, handler, 0);
  }

  /** Installs a handler with {@code SA_*} flags. Returns 0 or -errno. */
  int install(int signal, long handler, int flags) {
    action.clear(0, ACTION_SIZE);
    action.putLong(0, handler);
    action.putInt(ACTION_FLAGS, flags);
    return libc.sigaction(signal, action.address(), 0);
  }

  /** Blocks signals for the calling thread. Returns 0 or -errno. */
  public int block(long mask) {
    return change(SIG_BLOCK, mask);
  }

  /** Unblocks signals for the calling thread. Returns 0 or -errno. */
  public int unblock(long mask) {
    return change(SIG_UNBLOCK, mask);
  }

  /** Sets the mask of the calling thread. Returns 0 or -errno. */
  public int setMask(long mask) {
    return change(SIG_SETMASK, mask);
  }

  /** The mask of the calling thread. */
  public long mask() {
    libc.pthreadSigmask(SIG_BLOCK, 0, set.address());
    return set.getLong(0);
  }

  private int change(int how, long mask) {
    set.clear(0, SET_SIZE);
    set.putLong(0, mask);
    return libc.pthreadSigmask(how, set.address(), 0);
  }

  /**
   * Ends this process by a signal, as the traced command ended: without a core file and without
   * shutdown hooks, so everything must have been flushed. Returns only if the signal does not kill
   * (then the convention is to exit with 128 + signal).
   */
  public void dieBySignal(int signal) {
    set.clear(0, SET_SIZE);
    libc.prlimit(0, RLIMIT_CORE, set.address(), 0);
    setDefault(signal);
    unblock(maskOf(signal));
    libc.tgkill(libc.getpid(), libc.gettid(), signal);
  }
}
