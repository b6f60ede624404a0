// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Helper;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.MappedMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Results of the machine's helpers, and what they leave in memory, against the kernel's. */
class HelpersAgainstKernelTest {
  private static final int PAGE = 4096;
  private static final int BUFFER = 64;

  private KernelBpf kernel;
  private final Machine machine = new Machine();
  private final MapSpec copy = MapSpec.array("copy", BUFFER, 1);

  @BeforeEach
  void open() {
    kernel = KernelBpf.open();
  }

  @AfterEach
  void close() {
    kernel.close();
  }

  /** A program in the kernel and in the machine. */
  private final class Both {
    private final Program program;
    private final int fd;

    Both(Program program) {
      this.program = program;
      fd = kernel.load(program);
      assertTrue(fd >= 0, () -> program + "\n" + kernel.log());
    }

    /** The result, the same of both. */
    int run(long... context) {
      int kernels = kernel.run(fd, context);
      assertEquals(kernels, (int) machine.run(program, context), program::toString);
      return kernels;
    }
  }

  /**
   * R1 to R3 become the map, the key at R10 - 8, the value at R10 - 16; from the context's words.
   */
  private static Assembler withKeyAndValue(String name, MapSpec map) {
    return new Assembler(name)
        .load(U64, R2, R1, 0)
        .store(U64, R10, -8, R2)
        .load(U64, R2, R1, 8)
        .store(U64, R10, -16, R2)
        .load(U64, R4, R1, 16)
        .map(R1, map)
        .mov(R2, R10)
        .add(R2, -8)
        .mov(R3, R10)
        .add(R3, -16);
  }

  private static Program lookup(MapSpec map) {
    Label none = new Label("none");
    return withKeyAndValue("lookup", map)
        .call(Helper.MAP_LOOKUP_ELEM)
        .mov(R1, R0)
        .mov(R0, -1)
        .jumpIf(R1, EQ, 0, none)
        .load(U32, R0, R1, 0)
        .bind(none)
        .exit()
        .assemble();
  }

  private void maps(MapSpec map) {
    Both update =
        new Both(withKeyAndValue("u", map).call(Helper.MAP_UPDATE_ELEM).exit().assemble());
    Both delete =
        new Both(withKeyAndValue("d", map).call(Helper.MAP_DELETE_ELEM).exit().assemble());
    Both lookup = new Both(lookup(map));
    for (int flags = 0; flags <= 3; flags++) {
      for (int round = 0; round < 2; round++) {
        for (int key = 0; key < 5; key++) {
          update.run(key, 100 * flags + key, flags);
          lookup.run(key, 0, 0);
        }
        delete.run(1 + flags, 0, 0);
        delete.run(9, 0, 0);
        lookup.run(1 + flags, 0, 0);
      }
    }
  }

  @Test
  void hashes() {
    maps(MapSpec.hash("hash", 4, 8, 3));
    maps(MapSpec.hash("hash", 4, 8, 3).withFlags(MapSpec.NO_PREALLOC));
  }

  @Test
  void arrays() {
    maps(MapSpec.array("array", 8, 3));
  }

  @Test
  void ringBuffers() {
    MapSpec ring = MapSpec.ringBuffer("ring", PAGE);
    Both output =
        new Both(
            new Assembler("output")
                .load(U64, R3, R1, 0)
                .and(R3, 127)
                .mapValue(R2, MapSpec.array("zeros", 128, 1), 0)
                .map(R1, ring)
                .mov(R4, 1)
                .call(Helper.RINGBUF_OUTPUT)
                .exit()
                .assemble());
    Both query =
        new Both(
            new Assembler("query")
                .load(U64, R2, R1, 0)
                .map(R1, ring)
                .call(Helper.RINGBUF_QUERY)
                .exit()
                .assemble());
    Label none = new Label("none");
    Both discard =
        new Both(
            new Assembler("discard")
                .map(R1, ring)
                .mov(R2, 100)
                .mov(R3, 0)
                .call(Helper.RINGBUF_RESERVE)
                .jumpIf(R0, EQ, 0, none)
                .mov(R1, R0)
                .mov(R2, 1)
                .call(Helper.RINGBUF_DISCARD)
                .mov(R0, 1)
                .bind(none)
                .exit()
                .assemble());
    int refused = 0;
    for (int i = 0; i < 200 && refused < 3; i++) {
      if (output.run(i * 37L) != 0 || discard.run(0) == 0) {
        refused++;
      }
      for (int what = 0; what < 4; what++) {
        query.run(what);
      }
    }
    assertEquals(3, refused, "the ring is never full");
  }

