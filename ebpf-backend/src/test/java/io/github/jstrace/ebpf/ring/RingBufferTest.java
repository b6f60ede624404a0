// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.ring;

import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Cond;
import io.github.jstrace.ebpf.asm.Helper;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.asm.Size;
import io.github.jstrace.ebpf.libbpf.AttachPoint;
import io.github.jstrace.ebpf.libbpf.BpfSession;
import io.github.jstrace.ebpf.libbpf.Btf;
import io.github.jstrace.ebpf.libbpf.Needs;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A ring that a program in the kernel fills: a record for each getpgid(2) of this process, with
 * what the kernel's types say about the caller. Needs the privilege to load it.
 */
@Timeout(60)
class RingBufferTest {
  private static final int SIZE = 1 << 16;

  /** tid, tgid, first argument, comm. */
  private static final int RECORD = 32;

  private final Libc libc = Libc.get();
  private final MapSpec ringSpec = MapSpec.ringBuffer("ring", SIZE);
  private final MapSpec lostSpec = MapSpec.array("lost", 8, 1).withFlags(MapSpec.MMAPABLE);

  private BpfSession session;
  private RingBuffer ring;
  private NativeMemory lost;
  private List<String> before = List.of();

  @BeforeEach
  void load() throws TraceException {
    Needs.bpf();
    Needs.btf();
    before = Needs.openDescriptors();
    session = new BpfSession();
    Btf btf = Btf.kernel();
    AttachPoint sysEnter = AttachPoint.btfTracepoint(btf, "sys_enter");
    assertNotNull(sysEnter);
    session.load(program(btf), sysEnter);
    ring = RingBuffer.open(session.create(ringSpec));
    lost = session.create(lostSpec).memory();
    session.attach();
  }

  @AfterEach
  void close() {
    if (ring != null) {
      ring.close();
    }
    if (session != null) {
      session.close();
      assertEquals(before, Needs.openDescriptors());
    }
  }

  private Program program(Btf btf) throws TraceException {
    boolean x86 = System.getProperty("os.arch").equals("amd64");
    int getpgid = x86 ? 121 : 155;
    int comm = btf.offset("task_struct", "comm");
    Label other = new Label("other");
    Label stored = new Label("stored");
    return new Assembler("pgid")
        .mov(R6, R1)
        .load(Size.U64, R7, R6, 8)
        .jumpIf(R7, NE, getpgid, other)
        .call(Helper.GET_CURRENT_TASK_BTF)
        .load(Size.U32, R1, R0, btf.offset("task_struct", "tgid"))
        .jumpIf32(R1, NE, libc.getpid(), other)
        .store(Size.U32, R10, -28, R1)
        .load(Size.U32, R1, R0, btf.offset("task_struct", "pid"))
        .store(Size.U32, R10, -32, R1)
        .load(Size.U64, R1, R0, comm)
        .store(Size.U64, R10, -16, R1)
        .load(Size.U64, R1, R0, comm + 8)
        .store(Size.U64, R10, -8, R1)
        .load(Size.U64, R1, R6, 0)
        .load(Size.U64, R1, R1, btf.offset("pt_regs", x86 ? "di" : "regs[0]"))
        .store(Size.U64, R10, -24, R1)
        .map(R1, ringSpec)
        .mov(R2, R10)
        .add(R2, -RECORD)
        .mov(R3, RECORD)
        .mov(R4, 0)
        .call(Helper.RINGBUF_OUTPUT)
        .jumpIf(R0, Cond.EQ, 0, stored)
        .mapValue(R1, lostSpec, 0)
        .mov(R2, 1)
        .atomicAdd(Size.U64, R1, 0, R2)
        .bind(stored)
        .bind(other)
        .mov(R0, 0)
        .exit()
        .assemble();
  }

  /** Makes the call that the program tells of. */
  private void getpgid(int argument) {
    libc.getpgid(argument);
  }

  @Test
  void fieldsAreWhereTheKernelsTypesSay() throws IOException {
    getpgid(12345);
    RingReader reader = ring.reader();
    assertTrue(reader.next());
    assertEquals(RECORD, reader.length());
    NativeMemory data = reader.data();
    int at = reader.offset();
    assertEquals(libc.gettid(), data.getInt(at));
    assertEquals(libc.getpid(), data.getInt(at + 4));
    assertEquals(12345, data.getInt(at + 8));
    byte[] name = data.bytes(at + 16, 16);
    int length = 0;
    while (length < 16 && name[length] != 0) {
      length++;
    }
    assertEquals(
        Files.readString(Path.of("/proc/thread-self/comm")).strip(),
        new String(name, 0, length, java.nio.charset.StandardCharsets.UTF_8));
    reader.release();
    assertFalse(reader.next());
  }

