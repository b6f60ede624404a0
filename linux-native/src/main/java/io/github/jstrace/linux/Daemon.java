// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A tracer that is no ancestor of its tracee (strace(1), option {@code -D}): the process that was
 * started becomes the command, so that whoever started it has the command as its child, and a
 * grandchild traces it.
 *
 * <p>The grandchild is the same Java with the same arguments, and a property that says which
 * process waits for it and through which descriptors. As a JVM cannot fork, a {@link StepProgram}
 * in between does; it ends at once, so that nothing of this is left to the command but one child's
 * end.
 */
public final class Daemon {
  /** Which process group and session the tracer is in. */
  public enum Place {
    SAME_GROUP,
    OWN_GROUP,
    OWN_SESSION
  }

  /** {@code PID,GATE,READY,REPORT} and the four addresses of {@link LaunchSteps#bounds}. */
  private static final String PROPERTY = "jstrace.daemon";

  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int SIGCHLD = 17;
  private static final int SIG_SETMASK = 2;
  private static final int AT_FDCWD = -100;

  private final Libc libc;
  private final Arch arch = Arch.current();

  private Daemon(Libc libc) {
    this.libc = libc;
  }

  /** Whether this process was started to trace one that waits. */
  public static boolean isTracer() {
    return System.getProperty(PROPERTY) != null;
  }

  /**
   * Starts the tracer and becomes the command, which waits for it.
   *
   * @param keepOutput whether the tracer needs standard output; it has none otherwise, nor standard
   *     input, so that nobody waits for it who waits for the command
   * @return -errno; does not return if it succeeds
   */
  public static int become(Libc libc, LaunchSpec spec, Place place, boolean keepOutput) {
    return new Daemon(libc).run(spec, place, keepOutput);
  }

  private int run(LaunchSpec spec, Place place, boolean keepOutput) {
    int[] gate = new int[2];
    int[] ready = new int[2];
    int[] report = new int[2];
    int result = pipe(gate, O_CLOEXEC);
    result = result < 0 ? result : pipe(ready, O_CLOEXEC);
    result = result < 0 ? result : pipe(report, O_CLOEXEC | O_NONBLOCK);
    if (result < 0) {
      return result;
    }
    LaunchSteps steps = new LaunchSteps(libc, spec, gate[0], report[1], false, ready[1], report[0]);
    StringBuilder link = new StringBuilder("-D" + PROPERTY + "=");
    link.append(libc.getpid()).append(',').append(gate[1]);
    link.append(',').append(ready[0]).append(',').append(report[0]);
    for (long bound : steps.bounds()) {
      link.append(',').append(bound);
    }
    int directory = directory();
    byte[] tracer = tracerImage(ProcFs.ascii(link.toString()), directory, place, keepOutput);
    int[] inherited = {gate[1], ready[0], report[0], directory < 0 ? report[0] : directory};
    int child = new ImageStarter(libc, false).start(tracer, Launcher.NAME, inherited);
    if (child < 0) {
      return child;
    }
    ChildWait wait = new ChildWait(libc);
    wait.await(child, ChildWait.WALL, false);
    if (wait.status() != 0) {
      return -Errno.EAGAIN; // it could not fork
    }
    for (int fd : new int[] {gate[0], ready[1], report[0], report[1]}) {
      libc.fcntl(fd, F_SETFD, 0);
    }
    return new ImageStarter(libc, false).become(steps.image(), Launcher.NAME);
  }

  /** A JVM does not start in a directory that has been removed: it has to be led there. */
  private int directory() {
    return System.getProperty("jstrace.cwdfd") == null
        ? -1
        : libc.open(ProcFs.ascii("."), arch.oDirectory() | O_CLOEXEC, 0);
  }

  private int pipe(int[] ends, int flags) {
    NativeMemory fds = libc.allocate(8);
    int result = libc.pipe2(fds.address(), flags);
    ends[0] = fds.getInt(0);
    ends[1] = fds.getInt(4);
    Reference.reachabilityFence(fds);
    return result;
  }

