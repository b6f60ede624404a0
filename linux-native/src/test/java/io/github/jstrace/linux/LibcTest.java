// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LibcTest {
  private final Libc libc = Libc.get();

  private static byte[] bytes(String s) {
    return s.getBytes(ISO_8859_1);
  }

  @Test
  void pidsAreThoseOfTheJdk() {
    assertEquals(ProcessHandle.current().pid(), libc.getpid());
    assertEquals(ProcessHandle.current().parent().orElseThrow().pid(), libc.getppid());
    assertTrue(libc.gettid() >= libc.getpid());
  }

  @Test
  void errorsAreNegatedNumbers() {
    assertEquals(-Errno.ENOENT, libc.open(bytes("/no/such/file"), 0, 0));
    assertEquals(-Errno.EBADF, libc.close(-1));
    assertEquals(-Errno.EBADF, libc.read(-1, 0, 1));
    assertEquals(-Errno.ECHILD, new ChildWait(libc).await(libc.getpid(), ChildWait.WALL, false));
    assertEquals(-Errno.ESRCH, libc.ptrace(Ptrace.CONT, libc.getpid(), 0, 0));
    assertEquals(-Errno.ENAMETOOLONG, libc.open(new byte[9000], 0, 0));
    assertEquals(-Errno.EINVAL, libc.kill(libc.getpid(), 65));
    assertEquals(-Errno.EBADF, libc.isatty(-1));
    assertEquals(-Errno.EINVAL, libc.sysconf(-1));
  }

  @Test
  void filesAreReadAndWritten() {
    NativeMemory memory = libc.allocate(64);
    int fd = libc.memfdCreate(bytes("test"), 0);
    assertTrue(fd >= 0);
    memory.put(0, bytes("hello"), 0, 5);
    assertEquals(5, libc.write(fd, memory.address(), 5));
    assertEquals(4, libc.pread(fd, memory.address() + 16, 64, 1));
    assertArrayEquals(bytes("ello"), memory.bytes(16, 4));
    assertEquals(0, libc.close(fd));
  }

  @Test
  void clockIsTheJdks() {
    long difference = libc.realTime() / 1_000_000 - System.currentTimeMillis();
    assertTrue(Math.abs(difference) < 1000, () -> difference + " ms apart");
  }

  @Test
  void procNamesThisProcess() {
    ProcFs proc = new ProcFs(libc);
    int pid = libc.getpid();
    assertEquals(pid, proc.tgid(libc.gettid()));
    assertEquals(libc.getppid(), proc.ppid(pid));
    assertEquals(0, proc.tracerPid(pid));
    assertEquals('S', proc.state(pid));
    assertEquals(-1, proc.tgid(0x7ffffff0));
    assertNull(proc.comm(0x7ffffff0));
    assertArrayEquals(bytes("java"), proc.comm(pid));
    int[] threads = proc.threads(pid);
    assertTrue(threads.length > 3);
    assertEquals(pid, threads[0]);
    byte[] exe = proc.readLink(ProcFs.path(pid, "/exe"));
    assertNotNull(exe);
    assertEquals(
        ProcessHandle.current().info().command().orElseThrow(), new String(exe, ISO_8859_1));
    byte[] maps = proc.maps(pid);
    assertNotNull(maps);
    assertTrue(new String(maps, ISO_8859_1).contains("[stack]"));
  }

  @Test
  void descriptorsOfThisProcessAreListed() {
    ProcFs proc = new ProcFs(libc);
    int before = proc.fds(0).length;
    int fd = libc.open(bytes("/dev/null"), 0, 0);
    assertEquals(before + 1, proc.fds(0).length);
    assertArrayEquals(bytes("/dev/null"), proc.fdTarget(libc.getpid(), fd));
    libc.close(fd);
    assertEquals(before, proc.fds(0).length);
  }

  @Test
  void aSignalInterruptsABlockedThread() throws InterruptedException {
    Signals signals = new Signals(libc);
    assertEquals(0, signals.setInterrupting(Signals.WAKE_UP));
    NativeMemory fds = libc.allocate(16);
    assertEquals(0, libc.pipe2(fds.address(), 0));
    CountDownLatch started = new CountDownLatch(1);
    AtomicInteger tid = new AtomicInteger();
    AtomicInteger result = new AtomicInteger();
    Thread reader =
        new Thread(
            () -> {
              tid.set(libc.gettid());
              started.countDown();
              result.set((int) libc.read(fds.getInt(0), fds.address() + 8, 1));
            });
    reader.start();
    started.await();
    ProcFs proc = new ProcFs(libc);
    while (reader.isAlive()) {
      if (proc.state(tid.get()) == 'S') {
        libc.tgkill(libc.getpid(), tid.get(), Signals.WAKE_UP);
      }
      reader.join(20);
    }
    assertEquals(-Errno.EINTR, result.get());
    libc.close(fds.getInt(0));
    libc.close(fds.getInt(4));
    signals.setDefault(Signals.WAKE_UP);
  }

  @Test
  void masksAreThoseTheKernelShows() {
    Signals signals = new Signals(libc);
    long old = signals.mask();
    long usr1AndLast = Signals.maskOf(10) | Signals.maskOf(64);
    signals.block(usr1AndLast);
    assertEquals(old | usr1AndLast, new ProcFs(libc).signalMask(libc.gettid(), "SigBlk"));
    signals.setMask(old);
    assertEquals(old, signals.mask());
    assertEquals(1, ignoreAndAsk(signals, 64));
    assertTrue((new ProcFs(libc).signalMask(libc.getpid(), "SigIgn") & Signals.maskOf(64)) != 0);
    signals.setDefault(64);
  }

  private static long ignoreAndAsk(Signals signals, int signal) {
    signals.setIgnored(signal);
    return signals.disposition(signal);
  }
}
