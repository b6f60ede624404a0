// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.sink.ThreadOutputs;
import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.CallerState;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.PathLookup;
import io.github.jstrace.linux.ShellPipe;
import io.github.jstrace.tables.Errno;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the trace goes: stderr, a file, a shell command ({@code -o}), or a file for each thread
 * ({@code -ff -o}).
 */
final class Outputs implements ThreadOutputs, Consumer<String> {
  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0x40;
  private static final int O_TRUNC = 0x200;
  private static final int O_APPEND = 0x400;

  /** {@code __O_TMPFILE}, which goes with {@code O_DIRECTORY}. */
  private static final int TMPFILE = 0x400000;

  /** A dot and the longest number of a thread, as strace reckons. */
  private static final int PID_SUFFIX = 12;

  private static final int MODE = 0666;

  /** No unnamed files on this file system, or from a kernel before 3.11. */
  private static final int EOPNOTSUPP = 95;

  private static final int EISDIR = 21;

  private final Libc libc;
  private final Output stderr;
  private final String path;
  private final int openFlags;
  private final boolean perThread;

  /** A signal may end this process at any time (-I 1): nothing must wait to be written. */
  private final boolean immediate;

  private Output log;
  private @Nullable ShellPipe pipe;
  private @Nullable TracerBackend toStop;

  /** Of a file that {@code -o} names, or -1. */
  private int fd = -1;

  private Outputs(Settings settings, Libc libc) {
    this.libc = libc;
    this.stderr = new Output(Console.stderr(), "stderr", true, this);
    this.log = stderr;
    this.path = settings.output == null ? "" : settings.output;
    this.openFlags = O_WRONLY | O_CREAT | (settings.append ? O_APPEND : O_TRUNC);
    this.perThread = settings.output != null && settings.outputSeparately();
    this.immediate = settings.dieOfSignals();
  }

  /**
   * Opens what {@code -o} names.
   *
   * @throws UsageException if that cannot be written to
   */
  static Outputs open(Settings settings, Libc libc, CallerState caller) throws UsageException {
    Outputs outputs = new Outputs(settings, libc);
    String path = outputs.path;
    boolean command = settings.outputIsCommand();
    if (command && outputs.perThread) {
      throw new UsageException(
          "piping the output and -ff/--output-separately are mutually exclusive", true);
    }
    if (outputs.perThread) {
      outputs.checkDirectory();
    }
    if (command) {
      outputs.startCommand(caller);
    } else if (settings.output != null && !outputs.perThread) {
      outputs.log = outputs.file(path);
    } else if (settings.jsonToStdout()) {
      outputs.log = outputs.onDescriptor(1, "stdout");
    }
    return outputs;
  }

  /**
   * Whether files can be made where each thread is to have one: better said now than once the
   * command runs.
   */
  private void checkDirectory() throws UsageException {
    if (path.length() >= PathLookup.PATH_MAX - PID_SUFFIX) {
      throw new UsageException(path + ": " + Errno.message(Errno.number("ENAMETOOLONG")), false);
    }
    int slash = path.lastIndexOf('/');
    String directory = slash < 0 ? "." : path.substring(0, slash + 1);
    // makes a file that has no name, to go when it is closed
    int flags = O_WRONLY | TMPFILE | Arch.current().oDirectory();
    int fd = libc.open(directory.getBytes(StandardCharsets.ISO_8859_1), flags, MODE);
    if (fd >= 0) {
      libc.close(fd);
    } else if (fd != -EOPNOTSUPP && fd != -EISDIR) {
      throw new UsageException("Can't fopen '" + path + ".PID': " + Errno.message(-fd), false);
    }
  }

  private void startCommand(CallerState caller) throws UsageException {
    ShellPipe started =
        ShellPipe.start(libc, path.substring(1).getBytes(StandardCharsets.ISO_8859_1), caller);
    int fd = started.writeEnd();
    if (fd < 0) {
      throw new UsageException("Can't execute '" + path + "': " + Errno.message(-fd), false);
    }
    pipe = started;
    log = new Output(new FdOutputStream(libc, fd), path, immediate, this);
  }

  private Output file(String name) throws UsageException {
    int fd = libc.open(name.getBytes(StandardCharsets.ISO_8859_1), openFlags, MODE);
    if (fd < 0) {
      throw new UsageException("Can't fopen '" + name + "': " + Errno.message(-fd), false);
    }
    return onDescriptor(fd, name);
  }

  /** What a person watches does not lag. */
  private Output onDescriptor(int descriptor, String name) {
    fd = descriptor;
    return new Output(
        new FdOutputStream(libc, descriptor),
        name,
        immediate || libc.isatty(descriptor) == 1,
        this);
  }

  /** stderr, whatever {@code -o} says; also {@link #log} if it says nothing. */
  Output stderr() {
    return stderr;
  }

  /** The one output, if not {@link #perThread}. */
  Output log() {
    return log;
  }

  /** Whether the trace goes to a terminal. */
  boolean isTerminal() {
    if (perThread || pipe != null) {
      return false;
    }
    return libc.isatty(log == stderr ? 2 : fd) == 1;
  }

  /** Whether each thread's trace goes to a file of its own. */
  boolean perThread() {
    return perThread;
  }

  @Override
  public Output open(int tid) {
    try {
      return file(path + "." + tid);
    } catch (UsageException e) {
      Console.say(String.valueOf(e.getMessage()));
      return new Output(java.io.OutputStream.nullOutputStream(), path, false, this);
    }
  }

  /** Has the tracing end when there is no place any more for what it shows. */
  void stopOnFailure(TracerBackend backend) {
    toStop = backend;
  }

  /** An output failed: said once, as it then is silent. */
  @Override
  public void accept(String complaint) {
    Console.say(complaint);
    TracerBackend backend = toStop;
    if (backend != null && log.failed()) {
      backend.stop(0);
    }
  }

  /** Writes what is left, and waits for the command that reads it. */
  void close() {
    if (log == stderr) {
      stderr.flush();
    } else {
      log.close();
    }
    ShellPipe running = pipe;
    if (running != null) {
      running.await();
    }
  }
}
