// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GE;
import static io.github.jstrace.ebpf.asm.Cond.GT;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Helper.MAP_LOOKUP_ELEM;
import static io.github.jstrace.ebpf.asm.Helper.MAP_UPDATE_ELEM;
import static io.github.jstrace.ebpf.asm.Helper.PROBE_READ_USER;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static io.github.jstrace.ebpf.asm.Reg.R8;
import static io.github.jstrace.ebpf.asm.Size.U16;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static io.github.jstrace.ebpf.asm.Size.U8;

import io.github.jstrace.core.decode.Subcalls;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Syscall;

/**
 * Calls as small numbers: number of the call in the native ABI; 1024 and number in i386; from 2048
 * on, in the order in which they are seen, numbers that are beyond. A call that i386 makes through
 * socketcall(2) or ipc(2) has the slot of the number that the tables give it.
 */
public final class Slots {
  /** Above the highest number of an ABI. */
  static final int NUMBERS = 1024;

  static final int FIRST_STRANGE = 2 * NUMBERS;

  /** How many odd numbers are told apart; the last one stands for all that follow. */
  static final int STRANGE = 256;

  public static final int COUNT = FIRST_STRANGE + STRANGE;

  /** Calls that socketcall(2) or ipc(2) may have, each. */
  private static final int SUBCALLS = 32;

  /** A byte for each slot, whether it counts; then slots of 2 bytes of what the two calls mean. */
  static final int PLAN_SIZE = COUNT + 2 * 2 * SUBCALLS;

  /** A slot of the plan has so many bits, the number of words is above. */
  private static final int WORDS_SHIFT = 12;

  private static final int WORDS = -72;
  private static final int MEANT = -80;
  private static final int KEY = -16;
  private static final int VALUE = -8;

  private static final int NOEXIST = 1;

  /** The most arguments that a call has. */
  private static final int MAX_WORDS = 6;

  private final KernelLayout layout;
  private final SummaryMaps maps;
  private final Control control;
  private final boolean all;

  Slots(KernelLayout layout, SummaryMaps maps, Control control, boolean all) {
    this.layout = layout;
    this.maps = maps;
    this.control = control;
    this.all = all;
  }

  /** The value of the map {@code plan}. */
  public static byte[] plan(SyscallFilter calls) {
    byte[] plan = new byte[PLAN_SIZE];
    Abi[] abis = abis();
    for (int i = 0; i < abis.length; i++) {
      for (int number = 0; number < NUMBERS; number++) {
        plan[i * NUMBERS + number] = (byte) (calls.contains(abis[i], number) ? 1 : 0);
      }
    }
    for (int i = FIRST_STRANGE; i < COUNT; i++) {
      plan[i] = (byte) (calls.containsUnknown(Abi.host()) ? 1 : 0);
    }
    if (abis[1] == Abi.I386) {
      for (int call = 0; call < SUBCALLS; call++) {
        putSubcall(plan, call, subcall(Abi.SOCKETCALL, call));
        putSubcall(plan, SUBCALLS + call, subcall(Abi.IPC, call));
      }
    }
    return plan;
  }

  /**
   * What socketcall(2) or ipc(2) mean by a call number: its slot, and how many words of arguments
   * are in memory; 0 if it means nothing.
   */
  private static int subcall(int multiplexer, int call) {
    Syscall meant = Subcalls.meant(Abi.I386, multiplexer, call);
    if (meant == null) {
      return 0;
    }
    int words = multiplexer == Abi.IPC ? 0 : meant.signature().params().length;
    return words << WORDS_SHIFT | NUMBERS + meant.number(Abi.I386);
  }

  private static void putSubcall(byte[] plan, int index, int slot) {
    plan[COUNT + 2 * index] = (byte) slot;
    plan[COUNT + 2 * index + 1] = (byte) (slot >> 8);
  }

  private static Abi[] abis() {
    return new Abi[] {Abi.host(), Abi.host() == Abi.X86_64 ? Abi.I386 : Abi.ARM};
  }

  /** The ABI of a slot below {@link #isStrange}, or of an odd number's key. */
  public static Abi abi(int abiIndex) {
    return abis()[abiIndex];
  }

  public static boolean isStrange(int slot) {
    return slot >= FIRST_STRANGE;
  }

  /** 0 for the native ABI. */
  public static int abiIndex(int slot) {
    return slot / NUMBERS;
  }

  public static int number(int slot) {
    return slot % NUMBERS;
  }