  /** Forks and ends; the child becomes this Java with one more property. */
  private byte[] tracerImage(byte[] link, int directory, Place place, boolean keepOutput) {
    ProcFs proc = new ProcFs(libc);
    byte[] program = proc.readLink(ProcFs.path(0, "/exe"));
    byte[] arguments = proc.read(ProcFs.path(0, "/cmdline"));
    byte[] environment = proc.read(ProcFs.path(0, "/environ"));
    long any = StepProgram.ANY_RESULT;
    StepProgram steps = new StepProgram(arch, 20);
    steps.step(any, arch.sysRtSigprocmask(), SIG_SETMASK, steps.words(0), 0, 8);
    long result = steps.words(0);
    long fork = steps.step(0, arch.sysClone(), SIGCHLD, 0, 0, 0, 0);
    steps.store(fork, result);
    long which = steps.load(1, result, -1, 0); // 0 in the child
    steps.step(any, arch.sysExitGroup(), 0);
    long failed = steps.step(any, arch.sysExitGroup(), 1);
    steps.otherwise(which, failed + StepProgram.SIZE);
    steps.otherwise(failed);
    if (place == Place.OWN_GROUP) {
      steps.step(any, arch.sysSetpgid(), 0, 0);
    } else if (place == Place.OWN_SESSION) {
      steps.step(any, arch.sysSetsid());
    } else {
      steps.step(any, arch.sysGettid());
    }
    long nothing = steps.string(ProcFs.ascii("/dev/null"));
    long opened = steps.step(0, arch.sysOpenat(), AT_FDCWD, nothing, O_RDWR);
    long input = steps.step(any, arch.sysDup3(), 0, 0, 0);
    steps.step(any, arch.sysDup3(), 0, keepOutput ? 0 : 1, 0);
    steps.store(opened, StepProgram.argument(input, 0));
    byte[][] properties = {link};
    if (directory >= 0) {
      steps.step(any, arch.sysChdir(), steps.string(ProcFs.ascii("/")));
      properties = new byte[][] {link, ProcFs.ascii("-Djstrace.cwdfd=" + directory)};
    }
    if (program != null && arguments != null) {
      steps.step(
          any,
          arch.sysExecve(),
          steps.string(program),
          steps.strings(withProperties(CallerState.split(arguments), properties)),
          steps.strings(environment == null ? new byte[0][] : CallerState.split(environment)));
    }
    steps.step(any, arch.sysExitGroup(), 1);
    return steps.build();
  }

  /** These go first; what the launcher said of the environment and directory is used up. */
  private static byte[][] withProperties(byte[][] arguments, byte[][] properties) {
    byte[][] result = new byte[arguments.length + properties.length][];
    int count = 0;
    for (byte[] argument : arguments) {
      if (startsWith(argument, "-Djstrace.envfd=") || startsWith(argument, "-Djstrace.cwdfd=")) {
        continue;
      }
      result[count++] = argument;
      if (count == 1) {
        System.arraycopy(properties, 0, result, 1, properties.length);
        count += properties.length;
      }
    }
    return Arrays.copyOf(result, count);
  }

  private static boolean startsWith(byte[] text, String start) {
    for (int i = 0; i < start.length(); i++) {
      if (i == text.length || text[i] != start.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** A process that waits for this one to trace it. */
  public static final class Waiting {
    private final int pid;
    private final Launcher launcher;

    private Waiting(int pid, Launcher launcher) {
      this.pid = pid;
      this.launcher = launcher;
    }

    public int pid() {
      return pid;
    }

    /** Opens its gate, and tells what went wrong. */
    public Launcher launcher() {
      return launcher;
    }
  }

  /**
   * The process that waits for this one, once it is at its gate.
   *
   * @return null if it has ended
   */
  public static @Nullable Waiting waiting(Libc libc) {
    long[] link = numbers(String.valueOf(System.getProperty(PROPERTY)));
    int ready = (int) link[2];
    libc.fcntl((int) link[1], F_SETFD, FD_CLOEXEC);
    libc.fcntl((int) link[3], F_SETFD, FD_CLOEXEC);
    NativeMemory one = libc.allocate(8);
    long got;
    do {
      got = libc.read(ready, one.address(), 1);
    } while (got == -Errno.EINTR);
    libc.close(ready);
    Launcher launcher =
        Launcher.adopt(libc, (int) link[1], (int) link[3], Arrays.copyOfRange(link, 4, 8));
    if (got == 1) {
      return new Waiting((int) link[0], launcher);
    }
    launcher.close();
    return null;
  }

  private static long[] numbers(String list) {
    long[] result = new long[8];
    int index = 0;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == ',') {
        index++;
      } else {
        result[index] = result[index] * 10 + (c - '0');
      }
    }
    return result;
  }
}
