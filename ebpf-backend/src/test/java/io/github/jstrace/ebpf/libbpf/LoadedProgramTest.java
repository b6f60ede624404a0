// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.ebpf.asm.Size;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Loading and attaching; needs the privilege to do it. */
class LoadedProgramTest {
  private static final long[] NOTHING = {0xb7, 0x95};
  private static final AttachPoint SYS_ENTER = AttachPoint.rawTracepoint("sys_enter");

  @BeforeEach
  void needs() {
    Needs.bpf();
  }

  @Test
  void loadsAndCloses() throws TraceException {
    List<String> before = Needs.openDescriptors();
    try (LoadedProgram program = LoadedProgram.load("nothing", NOTHING, SYS_ENTER)) {
      assertTrue(program.fd() > 2);
      assertEquals("nothing", program.name());
      assertEquals(before.size() + 1, Needs.openDescriptors().size());
    }
    assertEquals(before, Needs.openDescriptors());
  }

  @Test
  void aRejectedProgramShowsWhyAndTheWholeLog() throws TraceException {
    LoadedProgram.load("nothing", NOTHING, SYS_ENTER).close();
    List<String> before = Needs.openDescriptors();
    // r0 = *(u64 *)(r1 + 0) of a register that is a number; exit
    long[] bad = {0x01b7, 0x1079, 0x95};
    ProgramRejected e =
        assertThrows(ProgramRejected.class, () -> LoadedProgram.load("bad_one", bad, SYS_ENTER));
    assertEquals(Errno.EACCES, e.errno());
    assertEquals(
        "the kernel rejected the eBPF program bad_one (Permission denied): R1 invalid mem access"
            + " 'scalar'",
        e.summary());
    assertTrue(e.getMessage().startsWith(e.summary() + "\n"), e.getMessage());
    assertTrue(e.log().contains("1: (79) r0 = *(u64 *)(r1 +0)"), e.log());
    assertTrue(e.log().contains("processed 2 insns"), e.log());
    assertEquals(before, Needs.openDescriptors());
  }

  @Test
  void aLongLogIsWhole() {
    int count = 60_000;
    Assembler assembler = new Assembler("long_one").mov(R6, 0);
    for (int i = 0; i < count; i++) {
      assembler.add(R6, 1);
    }
    // R2 was never set
    Program program = assembler.mov(R0, R2).exit().assemble();
    ProgramRejected e =
        assertThrows(
            ProgramRejected.class, () -> LoadedProgram.load(program, SYS_ENTER, map -> -1));
    assertTrue(e.log().length() > 1 << 20, "only " + e.log().length());
    int first = e.log().indexOf("\n0: ");
    assertTrue(e.log().startsWith("0: ") || first >= 0, e.log().substring(0, 100));
    assertTrue(e.log().contains("\n" + count / 2 + ": (07) r6 += 1"));
    assertTrue(e.log().contains("R2 !read_ok"));
    assertTrue(e.summary().endsWith(": R2 !read_ok"), e.summary());
    assertTrue(e.summary().length() < 200);
  }

  @Test
  void anAttachedProgramRunsUntilItIsDetached() throws TraceException {
    MapSpec hits = MapSpec.array("hits", 8, 1).withFlags(MapSpec.MMAPABLE);
    Program program =
        new Assembler("count")
            .mapValue(R1, hits, 0)
            .mov(R2, 1)
            .atomicAdd(Size.U64, R1, 0, R2)
            .mov(R0, 0)
            .exit()
            .assemble();
    Btf btf = Btf.kernel();
    AttachPoint typed = AttachPoint.btfTracepoint(btf, "sys_enter");
    assertNotNull(typed);
    for (AttachPoint where : new AttachPoint[] {SYS_ENTER, typed}) {
      try (BpfSession session = new BpfSession()) {
        session.load(program, where);
        NativeMemory memory = session.create(hits).memory();
        callKernel(100);
        assertEquals(0, memory.getLongAcquire(0), "not attached yet");
        session.attach();
        session.attach();
        callKernel(100);
        long seen = memory.getLongAcquire(0);
        assertTrue(seen >= 100, where + ": " + seen);
        session.detach();
        session.detach();
        callKernel(100);
        long after = memory.getLongAcquire(0);
        callKernel(100);
        assertEquals(after, memory.getLongAcquire(0), "detached");
      }
    }
  }

  private static void callKernel(int times) {
    for (int i = 0; i < times; i++) {
      Libc.get().kill(Libc.get().getpid(), 0);
    }
  }

  @Test
  void aTracepointThatIsNotThereIsNamed() throws TraceException {
    assertNull(AttachPoint.btfTracepoint(Btf.kernel(), "no_such_tracepoint"));
    AttachPoint nowhere = AttachPoint.rawTracepoint("no_such_tp");
    List<String> before = Needs.openDescriptors();
    try (LoadedProgram program = LoadedProgram.load("nothing", NOTHING, nowhere)) {
      BpfException e = assertThrows(BpfException.class, () -> Link.attach(program));
      assertEquals(
          "the kernel refused to attach the eBPF program nothing to the raw tracepoint no_such_tp"
              + " (No such file or directory): it has no such tracepoint",
          e.getMessage());
    }
    assertEquals(before, Needs.openDescriptors());
  }

  @Test
  void aSessionThatFailsHalfwayLeavesNothing() throws TraceException {
    LoadedProgram.load("nothing", NOTHING, SYS_ENTER).close();
    MapSpec map = MapSpec.array("m", 8, 1).withFlags(MapSpec.MMAPABLE);
    Program good = new Assembler("good").mapValue(R1, map, 0).mov(R0, 0).exit().assemble();
    Program bad = new Assembler("bad").mov(R0, R2).exit().assemble();
    List<String> before = Needs.openDescriptors();
    for (int i = 0; i < 20; i++) {
      assertThrows(
          ProgramRejected.class,
          () -> {
            try (BpfSession session = new BpfSession()) {
              session.load(good, SYS_ENTER);
              session.create(map).memory();
              session.attach();
              session.load(bad, SYS_ENTER);
            }
          });
    }
    assertEquals(before, Needs.openDescriptors());
  }

  @Test
  void aProgramMayBeClosedWhileItsLinkRunsIt() throws TraceException {
    MapSpec hits = MapSpec.array("hits", 8, 1).withFlags(MapSpec.MMAPABLE);
    Program program =
        new Assembler("count")
            .mapValue(R1, hits, 0)
            .mov(R2, 1)
            .atomicAdd(Size.U64, R1, 0, R2)
            .mov(R0, 0)
            .exit()
            .assemble();
    try (BpfMap map = BpfMap.create(hits)) {
      LoadedProgram loaded = LoadedProgram.load(program, SYS_ENTER, spec -> map.fd());
      try (Link link = Link.attach(loaded)) {
        loaded.close();
        assertTrue(link.fd() > 2);
        callKernel(10);
        assertTrue(map.memory().getLongAcquire(0) >= 10);
      }
    }
  }

  @Test
  void knowsHowThisKernelIsTracedBest() throws TraceException {
    Btf btf = Btf.kernel();
    AttachPoint best = Features.tracepoint(btf, "sys_enter");
    assertEquals("the BTF tracepoint sys_enter", best.toString());
    assertFalse(Features.tracepoint(btf, "no_such_tracepoint").toString().contains("BTF"));
  }
}
