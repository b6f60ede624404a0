// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.linux.NativeLibrary;
import io.github.jstrace.linux.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel's types as read here, against libbpf's reading of them. */
@Tag("any-java")
class BtfTest {
  private NativeLibrary libbpf;

  private long call(String function, long a) {
    return libbpf.call(libbpf.symbol(function), a);
  }

  @Test
  void agreesWithLibbpfOnEveryType() throws Unavailable {
    Needs.library();
    Needs.btf();
    libbpf = NativeLibrary.open(Libbpf.NAME);
    Btf btf = Btf.kernel();
    long other = call("btf__load_vmlinux_btf", 0);
    try {
      assertEquals((int) call("btf__type_cnt", other), btf.count());
      long resolveSize = libbpf.symbol("btf__resolve_size");
      int sized = 0;
      for (int id = 1; id < btf.count(); id++) {
        long size = libbpf.call(resolveSize, other, id);
        if (size < 0 || (int) size < 0) {
          continue;
        }
        assertEquals((int) size, btf.sizeOf(id), "size of type " + id + " " + btf.name(id));
        sized++;
      }
      assertTrue(sized > 10_000, "types with a size: " + sized);
      for (int id = 1; id < btf.count(); id += 97) {
        int kind = btf.kind(id);
        String name = btf.name(id);
        if (!name.isEmpty()) {
          assertEquals(libbpfFind(other, name, kind), btf.find(name, kind), name);
        }
      }
    } finally {
      call("btf__free", other);
    }
  }

  private int libbpfFind(long btf, String name, int kind) {
    NativeMemory text = Libbpf.string(name);
    return (int) libbpf.call(libbpf.symbol("btf__find_by_name_kind"), btf, text.address(), kind);
  }

  @Test
  void findsNothingThatIsNotThere() throws Unavailable {
    Needs.btf();
    Btf btf = Btf.kernel();
    assertEquals(0, btf.find("no_such_type", Btf.STRUCT));
    assertEquals(0, btf.find("task_struct", Btf.TYPEDEF));
    assertEquals(0, btf.find("", Btf.STRUCT));
    assertNull(btf.field("task_struct", "no_such_field"));
    assertNull(btf.field("no_such_type", "pid"));
    assertNull(btf.field("task_struct", "pid.x"));
    assertNull(btf.field("task_struct", "pid[1]"));
    assertNull(btf.field("task_struct", "comm[1"));
    assertTrue(
        assertThrows(Unavailable.class, () -> btf.offset("task_struct", "no_such_field"))
            .getMessage()
            .contains("no_such_field"));
  }

  /** Facts that hold on every kernel, or that the machine fixes. */
  @Test
  void knowsTheFieldsOfTheKernel() throws Unavailable {
    Needs.btf();
    Btf btf = Btf.kernel();
    assertEquals(16, btf.field("task_struct", "comm").size());
    assertEquals(
        btf.offset("task_struct", "comm") + 3, btf.offset("task_struct", "comm[3]"), "array");
    assertEquals(
        btf.offset("task_struct", "thread_info") + btf.offset("thread_info", "flags"),
        btf.offset("task_struct", "thread_info.flags"));
    assertEquals(
        btf.offset("signal_struct", "rlim") + 3 * 16 + 8,
        btf.offset("signal_struct", "rlim[3].rlim_max"));
    assertNotEquals(0, btf.find("btf_trace_sys_enter", Btf.TYPEDEF));
    int parent = btf.field("task_struct", "real_parent").type();
    assertEquals(btf.find("task_struct", Btf.STRUCT), btf.target(parent));
    if (System.getProperty("os.arch").equals("amd64")) {
      // asm/ptrace.h, which user space has too
      assertEquals(120, btf.offset("pt_regs", "orig_ax"));
      assertEquals(112, btf.offset("pt_regs", "di"));
      assertEquals(152, btf.offset("pt_regs", "sp"));
    }
  }

  @Test
  void findsMembersOfUnnamedStructuresAndBitfields() throws Unavailable {
    Needs.btf();
    Btf btf = Btf.kernel();
    // in_execve stands in a row of one-bit fields of an unsigned word
    BtfField flag = btf.field("task_struct", "in_execve");
    assertNotNull(flag);
    assertTrue(flag.isBitfield());
    assertEquals(1, flag.bitSize());
    assertEquals(4, flag.size());
    assertEquals(0, flag.offset() % 4);
    assertEquals(flag.bitOffset(), 8 * flag.offset() + flag.shift());
    assertTrue(flag.shift() < 32);
    BtfField before = btf.field("task_struct", "sched_remote_wakeup");
    assertTrue(before == null || before.bitOffset() != flag.bitOffset());
    // struct page: everything is in unnamed unions
    assertTrue(btf.offset("page", "lru") > 0);
    assertFalse(btf.field("page", "lru.next").isBitfield());
    assertThrows(Unavailable.class, () -> btf.offset("task_struct", "in_execve"));
  }

