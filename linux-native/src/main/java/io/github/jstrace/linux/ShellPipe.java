// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;

/**
 * A shell command that reads what this process writes into a pipe. It is a child of a thread made
 * for it, which waits for it: so the tracer, who waits for its own children only ({@link
 * ChildWait#WNOTHREAD}), never sees it.
 */
public final class ShellPipe implements Runnable {
  private static final int O_CLOEXEC = 0x80000;
  private static final int SPAWN_SETSIGDEF = 4;
  private static final int SPAWN_SETSIGMASK = 8;

  /** Generous: 336 and 80 bytes in glibc 2.36. */
  private static final int ATTRIBUTES_SIZE = 1024;

  private static final int SET_SIZE = 128;
  private static final byte[] SHELL = ProcFs.ascii("/bin/sh");
  private static final byte[][] SHELL_ARGS = {ProcFs.ascii("sh"), ProcFs.ascii("-c")};

  private final Libc libc;
  private final byte[] command;
  private final CallerState caller;
  private final Thread thread;
  private int readEnd;
  private int writeEnd = -1;

  /** The pid, or -errno; 0 until known. */
  private int pid;

  private ShellPipe(Libc libc, byte[] command, CallerState caller) {
    this.libc = libc;
    this.command = command;
    this.caller = caller;
    this.thread = new Thread(this, "jstrace-pipe");
    thread.setDaemon(true);
  }

  /**
   * Starts a command.
   *
   * @param command as a shell takes it
   * @param caller whose environment and signal actions it gets
   */
  public static ShellPipe start(Libc libc, byte[] command, CallerState caller) {
    ShellPipe pipe = new ShellPipe(libc, command, caller);
    pipe.open();
    return pipe;
  }

  /** The descriptor to write to, or -errno if the command could not be started. */
  public int writeEnd() {
    return pid < 0 ? pid : writeEnd;
  }

  private void open() {
    NativeMemory fds = libc.allocate(8);
    int result = libc.pipe2(fds.address(), O_CLOEXEC);
    if (result < 0) {
      pid = result;
      return;
    }
    readEnd = fds.getInt(0);
    writeEnd = fds.getInt(4);
    thread.start();
    synchronized (this) {
      while (pid == 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          break;
        }
      }
    }
    libc.close(readEnd);
  }

  /** Starts the command and waits for it; called by the thread of this object only. */
  @Override
  public void run() {
    int child = spawn();
    synchronized (this) {
      pid = child;
      notifyAll();
    }
    if (child > 0) {
      ChildWait wait = new ChildWait(libc);
      while (wait.await(child, 0, false) == -Errno.EINTR) {}
    }
  }

  private int spawn() {
    byte[][] args = {SHELL_ARGS[0], SHELL_ARGS[1], command};
    byte[][] environment = caller.environment();
    int strings = 0;
    for (byte[] text : args) {
      strings += text.length + 1;
    }
    for (byte[] text : environment) {
      strings += text.length + 1;
    }
    int pointers = 8 * (args.length + 1 + environment.length + 1);
    int sets = 2 * ATTRIBUTES_SIZE;
    int argv = sets + 2 * SET_SIZE + 8;
    NativeMemory memory = libc.allocate(argv + pointers + strings);
    memory.putLong(sets, ~caller.ignoredSignals());
    memory.putLong(sets + SET_SIZE, caller.blockedSignals());
    int text = put(memory, args, argv, argv + pointers);
    int envp = argv + 8 * (args.length + 1);
    put(memory, environment, envp, text);

    long base = memory.address();
    long actions = base + ATTRIBUTES_SIZE;
    libc.posixSpawnattrInit(base);
    libc.posixSpawnattrSetflags(base, SPAWN_SETSIGDEF | SPAWN_SETSIGMASK);
    libc.posixSpawnattrSetsigdefault(base, base + sets);
    libc.posixSpawnattrSetsigmask(base, base + sets + SET_SIZE);
    libc.posixSpawnFileActionsInit(actions);
    libc.posixSpawnFileActionsAdddup2(actions, readEnd, 0);
    int pidAt = sets + 2 * SET_SIZE;
    int result = libc.posixSpawn(base + pidAt, SHELL, actions, base, base + argv, base + envp);
    libc.posixSpawnFileActionsDestroy(actions);
    libc.posixSpawnattrDestroy(base);
    int child = memory.getInt(pidAt);
    Reference.reachabilityFence(memory);
    return result < 0 ? result : child;
  }

  /** Lays out strings and the array of pointers to them; returns where the strings end. */
  private static int put(NativeMemory memory, byte[][] strings, int pointers, int text) {
    int at = text;
    for (int i = 0; i < strings.length; i++) {
      memory.putLong(pointers + 8 * i, memory.address() + at);
      memory.put(at, strings[i], 0, strings[i].length);
      at += strings[i].length + 1;
    }
    return at;
  }

  /** Waits for the command, which sees the end of its input once {@link #writeEnd} is closed. */
  public void await() {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
