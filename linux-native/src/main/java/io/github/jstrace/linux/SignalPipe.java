// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;

/**
 * Signals of this process as values to wait for. The JVM offers that for some signals only, and
 * keeps SIGQUIT for itself; so the handler is a few instructions of machine code, which write the
 * signal's number into a pipe and touch nothing of the JVM. Any thread may be interrupted by it.
 */
public final class SignalPipe {
  private static final int O_CLOEXEC = 0x80000;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int PROT_EXEC = 4;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private final Libc libc;
  private final Signals signals;
  private final NativeMemory memory;
  private final int readEnd;
  private final int writeEnd;
  private final long handler;

  private SignalPipe(Libc libc, int readEnd, int writeEnd, long handler) {
    this.libc = libc;
    this.signals = new Signals(libc);
    this.memory = libc.allocate(8);
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
    this.handler = handler;
  }

  /**
   * Makes a pipe that no signal goes to as yet.
   *
   * @throws OutOfMemoryError if there is no memory for the handler
   */
  public static SignalPipe open(Libc libc) {
    NativeMemory fds = libc.allocate(8);
    if (libc.pipe2(fds.address(), O_CLOEXEC) < 0) {
      throw new OutOfMemoryError("pipe");
    }
    int readEnd = fds.getInt(0);
    int writeEnd = fds.getInt(4);
    byte[] code = Arch.current() == Arch.X86_64 ? x86(writeEnd) : arm(writeEnd);
    NativeMemory copy = libc.allocate(code.length);
    copy.put(0, code, 0, code.length);
    long page = libc.mmap(0, code.length, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    // Through the pipe, as there is no other way to put bytes at an address.
    if (page < 0
        || libc.write(writeEnd, copy.address(), code.length) != code.length
        || libc.read(readEnd, page, code.length) != code.length
        || libc.syscall(
                Arch.current().sysMprotect(), page, code.length, PROT_READ | PROT_EXEC, 0, 0)
            != 0) {
      throw new OutOfMemoryError("no memory for a signal handler");
    }
    Reference.reachabilityFence(copy);
    return new SignalPipe(libc, readEnd, writeEnd, page);
  }

  /** {@code write(fd, &signal, 1)} of a handler that gets the signal in edi. */
  private static byte[] x86(int fd) {
    return new byte[] {
      0x57, // push rdi
      (byte) 0xbf,
      (byte) fd,
      (byte) (fd >> 8),
      (byte) (fd >> 16),
      (byte) (fd >> 24), // mov edi, fd
      0x48,
      (byte) 0x89,
      (byte) 0xe6, // mov rsi, rsp
      (byte) 0xba,
      1,
      0,
      0,
      0, // mov edx, 1
      (byte) 0xb8,
      1,
      0,
      0,
      0, // mov eax, SYS_write
      0x0f,
      0x05, // syscall
      0x5f, // pop rdi
      (byte) 0xc3, // ret
    };
  }

  /** The same, the signal being in w0. */
  private static byte[] arm(int fd) {
    int[] words = {
      0xf81f0fe0, // str x0, [sp, #-16]!
      0x52800000 | (fd & 0xffff) << 5, // mov w0, fd
      0x910003e1, // mov x1, sp
      0xd2800022, // mov x2, 1
      0xd2800808, // mov x8, SYS_write
      0xd4000001, // svc 0
      0x910043ff, // add sp, sp, #16
      0xd65f03c0, // ret
    };
    byte[] code = new byte[4 * words.length];
    for (int i = 0; i < code.length; i++) {
      code[i] = (byte) (words[i / 4] >> (8 * (i % 4)));
    }
    return code;
  }

  /** Directs a signal into the pipe. Returns 0 or -errno. */
  public int catchSignal(int signal) {
    return signals.install(signal, handler, Signals.SA_RESTART);
  }

  /** Makes {@link #await} return 0, in another thread. */
  public void wakeUp() {
    NativeMemory zero = libc.allocate(8);
    zero.putByte(0, (byte) 0);
    libc.write(writeEnd, zero.address(), 1);
  }

  /** Waits for the next signal caught. */
  public int await() {
    while (true) {
      long got = libc.read(readEnd, memory.address(), 1);
      if (got == 1) {
        return memory.getByte(0);
      }
      if (got != -Errno.EINTR) {
        throw new IllegalStateException("signal pipe: " + got);
      }
    }
  }
}