  // --- data made here

  private static final String STRINGS = "\0int\0s\0a\0b\0c\0t\0u\0";

  /**
   * int; struct s { int a:3; int b:5; struct { t c[2]; }; } with t an int, u a loop of typedefs.
   */
  private static ByteBuffer sample() {
    int[] types = {
      1,
      1 << 24,
      4,
      32 | 1 << 24, // 1: int
      5,
      4 << 24 | 3 | 1 << 31,
      12, // 2: struct s
      7,
      1,
      3 << 24, //   a, 3 bits at 0
      9,
      1,
      5 << 24 | 3, //   b, 5 bits at 3
      0,
      3,
      32, //   an unnamed structure at byte 4
      0,
      4 << 24 | 1,
      8, // 3: its type
      11,
      5,
      0, //   c
      13,
      8 << 24,
      1, // 4: typedef int t
      0,
      3 << 24,
      0,
      4,
      1,
      2, // 5: t[2]
      15,
      8 << 24,
      7, // 6: typedef of 7
      15,
      10 << 24,
      6, // 7: const of 6
    };
    ByteBuffer data =
        ByteBuffer.allocateDirect(24 + 4 * types.length + STRINGS.length())
            .order(ByteOrder.nativeOrder());
    data.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
    data.putInt(0).putInt(4 * types.length).putInt(4 * types.length).putInt(STRINGS.length());
    for (int word : types) {
      data.putInt(word);
    }
    for (int i = 0; i < STRINGS.length(); i++) {
      data.put((byte) STRINGS.charAt(i));
    }
    return data;
  }

  @Test
  void resolvesWhatWasMadeForIt() throws Unavailable {
    Btf btf = BtfFile.parse("sample", sample(), null);
    assertEquals(8, btf.count());
    assertEquals(2, btf.find("s", Btf.STRUCT));
    assertEquals(1, btf.find("int", Btf.INT));
    BtfField b = btf.field("s", "b");
    assertEquals(new BtfField(3, 5, 4, 1), b);
    assertEquals(0, b.offset());
    assertEquals(3, b.shift());
    assertEquals(4, btf.offset("s", "c"));
    assertEquals(8, btf.offset("s", "c[1]"));
    assertEquals(new BtfField(64, 0, 4, 4), btf.field("s", "c[1]"));
    assertEquals(8, btf.sizeOf(5));
    assertThrows(IllegalArgumentException.class, () -> btf.resolve(6), "a loop");
    assertThrows(IllegalArgumentException.class, () -> btf.kind(8));
  }

  @Test
  void dataThatAreNoTypesAreRefusedInALine() {
    ByteBuffer wrongMagic = sample();
    wrongMagic.putShort(0, (short) 0x9feb);
    assertThrows(Unavailable.class, () -> BtfFile.parse("x", wrongMagic, null));
    ByteBuffer tooLong = sample();
    tooLong.putInt(12, 1 << 20);
    assertThrows(Unavailable.class, () -> BtfFile.parse("x", tooLong, null));
    ByteBuffer unknownKind = sample();
    unknownKind.putInt(24 + 4, 25 << 24);
    assertThrows(Unavailable.class, () -> BtfFile.parse("x", unknownKind, null));
    ByteBuffer tooManyMembers = sample();
    tooManyMembers.putInt(24 + 16 + 4, 4 << 24 | 500);
    assertThrows(Unavailable.class, () -> BtfFile.parse("x", tooManyMembers, null));
    assertTrue(
        assertThrows(Unavailable.class, () -> BtfFile.read("/no/such/btf"))
            .getMessage()
            .contains("CONFIG_DEBUG_INFO_BTF"));
  }

  /** Whatever the bytes, it ends, with types or with an exception that says that they are wrong. */
  @Test
  void damagedTypesCrashNothing() {
    Random random = new Random(3);
    ByteBuffer good = sample();
    int readable = 0;
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer bad = sample();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bad.putInt(24 + 4 * random.nextInt((good.capacity() - 28) / 4), random.nextInt(1 << 20));
      }
      try {
        Btf btf = BtfFile.parse("x", bad, null);
        for (int id = 0; id < Math.min(6, btf.count()); id++) {
          assertNotNull(btf.name(id));
          btf.sizeOf(id);
        }
        btf.field("s", "c[1]");
        readable++;
      } catch (Unavailable | IllegalArgumentException e) {
        assertNotNull(e.getMessage());
      }
    }
    assertTrue(readable > 0);
  }
}
