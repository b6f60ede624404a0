// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-java")
class DisassemblerTest {
  static List<String> lines(Program program) {
    List<String> lines = new ArrayList<>();
    for (int slot = 0; slot < program.size(); slot++) {
      long first = program.slot(slot);
      boolean wide = Disassembler.isWide(first);
      long second = wide ? program.slot(slot + 1) : 0;
      lines.add(slot + ": " + Disassembler.instruction(first, second));
      slot += wide ? 1 : 0;
    }
    return lines;
  }

  /** The log of the kernel's Documentation/bpf/verifier.rst on an unaligned store. */
  @Test
  void anExampleOfTheKernelsDocumentation() {
    Label end = new Label("end");
    Program program =
        new Assembler("test")
            .store(Size.U64, R10, -8, 0)
            .mov(R2, R10)
            .add(R2, -8)
            .mov(R1, 1)
            .call(Helper.MAP_LOOKUP_ELEM)
            .jumpIf(R0, Cond.EQ, 0, end)
            .store(Size.U64, R0, 4, 0)
            .bind(end)
            .exit()
            .assemble();
    assertEquals(
        List.of(
            "0: (7a) *(u64 *)(r10 -8) = 0",
            "1: (bf) r2 = r10",
            "2: (07) r2 += -8",
            "3: (b7) r1 = 1",
            "4: (85) call bpf_map_lookup_elem#1",
            "5: (15) if r0 == 0x0 goto pc+1",
            "6: (7a) *(u64 *)(r0 +4) = 0",
            "7: (95) exit"),
        lines(program));
  }

  @Test
  void whatIsAssembledIsWrittenAndAssembledAgain() {
    for (long seed = 0; seed < 2000; seed++) {
      Program program = RandomPrograms.of(seed, 1 + (int) (seed % 97));
      List<String> lines = lines(program);
      Program again = TextParser.assemble("random", lines);
      assertEquals(program.size(), again.size(), "seed " + seed);
      for (int slot = 0; slot < program.size(); slot++) {
        int at = slot;
        assertEquals(
            Long.toHexString(program.slot(slot)),
            Long.toHexString(again.slot(slot)),
            () -> "slot " + at + " of:\n" + String.join("\n", lines));
      }
      assertEquals(lines, lines(again));
    }
  }

  @Test
  void everySlotHasAText() {
    Random random = new Random(7);
    for (int opcode = 0; opcode < 256; opcode++) {
      for (int i = 0; i < 200; i++) {
        long slot = random.nextLong() & ~0xffL | opcode;
        String text = Disassembler.instruction(slot, random.nextLong());
        assertEquals(String.format("(%02x) ", opcode), text.substring(0, 5));
      }
    }
  }

  @Test
  void theListingNamesMapsAndLabels() {
    MapSpec counts = MapSpec.array("counts", 64, 1);
    Label none = new Label("none");
    Program program =
        new Assembler("count")
            .map(R1, counts)
            .call(Helper.MAP_LOOKUP_ELEM)
            .jumpIf(R0, Cond.EQ, 0, none)
            .mapValue(R1, counts, 8)
            .bind(none)
            .exit()
            .assemble();
    assertEquals(
        """
        count:
        0: (18) r1 = map[counts]
        2: (85) call bpf_map_lookup_elem#1
        3: (15) if r0 == 0x0 goto pc+2 <none>
        4: (18) r1 = map[counts][0]+8
        none:
        6: (95) exit
        """,
        program.toString());
  }
}
