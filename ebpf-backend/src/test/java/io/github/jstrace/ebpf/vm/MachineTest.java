// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.LT;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Cond.SLT;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static io.github.jstrace.ebpf.asm.Size.U8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Helper;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class MachineTest {
  private final Machine machine = new Machine();
  private final Assembler a = new Assembler("test");

  @Test
  void aLoop() {
    Label again = new Label("again");
    Program sum =
        a.mov(R0, 0)
            .mov(R1, 0)
            .bind(again)
            .add(R1, 1)
            .add(R0, R1)
            .jumpIf(R1, LT, 100, again)
            .exit()
            .assemble();
    assertEquals(5050, machine.run(sum));
    machine.maxSteps = 50;
    assertThrows(Fault.class, () -> machine.run(sum));
  }

  @Test
  void countsInAMap() {
    MapSpec counts = MapSpec.hash("counts", 4, 8, 2);
    Label there = new Label("there");
    Label end = new Label("end");
    Program program =
        a.load(U64, R6, R1, 0)
            .store(U32, R10, -4, R6)
            .store(U64, R10, -16, 1)
            .map(R1, counts)
            .mov(R2, R10)
            .add(R2, -4)
            .call(Helper.MAP_LOOKUP_ELEM)
            .jumpIf(R0, NE, 0, there)
            .map(R1, counts)
            .mov(R2, R10)
            .add(R2, -4)
            .mov(R3, R10)
            .add(R3, -16)
            .mov(R4, 1)
            .call(Helper.MAP_UPDATE_ELEM)
            .jump(end)
            .bind(there)
            .mov(R1, 1)
            .atomicAdd(U64, R0, 0, R1)
            .mov(R0, 0)
            .bind(end)
            .exit()
            .assemble();
    assertEquals(0, machine.run(program, 257));
    assertEquals(0, machine.run(program, 257));
    assertEquals(0, machine.run(program, 1));
    assertEquals(-7, machine.run(program, 2), "E2BIG: the map is full");
    assertEquals(2, machine.map(counts).get(257).getLong(0));
    assertEquals(1, machine.map(counts).get(1).getLong(0));
  }

  @Test
  void copiesAStringOfTheTraceeIntoTheRing() {
    MapSpec ring = MapSpec.ringBuffer("ring", 4096);
    Label failed = new Label("failed");
    Program program =
        a.load(U64, R3, R1, 0)
            .mov(R1, R10)
            .add(R1, -16)
            .mov(R2, 16)
            .call(Helper.PROBE_READ_USER_STR)
            .jumpIf(R0, SLT, 0, failed)
            .mov(R6, R0)
            .map(R1, ring)
            .mov(R2, R10)
            .add(R2, -16)
            .mov(R3, R6)
            .mov(R4, 1)
            .call(Helper.RINGBUF_OUTPUT)
            .bind(failed)
            .exit()
            .assemble();
    Region path = machine.user().allocate("path", "/etc/passwd");
    Region cut = machine.user().allocate("path", "/etc/passwd/and/more");
    assertEquals(0, machine.run(program, path.address()));
    assertEquals(0, machine.run(program, cut.address()));
    assertEquals(-14, machine.run(program, 1), "EFAULT");
    path.resident(false);
    assertEquals(-14, machine.run(program, path.address()), "EFAULT");
    assertEquals(0, machine.ring(ring).wakeups());
    var records = machine.ring(ring).drain();
    assertArrayEquals("/etc/passwd\0".getBytes(), records.get(0));
    assertArrayEquals("/etc/passwd/and\0".getBytes(), records.get(1));
    assertEquals(2, records.size());
  }

  @Test
  void aFullRingRefuses() {
    MapSpec ring = MapSpec.ringBuffer("ring", 4096);
    Label none = new Label("none");
    Program program =
        a.map(R1, ring)
            .mov(R2, 1000)
            .mov(R3, 0)
            .call(Helper.RINGBUF_RESERVE)
            .jumpIf(R0, EQ, 0, none)
            .store(U8, R0, 0, 7)
            .mov(R1, R0)
            .mov(R2, 0)
            .call(Helper.RINGBUF_DISCARD)
            .mov(R0, 1)
            .bind(none)
            .exit()
            .assemble();
    Program output =
        new Assembler("output")
            .store(U64, R10, -8, 5)
            .map(R1, ring)
            .mov(R2, R10)
            .add(R2, -8)
            .mov(R3, 8)
            .mov(R4, 0)
            .call(Helper.RINGBUF_OUTPUT)
            .exit()
            .assemble();
    assertEquals(1, machine.run(program));
    for (int i = 0; i < 192; i++) { // 16 bytes each, and the 1008 of the discarded record
      assertEquals(0, machine.run(output), "record " + i);
    }
    assertEquals(0, machine.run(output));
    assertEquals(-11, machine.run(output), "EAGAIN");
    assertEquals(0, machine.run(program));
    assertEquals(193, machine.ring(ring).drain().size());
    assertEquals(1, machine.run(program));
  }

  @Test
  void storageOfTasks() {
    MapSpec starts = MapSpec.taskStorage("starts", 8);
    Label none = new Label("none");
    Program program =
        a.load(U64, R6, R1, 0)
            .call(Helper.GET_CURRENT_TASK_BTF)
            .mov(R2, R0)
            .map(R1, starts)
            .mov(R3, 0)
            .mov(R4, R6)
            .call(Helper.TASK_STORAGE_GET)
            .jumpIf(R0, EQ, 0, none)
            .mov(R6, R0)
            .call(Helper.KTIME_GET_NS)
            .store(U64, R6, 0, R0)
            .bind(none)
            .exit()
            .assemble();
    machine.now = 42;
    assertEquals(0, machine.run(program, 0));
    assertEquals(42, machine.run(program, 1));
    assertEquals(42, machine.map(starts).storage(machine.current).getLong(0));
    machine.current = machine.task(7, 7);
    assertEquals(0, machine.run(program, 0));
  }

  @Test
  void functions() {
    Label twice = new Label("twice");
    Label callback = new Label("callback");
    Program program =
        a.store(U64, R10, -8, 0)
            .mov(R1, 10)
            .function(R2, callback)
            .mov(R3, R10)
            .add(R3, -8)
            .mov(R4, 0)
            .call(Helper.LOOP)
            .load(U64, R1, R10, -8)
            .call(twice)
            .exit()
            .bind(twice)
            .mov(R0, R1)
            .add(R0, R1)
            .exit()
            .bind(callback)
            .load(U64, R0, R2, 0)
            .add(R0, R1)
            .store(U64, R2, 0, R0)
            .mov(R0, 0)
            .exit()
            .assemble();
    assertEquals(90, machine.run(program));
  }

  @Test
  void perCpuValues() {
    MapSpec spec = MapSpec.perCpuArray("scratch", 8, 1);
    Program program =
        a.store(U32, R10, -4, 0)
            .map(R1, spec)
            .mov(R2, R10)
            .add(R2, -4)
            .call(Helper.MAP_LOOKUP_ELEM)
            .store(U64, R0, 0, 1)
            .mov(R0, 0)
            .exit()
            .assemble();
    machine.cpu = 2;
    machine.run(program);
    assertEquals(1, machine.map(spec).get(VmMap.key(0), 2).getLong(0));
    assertEquals(0, machine.map(spec).get(VmMap.key(0), 1).getLong(0));
  }

  @Test
  void valuesOfMapsByAddress() {
    MapSpec spec = MapSpec.array("settings", 16, 1);
    byte[] value = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(8, 99).array();
    machine.map(spec).put(0, value);
    Program program = a.mapValue(R1, spec, 8).load(U64, R0, R1, 0).exit().assemble();
    assertEquals(99, machine.run(program));
  }

  private void faults(String message, Program program) {
    Fault fault = assertThrows(Fault.class, () -> machine.run(program));
    assertEquals(message, fault.getMessage().replaceAll("0x[0-9a-f]+", "ADDRESS"));
  }

  @Test
  void whatProgramsMustNotDo() {
    faults(
        "test: instruction 0: read of the stack, 8 bytes before its end: never written",
        a.load(U64, R0, R10, -8).exit().assemble());
    faults("b: instruction 0: R0 is read but not set", new Assembler("b").exit().assemble());
    faults(
        "c: instruction 1: R1 is read but not set",
        new Assembler("c").call(Helper.KTIME_GET_NS).mov(R0, R1).exit().assemble());
    faults(
        "d: instruction 0: write of 8 bytes at ADDRESS: nothing",
        new Assembler("d").store(U64, R10, -4, 0).exit().assemble());
    faults(
        "e: instruction 1: read of 8 bytes at ADDRESS: nothing",
        new Assembler("e").mov(R1, 0).load(U64, R0, R1, 0).exit().assemble());
    machine.readsZeroOutside = true;
    assertEquals(
        0, machine.run(new Assembler("f").mov(R1, 0).load(U64, R0, R1, 0).exit().assemble()));
    MapSpec ring = MapSpec.ringBuffer("ring", 4096);
    faults(
        "record of ring neither submitted nor discarded",
        new Assembler("g")
            .map(R1, ring)
            .mov(R2, 8)
            .mov(R3, 0)
            .call(Helper.RINGBUF_RESERVE)
            .mov(R0, 0)
            .exit()
            .assemble());
  }
}
