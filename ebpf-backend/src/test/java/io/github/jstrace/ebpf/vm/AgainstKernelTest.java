// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Disassembler;
import io.github.jstrace.ebpf.asm.Helper;
import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The disassembler and the machine against the kernel of this computer. */
@Tag("any-java")
class AgainstKernelTest {
  private static final int PROGRAMS = 300;
  private static final Pattern LINE = Pattern.compile("(?m)^(\\d+): (\\([0-9a-f]{2}\\) [^;\n]*)");
  private static final Pattern ADDRESS = Pattern.compile("\\(18\\) r(\\d+) = 0x([0-9a-f]+) *");

  private static String text(Program program, int slot) {
    long second = slot + 1 < program.size() ? program.slot(slot + 1) : 0;
    return Disassembler.instruction(program.slot(slot), second);
  }

  private static boolean refersToMap(Program program, int slot) {
    return program.maps().stream().anyMatch(reference -> reference.slot() == slot);
  }

  /** Compares every instruction of the log; returns how many there were. */
  private static int compare(Program program, String log) {
    Matcher line = LINE.matcher(log);
    int lines = 0;
    while (line.find()) {
      lines++;
      int slot = Integer.parseInt(line.group(1));
      String kernels = line.group(2).stripTrailing();
      if (refersToMap(program, slot)) {
        assertTrue(ADDRESS.matcher(kernels).matches(), kernels);
      } else {
        assertEquals(kernels, text(program, slot));
      }
    }
    return lines;
  }

  /** On kernels before 6.6 the newer instructions are refused. */
  @Test
  void theVerifiersLogHasTheSameLines() {
    TreeSet<Integer> opcodes = new TreeSet<>();
    try (KernelBpf kernel = KernelBpf.open()) {
      MapSpec values = SafePrograms.values();
      for (long seed = 0; seed < PROGRAMS; seed++) {
        Program program = SafePrograms.of(seed, 60, values);
        int fd = kernel.load(program);
        assertTrue(fd >= 0, () -> program + "\n" + kernel.log());
        kernel.unload(fd);
        assertTrue(compare(program, kernel.log()) >= 40, kernel.log());
        Matcher line = LINE.matcher(kernel.log());
        while (line.find()) {
          opcodes.add(Integer.parseInt(line.group(2).substring(1, 3), 16));
        }
      }
    }
    // 12 operations of two widths with registers and immediates, 2 negations, 3 byte orders; 7
    // loads, 8
    // stores, 2 atomic; 11 conditions likewise, goto; exit; the 64-bit immediate
    assertEquals(48 + 2 + 3 + 7 + 8 + 2 + 44 + 1 + 1 + 1, opcodes.size(), opcodes.toString());
  }

  @Test
  void theMachineComputesWhatTheKernelComputes() {
    try (KernelBpf kernel = KernelBpf.open()) {
      MapSpec values = SafePrograms.values();
      for (long seed = 1000; seed < 1000 + PROGRAMS; seed++) {
        Program program = SafePrograms.of(seed, 60, values);
        int fd = kernel.load(program);
        assertTrue(fd >= 0, () -> program + "\n" + kernel.log());
        Random random = new Random(seed);
        for (int run = 0; run < 4; run++) {
          long[] context = context(random);
          byte[] value = new byte[values.valueSize()];
          random.nextBytes(value);
          kernel.put(values, 0, value);
          int kernels = kernel.run(fd, context);
          Machine machine = new Machine();
          machine.map(values).put(0, value);
          assertEquals(kernels, (int) machine.run(program, context), program::toString);
          assertArrayEquals(
              kernel.get(values, 0), machine.map(values).get(0).bytes(), program::toString);
        }
        kernel.unload(fd);
      }
    }
  }

  private static long[] context(Random random) {
    long[] context = new long[SafePrograms.CONTEXT];
    for (int i = 0; i < context.length; i++) {
      context[i] =
          switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt();
            case 2 -> random.nextInt(3) - 1;
            default -> Long.MIN_VALUE >> random.nextInt(64);
          };
    }
    return context;
  }

  /** The verifier names the helper before it finds that the arguments are missing. */
  @Test
  void helpersHaveTheKernelsNames() {
    try (KernelBpf kernel = KernelBpf.open()) {
      for (Helper helper : Helper.values()) {
        Program program = new Assembler("call").call(helper).mov(R0, 0).exit().assemble();
        kernel.unload(kernel.load(program));
        assertTrue(compare(program, kernel.log()) >= 1, kernel.log());
      }
    }
  }

  @Test
  void addressesInMaps() {
    try (KernelBpf kernel = KernelBpf.open()) {
      MapSpec values = SafePrograms.values();
      Program program =
          new Assembler("addresses")
              .mapValue(R1, values, 8)
              .mapValue(R2, values, 72)
              .mov(R0, 0)
              .exit()
              .assemble();
      int fd = kernel.load(program);
      assertTrue(fd >= 0, kernel::log);
      kernel.unload(fd);
      Matcher address = ADDRESS.matcher(kernel.log());
      assertTrue(address.find());
      final long first = Long.parseUnsignedLong(address.group(2), 16);
      assertTrue(address.find());
      assertEquals(64, Long.parseUnsignedLong(address.group(2), 16) - first);
    }
  }
}