  /**
   * R8 = the slot of the current call; goes to {@code skip} if it does not count. R6 is the context
   * and R7 the task. Uses R0 to R5 and the stack from -80 to -48 and from -16.
   *
   * @param entering whether the context is that of {@code sys_enter}, which has the number
   */
  void slot(Assembler a, boolean entering, Label skip) {
    Label strange = new Label("strange");
    Label known = new Label("known");
    if (entering) {
      a.load(U64, R8, R6, 8);
    } else {
      a.load(U64, R8, R6, 0).load(layout.callNumberSize(), R8, R8, layout.callNumber());
    }
    Label chosen = new Label("native");
    a.load(U32, R4, R7, layout.threadStatus())
        .rsh(R4, layout.compatBit())
        .and(R4, 1)
        .jumpIf(R8, GE, NUMBERS, strange)
        .jumpIf(R4, EQ, 0, chosen)
        .add(R8, NUMBERS);
    if (layout.hasI386()) {
      subcall(a, chosen);
    }
    a.bind(chosen);
    a.jump(known).bind(strange);
    strange(a);
    a.bind(known).jumpIf(R8, GE, COUNT, skip);
    if (!all) {
      a.mapValue(R1, maps.plan(), 0).add(R1, R8).load(U8, R1, R1, 0).jumpIf(R1, EQ, 0, skip);
    }
  }

  private void subcall(Assembler a, Label chosen) {
    Label socket = new Label("socketcall");
    Label within = new Label("subcall");
    a.jumpIf(R8, EQ, NUMBERS + Abi.SOCKETCALL, socket)
        .jumpIf(R8, NE, NUMBERS + Abi.IPC, chosen)
        .load(U64, R2, R6, 0)
        .load(U64, R2, R2, layout.firstArgument())
        .and(R2, 0xffff) // the upper half is a version
        .jumpIf(R2, GE, SUBCALLS, chosen)
        .add(R2, SUBCALLS)
        .jump(within)
        .bind(socket)
        .load(U64, R2, R6, 0)
        .load(U64, R2, R2, layout.firstArgument())
        .mov32(R2, R2)
        .jumpIf(R2, GE, SUBCALLS, chosen)
        .bind(within)
        .lsh(R2, 1)
        .mapValue(R1, maps.plan(), COUNT)
        .add(R1, R2)
        .load(U16, R1, R1, 0)
        .jumpIf(R1, EQ, 0, chosen);
    // If its arguments cannot be read, it remains the call that it is.
    Label readable = new Label("readable");
    a.store(U32, R10, MEANT, R1)
        .mov(R2, R1)
        .rsh(R2, WORDS_SHIFT)
        .lsh(R2, 2)
        .jumpIf(R2, EQ, 0, readable)
        .jumpIf(R2, GT, MAX_WORDS * 4, chosen)
        .mov(R1, R10)
        .add(R1, WORDS)
        .load(U64, R3, R6, 0)
        .load(U64, R3, R3, layout.secondArgument())
        .mov32(R3, R3)
        .call(PROBE_READ_USER)
        .jumpIf(R0, NE, 0, chosen)
        .bind(readable)
        .load(U32, R8, R10, MEANT)
        .and(R8, (1 << WORDS_SHIFT) - 1);
  }

  /** R8 = the slot of the number R8 in the ABI R4. */
  private void strange(Assembler a) {
    Label have = new Label("slot_known");
    Label none = new Label("no_slot");
    Label done = new Label("strange_done");
    a.store(U32, R10, KEY, R8).store(U32, R10, KEY + 4, R4);
    look(a);
    a.jumpIf(R0, NE, 0, have)
        .mapValue(R1, control.map(), Control.STRANGE)
        .mov(R2, 1)
        .atomicFetchAdd(U64, R1, 0, R2)
        .jumpIf(R2, GT, STRANGE - 1, none)
        .add(R2, FIRST_STRANGE)
        .store(U32, R10, VALUE, R2)
        .map(R1, maps.strange())
        .mov(R2, R10)
        .add(R2, KEY)
        .mov(R3, R10)
        .add(R3, VALUE)
        .mov(R4, NOEXIST)
        .call(MAP_UPDATE_ELEM);
    // another CPU may have been faster
    look(a);
    a.jumpIf(R0, NE, 0, have)
        .bind(none)
        .mov(R8, COUNT - 1)
        .jump(done)
        .bind(have)
        .load(U32, R8, R0, 0)
        .bind(done);
  }

  private void look(Assembler a) {
    a.map(R1, maps.strange()).mov(R2, R10).add(R2, KEY).call(MAP_LOOKUP_ELEM);
  }
}
