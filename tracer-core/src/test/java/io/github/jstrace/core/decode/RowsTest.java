// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.StructLayouts;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every row of the tables can be compiled and survives every argument. */
@Tag("any-java")
class RowsTest {
  @Test
  void everyRowAndStructCompiles() {
    List<String> errors = new ArrayList<>();
    for (Abi abi : Abi.inTables()) {
      TypeCompiler compiler = new TypeCompiler(abi);
      for (String name : StructLayouts.names()) {
        try {
          compiler.struct(name);
        } catch (RuntimeException e) {
          errors.add(abi + " struct " + name + ": " + e.getMessage());
        }
      }
      for (Syscall syscall : SyscallTable.all()) {
        if (syscall.number(abi) < 0) {
          continue;
        }
        try {
          new CallType(compiler, syscall);
        } catch (RuntimeException e) {
          errors.add(abi + " " + e.getMessage());
        }
      }
      for (String name : compiler.unknown()) {
        errors.add(abi + " nobody has written the type or set " + name);
      }
    }
    assertEquals(List.of(), errors);
  }

  /** Memory in which every address holds pseudo-random bytes, and some pages are missing. */
  private static TraceeMemory garbage(long seed) {
    return (address, into, offset, length) -> {
      int readable = 0;
      while (readable < length) {
        long page = (address + readable) >>> 12;
        if ((page * 0x9e3779b97f4a7c15L + seed) >>> 61 == 0) {
          break;
        }
        into[offset + readable] = (byte) ((address + readable) * 0x9e3779b97f4a7c15L + seed >>> 40);
        readable++;
      }
      return readable;
    };
  }

  private static final long[] ODD = {
    0,
    1,
    2,
    8,
    16,
    0x1000,
    0xfff,
    0x7fffffff,
    0x80000000L,
    0xffffffffL,
    -1,
    Long.MIN_VALUE,
    Long.MAX_VALUE,
    0x7ffd00001230L,
    0x7ffd00000ffcL,
    3,
    -100 & 0xffffffffL
  };

  @Test
  void everyCallSurvivesGarbage() {
    Random random = new Random(42);
    for (int round = 0; round < 40; round++) {
      DecodeOptions options =
          new DecodeOptions().setEverything(round % 3 == 0).setMaxString(round % 5 == 0 ? 200 : 32);
      SyscallDecoder decoder = new SyscallDecoder(options, FdResolver.NONE);
      Tracee tracee = new Tracee(1, 1, garbage(random.nextLong()));
      SyscallDecoder.State state = decoder.newState(tracee);
      for (Abi abi : Abi.inTables()) {
        for (int number = 0; number < 600; number++) {
          tracee.enter(abi, number, 0, 0, 0, 0);
          for (int i = 0; i < 6; i++) {
            tracee.setArg(
                i, random.nextInt(3) == 0 ? random.nextLong() : ODD[random.nextInt(ODD.length)]);
          }
          try {
            decoder.enter(state);
            boolean failed = random.nextInt(3) == 0;
            tracee.exit(failed ? -14 : ODD[random.nextInt(ODD.length)], failed ? 14 : 0, 1, 1);
            decoder.exit(state);
          } catch (RuntimeException e) {
            long[] args = new long[6];
            for (int i = 0; i < 6; i++) {
              args[i] = tracee.arg(i);
            }
            throw new AssertionError(
                abi + " " + number + Arrays.toString(args) + " -> " + tracee.result(), e);
          }
          assertTrue(state.call().argCount() >= 0);
        }
      }
    }
  }
}
