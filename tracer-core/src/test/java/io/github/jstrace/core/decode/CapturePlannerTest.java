// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.decode.CapturePlan.Kind;
import io.github.jstrace.core.decode.CapturePlan.Operation;
import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Source;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is captured of a call suffices to decode it. */
class CapturePlannerTest {
  private static CapturePlan plan(Abi abi, String name) {
    for (Syscall syscall : SyscallTable.all()) {
      if (syscall.name().equals(name) && syscall.number(abi) >= 0) {
        DecodeOptions options = new DecodeOptions();
        return new CapturePlanner(options, new SyscallDecoder(options, FdResolver.NONE))
            .plan(abi, syscall.number(abi));
      }
    }
    throw new IllegalArgumentException(name);
  }

  private static String text(String call) {
    return text(plan(Abi.X86_64, call));
  }

  private static String text(CapturePlan plan) {
    List<String> parts = new ArrayList<>();
    for (Operation o : plan.entry()) {
      parts.add(text(o));
    }
    for (Operation o : plan.exit()) {
      parts.add(text(o));
    }
    return String.join("; ", parts);
  }

  private static String text(Operation o) {
    StringBuilder s = new StringBuilder();
    s.append(o.phase() == Phase.ENTRY ? "" : o.phase() == Phase.EXIT ? "> " : ">! ");
    s.append(o.kind().name().toLowerCase(java.util.Locale.ROOT)).append(" r");
    s.append(o.place().register());
    if (o.place().indirect() >= 0) {
      s.append("->").append(o.place().indirect());
    }
    if (o.place().second() >= 0) {
      s.append("->").append(o.place().second());
    }
    if (o.place().displacement() != 0) {
      s.append('+').append(o.place().displacement());
    }
    CapturePlan.Length l = o.length();
    if (o.kind() == Kind.BYTES || o.kind() == Kind.VECTOR) {
      s.append(' ');
      switch (l.source()) {
        case CONSTANT -> s.append(l.floor());
        case REGISTER -> s.append('r').append(l.register());
        case RESULT -> s.append("result");
        case MEMORY -> s.append('r').append(l.register()).append("->").append(l.offset());
        case POINTED -> s.append("->").append(l.offset());
        default -> s.append('?');
      }
      s.append(l.shift() != 0 ? ">>" + l.shift() : "")
          .append(l.scale() != 1 ? "*" + l.scale() : "");
    }
    if (l.source() != Source.CONSTANT || o.kind() != Kind.BYTES) {
      s.append(" max ").append(o.cap());
    }
    return s.append(o.itemCap() > 0 ? " each " + o.itemCap() : "").toString();
  }

  @Test
  void stringsAndBuffers() {
    assertEquals("string r1 max 4096", text("openat"));
    assertEquals("> bytes r1 result max 33", text("read"));
    assertEquals("bytes r1 r2 max 33", text("write"));
    assertEquals("", text("close"));
    assertEquals("> string r0 max 4096", text("getcwd"));
    assertEquals(
        "string r0 max 4096; string r1 max 4096; string r2 max 33; string r4 max 33",
        text("mount"));
  }

  @Test
  void structsAndArrays() {
    assertEquals("> bytes r1 120", text("fstat"));
    assertEquals("string r1 max 4096; > bytes r4 152", text("statx"));
    assertEquals("bytes r3 16", text("futex"));
    assertEquals("bytes r0 r1*8 max 2048; > bytes r0 r1*8 max 2048", text("poll"));
    assertEquals("> bytes r1 result*12 max 396", text("epoll_wait"));
    assertEquals("bytes r2 r1>>16 max 4096; > bytes r2 r1>>16 max 4096", text("ioctl"));
    assertEquals("bytes r1 32; > bytes r2 32", text("rt_sigaction"));
  }

  @Test
  void pointersInMemory() {
    assertEquals(
        "string r0 max 4096; strings r1 max 264 each 33; strings r2 max 4096", text("execve"));
    assertEquals("vector r1 r2*16 max 528 each 33", text("writev"));
    assertEquals(">! bytes r1 r2*16 max 528; > vector r1 r2*16 max 528 each 33", text("readv"));
    assertEquals(
        "bytes r1 56; bytes r1->0 r1->8 max 128; vector r1->16 r1->24*16 max 528 each 256;"
            + " bytes r1->32 r1->40 max 1024",
        text("sendmsg").replace("each 33", "each 256"));
    // The data of requests lie behind a pointer in what a pointer in the array points at.
    assertEquals(
        "bytes r2 r1*8 max 264; bytes r2->0 64; bytes r2->0->24 ->32 max 33;"
            + " vector r2->0->24 ->32*16 max 528 each 33; bytes r2->8 64",
        text("io_submit").substring(0, 124));
    // The arguments of i386's old select stand in memory themselves.
    assertEquals(
        "bytes r0 20; bytes r0->4 256; bytes r0->8 256; bytes r0->12 256; bytes r0->16 8; "
            + "> bytes r0->4 256; > bytes r0->8 256; > bytes r0->12 256; > bytes r0->16 8",
        text(plan(Abi.I386, "select")).replace("2048", "256"));
  }

