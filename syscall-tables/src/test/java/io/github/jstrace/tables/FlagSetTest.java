// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("any-java")
class FlagSetTest {
  static List<String> sets() {
    return FlagSetFiles.names();
  }

  /** What a number is split into is that number again, for each constant and for random numbers. */
  @ParameterizedTest
  @MethodSource("sets")
  void partsMakeTheNumber(String name) {
    FlagSet set = FlagSetFiles.get(name);
    Random random = new Random(name.hashCode());
    for (Abi abi : Abi.inTables()) {
      for (String constant : set.names(abi)) {
        recompose(set, abi, value(set, constant, abi));
      }
      for (int i = 0; i < 200; i++) {
        recompose(set, abi, random.nextLong());
        recompose(set, abi, Integer.toUnsignedLong(random.nextInt()));
      }
      recompose(set, abi, 0);
      recompose(set, abi, -1);
    }
  }

  private static long value(FlagSet set, String constant, Abi abi) {
    return Objects.requireNonNull(set.lookup(constant, abi), constant);
  }

  private static void recompose(FlagSet set, Abi abi, long value) {
    FlagSet.Decomposition parts = set.decompose(value, abi);
    long sum = parts.rest();
    for (String part : parts.names()) {
      int shift = part.indexOf("<<");
      Long constant = set.lookup(part, abi);
      if (constant != null) {
        sum |= constant;
      } else if (Signals.number(part) > 0) {
        sum |= Signals.number(part);
      } else if (part.startsWith("0x")) {
        sum |= Long.parseLong(part, 2, part.indexOf(' '), 16);
      } else {
        // what is missing must be the number in front of the shift, wherever that is
        long number = Long.parseLong(shift < 0 ? part : part.substring(0, shift));
        long missing = value & ~sum & ~maskOfNames(set, abi, parts.names());
        int up = Long.numberOfTrailingZeros(missing) - Long.numberOfTrailingZeros(number);
        assertEquals(missing, number << up, () -> set.name() + " " + part);
        sum |= missing;
      }
    }
    assertEquals(
        Long.toHexString(value),
        Long.toHexString(sum),
        () -> set.name() + " " + abi + ": " + String.join("|", parts.names()));
  }

  private static long maskOfNames(FlagSet set, Abi abi, String[] names) {
    long mask = 0;
    for (String name : names) {
      Long constant = set.lookup(name, abi);
      mask |= constant == null ? 0 : constant;
    }
    return mask;
  }

  /** Every constant is found by its value, unless a row above has the same. */
  @ParameterizedTest
  @MethodSource("sets")
  void constantsAreFoundByValue(String name) {
    FlagSet set = FlagSetFiles.get(name);
    for (Abi abi : Abi.inTables()) {
      for (String constant : set.names(abi)) {
        String found = Objects.requireNonNull(set.nameOf(value(set, constant, abi), abi), constant);
        if (!found.equals(constant)) {
          String first = found.contains(" or ") ? found.substring(0, found.indexOf(' ')) : found;
          assertEquals(value(set, constant, abi), value(set, first, abi), constant);
        }
      }
    }
  }

  @Test
  void compositesComeBeforeTheirParts() {
    assertNames("O_RDWR|O_SYNC", "open", 0x101002);
    assertNames("O_RDONLY|O_DSYNC", "open", 0x1000);
    assertNames("O_RDONLY|O_TMPFILE", "open", 0x410000);
    assertNames("O_RDONLY", "open", 0);
    assertArrayEquals(
        new String[] {"O_RDONLY", "O_DIRECTORY"},
        FlagSetFiles.get("open").decompose(0x4000, Abi.AARCH64).names());
  }

  @Test
  void fields() {
    assertNames("MAP_PRIVATE|MAP_HUGETLB|21<<MAP_HUGE_SHIFT", "mmap_flags", 0x40002 | 21L << 26);
    assertNames("0x4 /* MAP_??? */|MAP_FIXED", "mmap_flags", 0x14);
    assertNames("MAP_FILE", "mmap_flags", 0);
    assertNames("CLONE_VM|CLONE_VFORK|SIGCHLD", "clone_flags", 0x4111);
    assertNames("255", "clone_flags", 255);
    assertNames("", "clone_flags", 0);
    assertNames("PROT_NONE", "mmap_prot", 0);
  }

  private static void assertNames(String expected, String set, long value) {
    FlagSet.Decomposition parts = FlagSetFiles.get(set).decompose(value, Abi.X86_64);
    assertEquals(expected, String.join("|", parts.names()));
    assertEquals(0, parts.rest());
  }

  @Test
  void enumsOf32BitsInAnyExtension() {
    FlagSet who = FlagSetFiles.get("rusage_who");
    assertEquals("RUSAGE_CHILDREN", who.nameOf(-1, Abi.X86_64));
    assertEquals("RUSAGE_CHILDREN", who.nameOf(0xffffffffL, Abi.X86_64));
    assertNull(who.nameOf(0x7fffffffffffffffL, Abi.X86_64));
  }

  @Test
  void ioctls() {
    assertEquals("TCGETS", FlagSets.ioctlName(0x5401, Abi.X86_64));
    assertEquals("SNDCTL_TMR_START or TCSETS", FlagSets.ioctlName(0x5402, Abi.I386));
    assertEquals("BLKGETSIZE64", FlagSets.ioctlName(0x80081272, Abi.X86_64));
    assertEquals("BLKGETSIZE64", FlagSets.ioctlName(0x80041272, Abi.I386));
    assertNull(FlagSets.ioctlName(0xffffffff, Abi.X86_64));
  }

  @Test
  void noSuchSet() {
    assertNull(FlagSets.get("no_such_set"));
    assertNull(FlagSets.get("../syscalls"));
    assertNull(FlagSets.get(""));
    assertTrue(sets().size() > 250);
  }
}