  @Test
  void theCurrentTask() throws IOException {
    machine.current = machine.task(Libc.get().gettid(), Libc.get().getpid());
    machine.current.comm = Files.readString(Path.of("/proc/thread-self/comm")).strip();
    Both ids =
        new Both(
            new Assembler("ids")
                .call(Helper.GET_CURRENT_PID_TGID)
                .mov(R6, R0)
                .rsh(R6, 32)
                .xor(R0, R6)
                .exit()
                .assemble());
    ids.run(0);
    for (int size : new int[] {1, 4, 16, 40}) {
      Both comm =
          new Both(
              copied(
                  clean("comm")
                      .mov(R1, R10)
                      .add(R1, -BUFFER)
                      .mov(R2, size)
                      .call(Helper.GET_CURRENT_COMM)
                      .mov(R6, R0)));
      comm.run(0);
      sameCopy();
    }
  }

  /** Fills the buffer below R10 with a pattern. */
  private static Assembler clean(String name) {
    Assembler a = new Assembler(name);
    for (int i = 0; i < BUFFER; i += 8) {
      a.store(U64, R10, i - BUFFER, 0x5a5a5a5aL);
    }
    return a;
  }

  /** Copies the buffer into the map and returns R6. */
  private Program copied(Assembler a) {
    a.mapValue(R7, copy, 0);
    for (int i = 0; i < BUFFER; i += 8) {
      a.load(U64, R1, R10, i - BUFFER).store(U64, R7, i, R1);
    }
    return a.mov(R0, R6).exit().assemble();
  }

  private void sameCopy() {
    sameCopy(BUFFER);
  }

  private void sameCopy(int length) {
    assertArrayEquals(
        Arrays.copyOf(kernel.get(copy, 0), length), machine.map(copy).get(0).bytes(0, length));
  }

  private Both probe(Helper helper) {
    return new Both(
        copied(
            clean("probe")
                .load(U64, R3, R1, 0)
                .load(U64, R2, R1, 8)
                .and(R2, BUFFER - 1)
                .mov(R1, R10)
                .add(R1, -BUFFER)
                .call(helper)
                .mov(R6, R0)));
  }

  /** Two pages of which the second one has not been touched yet: a careful copy cannot fetch it. */
  @Test
  void memoryOfTheTracee() {
    try (MappedMemory mapping = MappedMemory.anonymous(2 * PAGE)) {
      byte[] text = "/usr/share/zoneinfo".getBytes(StandardCharsets.US_ASCII);
      final long pages = mapping.memory().address();
      int atEnd = PAGE - text.length;
      Region first = machine.user().allocateAt("first", pages, PAGE);
      machine.user().allocateAt("second", pages + PAGE, PAGE).resident(false);
      mapping.memory().put(0, text, 0, text.length);
      first.putBytes(0, text);
      mapping.memory().put(atEnd, text, 0, text.length);
      first.putBytes(atEnd, text);
      Both bytes = probe(Helper.PROBE_READ_USER);
      Both string = probe(Helper.PROBE_READ_USER_STR);
      for (long address : new long[] {pages, pages + 5, pages + atEnd, pages + PAGE, 0}) {
        for (int size : new int[] {0, 1, 8, 10, 18, 19, 20, 21, 63}) {
          bytes.run(address, size);
          sameCopy();
          int length = string.run(address, size);
          sameCopy(length < 0 ? BUFFER : length);
        }
      }
      assertEquals(-14, bytes.run(pages + PAGE, 8), "a page never touched: EFAULT");
      assertEquals(-14, string.run(pages + atEnd, 63), "a string that goes on there: EFAULT");
      assertEquals(20, string.run(pages, 63));
    }
  }
}