  /** Most words are addresses of more of it, the others numbers that may be lengths and flags. */
  private static TraceeMemory memory(long seed) {
    return (address, into, offset, length) -> {
      int readable = 0;
      while (readable < length && address + readable >= BASE && address + readable < BASE + SIZE) {
        long at = address + readable;
        long word = at & ~7;
        long hash = (word * 0x9e3779b97f4a7c15L + seed) * 0xbf58476d1ce4e5b9L;
        hash ^= hash >>> 29;
        long value =
            switch ((int) (hash & 3)) {
              case 0 -> BASE + (hash >>> 8 & 0x7ff0);
              case 1 -> hash >>> 40 & 0x1f;
              case 2 -> hash;
              default -> 0x006e61656c63L;
            };
        into[offset + readable] = (byte) (value >>> 8 * (at & 7));
        readable++;
      }
      return readable;
    };
  }

  private static final long BASE = 0x20000000L;
  private static final int SIZE = 1 << 18;

  private static final long[] NUMBERS = {0, 1, 2, 3, 4, 8, 16, 17, 24, 32, 56, 64, 100, 0x80};

  private static String shown(SyscallDecoder.State state) {
    DecodedCall call = state.call();
    io.github.jstrace.core.text.TextBuffer out = new io.github.jstrace.core.text.TextBuffer();
    io.github.jstrace.core.text.TextRenderer renderer =
        new io.github.jstrace.core.text.TextRenderer(
            out, new io.github.jstrace.core.text.TextOptions());
    out.ascii(call.name());
    for (int i = 0; i < call.argCount(); i++) {
      if (call.arg(i) instanceof Value.Omitted) {
        continue;
      }
      out.ascii(", ");
      renderer.render(call.arg(i), call.abbreviated());
    }
    out.ascii(" = ");
    if (call.result() != null) {
      renderer.render(call.result(), call.abbreviated());
    }
    if (call.note() != null) {
      out.ascii(" ");
      renderer.renderNote(call.note(), call.abbreviated());
    }
    return new String(out.array(), 0, out.length(), java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /**
   * Every call, with arguments that are addresses and small numbers, decoded from live memory and
   * from what its plan copied.
   */
  @Tag("any-java")
  @Test
  void capturedMemorySuffices() {
    Random random = new Random(7);
    DecodeOptions options = new DecodeOptions();
    SyscallDecoder decoder = new SyscallDecoder(options, FdResolver.NONE);
    CapturePlanner planner = new CapturePlanner(options, decoder);
    Map<String, String> examples = new TreeMap<>();
    Map<String, Integer> different = new TreeMap<>();
    int all = 0;
    int same = 0;
    for (int round = 0; round < 15; round++) {
      TraceeMemory live = memory(random.nextLong());
      for (Abi abi : Abi.inTables()) {
        for (Syscall syscall : SyscallTable.all()) {
          int number = syscall.number(abi);
          if (number < 0) {
            continue;
          }
          long[] args = new long[6];
          for (int i = 0; i < 6; i++) {
            args[i] =
                random.nextInt(3) == 0
                    ? NUMBERS[random.nextInt(NUMBERS.length)]
                    : BASE + random.nextInt(SIZE / 2) / 8 * 8;
          }
          boolean failed = random.nextInt(4) == 0;
          long result = failed ? -14 : random.nextInt(40);
          String a = line(decoder, abi, number, args, failed, result, live, null);
          String b =
              line(decoder, abi, number, args, failed, result, live, planner.plan(abi, number));
          all++;
          if (a.equals(b)) {
            same++;
          } else {
            String key = syscall.name();
            different.merge(key, 1, Integer::sum);
            examples.putIfAbsent(key, abi + "\n  " + a + "\n  " + b);
          }
        }
      }
    }
    StringBuilder report = new StringBuilder();
    for (Map.Entry<String, Integer> e : different.entrySet()) {
      report.append(e.getKey()).append(' ').append(e.getValue()).append(' ');
      report.append(examples.get(e.getKey())).append('\n');
    }
    assertTrue(same >= all * 0.99, same + " of " + all + "\n" + report);
  }

  private static String line(
      SyscallDecoder decoder,
      Abi abi,
      int number,
      long[] args,
      boolean failed,
      long result,
      TraceeMemory live,
      @org.jspecify.annotations.Nullable CapturePlan plan) {
    Captured[] captured = new Captured[1];
    Tracee tracee =
        new Tracee(
            1,
            1,
            (address, into, offset, length) ->
                captured[0] == null
                    ? live.read(address, into, offset, length)
                    : captured[0].read(address, into, offset, length));
    tracee.enter(abi, number, 0, BASE + 4096, 0, 0);
    for (int i = 0; i < 6; i++) {
      tracee.setArg(i, args[i]);
    }
    SyscallDecoder.State state = decoder.newState(tracee);
    if (plan != null) {
      captured[0] = new Captured(tracee, live);
      captured[0].entry(plan);
    }
    decoder.enter(state);
    tracee.exit(result, failed ? 14 : 0, 1, 1);
    if (plan != null) {
      captured[0].exit(plan, failed, result);
    }
    decoder.exit(state);
    return shown(state);
  }

  @Test
  void nothingIsDropped() {
    DecodeOptions options = new DecodeOptions();
    CapturePlanner planner =
        new CapturePlanner(options, new SyscallDecoder(options, FdResolver.NONE));
    List<String> dropped = new ArrayList<>();
    for (Abi abi : Abi.inTables()) {
      for (Syscall syscall : SyscallTable.all()) {
        if (syscall.number(abi) >= 0 && planner.plan(abi, syscall.number(abi)).dropped() > 0) {
          dropped.add(
              abi + " " + syscall.name() + " " + text(planner.plan(abi, syscall.number(abi))));
        }
      }
    }
    assertEquals(List.of(), dropped);
  }
}