  @Test
  void recordsThatWrapAreWhole() {
    RingReader reader = ring.reader();
    for (int i = 0; i < 20_000; i++) {
      getpgid(1_000_000 + i);
      assertTrue(reader.next(), "record " + i);
      assertEquals(1_000_000 + i, reader.data().getInt(reader.offset() + 8));
      assertEquals(libc.gettid(), reader.data().getInt(reader.offset()));
      reader.release();
    }
    assertEquals(0, lost.getLongAcquire(0));
    assertEquals(0, reader.corrupt());
  }

  @Test
  void whatDoesNotFitIsLostAndWhatIsHeldIsKept() {
    RingReader reader = ring.reader();
    int calls = 5000;
    for (int i = 0; i < calls; i++) {
      getpgid(i);
    }
    int seen = 0;
    List<Integer> places = new ArrayList<>();
    while (reader.next()) {
      places.add(reader.offset());
      seen++;
    }
    assertTrue(seen <= SIZE / (RECORD + 8), seen + " records");
    assertTrue(seen >= SIZE / (RECORD + 8) - 1, seen + " records");
    assertEquals(calls, seen + lost.getLongAcquire(0));
    getpgid(calls);
    assertFalse(reader.next(), "no place as long as nothing is released");
    for (int i = 0; i < seen; i++) {
      assertEquals(i, reader.data().getInt(places.get(i) + 8));
    }
    reader.release();
    getpgid(calls + 1);
    assertTrue(reader.next());
    assertEquals(calls + 1, reader.data().getInt(reader.offset() + 8));
  }

  @Test
  void threadsLoseNothingAndKeepTheirOrder() throws InterruptedException {
    int threads = 4;
    int calls = 30_000;
    List<Thread> started = new ArrayList<>();
    RingReader reader = ring.reader();
    Map<Integer, Integer> next = new HashMap<>();
    int seen = 0;
    for (int t = 0; t < threads; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < calls; i++) {
                  getpgid(i);
                }
              });
      started.add(thread);
      thread.start();
    }
    boolean running = true;
    while (true) {
      boolean wasRunning = running;
      while (reader.next()) {
        int tid = reader.data().getInt(reader.offset());
        int number = reader.data().getInt(reader.offset() + 8);
        int expected = next.getOrDefault(tid, 0);
        assertTrue(number >= expected, tid + ": " + number + " after " + expected);
        next.put(tid, number + 1);
        seen++;
        if (reader.held() > SIZE / 4) {
          reader.release();
        }
      }
      reader.release();
      if (!wasRunning) {
        break;
      }
      running = false;
      for (Thread thread : started) {
        running |= thread.isAlive();
      }
      ring.await(1_000_000);
    }
    // while the reader does not get to run, all that a thread tells may be lost
    assertFalse(next.isEmpty());
    assertEquals(threads * calls, seen + lost.getLongAcquire(0));
    assertEquals(0, reader.corrupt());
    for (Thread thread : started) {
      thread.join();
    }
  }

  @Test
  void waitingEndsWithARecord() throws InterruptedException {
    Thread caller =
        new Thread(
            () -> {
              sleep(100);
              getpgid(1);
            });
    caller.start();
    long start = System.nanoTime();
    assertFalse(ring.await(30_000_000_000L));
    long waited = System.nanoTime() - start;
    assertTrue(ring.reader().next());
    assertTrue(waited > 50_000_000L && waited < 10_000_000_000L, waited + " ns");
    assertFalse(ring.await(30_000_000_000L), "not released, so it does not wait");
    caller.join();
  }

  @Test
  void waitingEndsWithTime() {
    long start = System.nanoTime();
    assertFalse(ring.await(20_000_000));
    assertTrue(System.nanoTime() - start >= 20_000_000);
    getpgid(1);
    start = System.nanoTime();
    assertFalse(ring.pause(20_000_000), "does not look at the ring");
    assertTrue(System.nanoTime() - start >= 20_000_000);
  }

  @Test
  void anotherThreadEndsAWait() throws InterruptedException {
    ring.wake();
    assertTrue(ring.await(-1), "the next one");
    assertFalse(ring.await(1_000_000), "once");
    Thread waker =
        new Thread(
            () -> {
              sleep(50);
              ring.wake();
            });
    waker.start();
    assertTrue(ring.await(-1), "the present one");
    ring.wake();
    assertTrue(ring.pause(-1));
    waker.join();
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void onlyRingsAreMapped() throws TraceException {
    assertThrows(IllegalArgumentException.class, () -> RingBuffer.open(session.create(lostSpec)));
  }

  @Test
  void theMappingsGoWithIt() throws IOException, TraceException {
    int mapped = mappings();
    for (int i = 0; i < 10; i++) {
      MapSpec spec = MapSpec.ringBuffer("ring", SIZE);
      try (BpfSession other = new BpfSession();
          RingBuffer mappedRing = RingBuffer.open(other.create(spec))) {
        assertTrue(mappings() > mapped);
        assertFalse(mappedRing.reader().next());
        mappedRing.close();
      }
    }
    assertEquals(mapped, mappings());
  }

  private static int mappings() throws IOException {
    int count = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      if (line.contains("bpf")) {
        count++;
      }
    }
    return count;
  }
}
