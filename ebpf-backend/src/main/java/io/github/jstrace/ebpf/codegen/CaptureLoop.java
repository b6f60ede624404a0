// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Cond.GE;
import static io.github.jstrace.ebpf.asm.Cond.GT;
import static io.github.jstrace.ebpf.asm.Cond.LE;
import static io.github.jstrace.ebpf.asm.Cond.LT;
import static io.github.jstrace.ebpf.asm.Cond.NE;
import static io.github.jstrace.ebpf.asm.Cond.SET;
import static io.github.jstrace.ebpf.asm.Cond.SLT;
import static io.github.jstrace.ebpf.asm.Helper.LOOP;
import static io.github.jstrace.ebpf.asm.Helper.PROBE_READ_USER;
import static io.github.jstrace.ebpf.asm.Helper.PROBE_READ_USER_STR;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Reg.R4;
import static io.github.jstrace.ebpf.asm.Reg.R5;
import static io.github.jstrace.ebpf.asm.Reg.R6;
import static io.github.jstrace.ebpf.asm.Reg.R7;
import static io.github.jstrace.ebpf.asm.Reg.R8;
import static io.github.jstrace.ebpf.asm.Reg.R9;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static io.github.jstrace.ebpf.asm.Size.U8;

import io.github.jstrace.core.decode.CapturePlan;
import io.github.jstrace.core.decode.CapturePlan.Kind;
import io.github.jstrace.core.decode.CapturePlan.Source;
import io.github.jstrace.ebpf.asm.Assembler;
import io.github.jstrace.ebpf.asm.Label;
import io.github.jstrace.ebpf.asm.Reg;

/**
 * The part of a program that carries out a plan of {@link PlanTable}: one read of the tracee's
 * memory a round, until all operations are done or {@link #ROUNDS} are over. R6 is the plan, R8 the
 * scratch memory.
 *
 * <p>What a round leaves for the next stands in the scratch memory, not in registers: loaded from
 * there, the verifier knows nothing about it, so every path through a round ends in the same state
 * and is looked at once. Kept in registers, the paths would multiply with every round.
 */
final class CaptureLoop {
  /** Enough for all operations and some forty elements of vectors. */
  static final int ROUNDS = 56;

  // The scratch memory: what the loop works with, then the record.
  static final int USED = 0;
  static final int NEXT = 8;
  static final int COUNT = 16;
  private static final int ITEM = 24;
  static final int ITEMS_END = 32;
  private static final int ITEMS_AT = 40;
  static final int FLAGS = 56;
  static final int RESULT = 64;
  static final int SUCCEEDED = 72;
  static final int WORD = 80;

  /** Seven registers, and room for an eighth. */
  static final int STATE_ARGS = 88;

  static final int RECORD = 160;

  /** An operation begins only where so much, or less, is used. */
  private static final int ROOM = 8191;

  private static final int MAX_READ = 16383;

  /** Room for the longest read behind the last place where one may begin. */
  static final int SCRATCH_SIZE =
      RECORD + TraceRecord.ENTRY_CHUNKS + ROOM + TraceRecord.CHUNK_BYTES + MAX_READ + 10;

  /** All that a record can have of chunks. */
  static final int MAX_USED = ROOM + TraceRecord.CHUNK_BYTES + MAX_READ + 1;

  // The stack frame.
  private static final int WORD_READ = -16;
  private static final int ADDRESS = -24;
  private static final int WANTED = -32;
  private static final int IS_ITEM = -40;

  /** Where the first pointer of the operation's place points at. */
  private static final int FIRST = -112;

  /** Of the program: what a round is given. */
  private static final int CONTEXT = -88;

  private static final int PAGE = 4096;

  private final Assembler a;
  private final int args;
  private final int data;
  private final int operations;
  private final boolean exit;
  private final Label round = new Label("round");
  private final Label next = new Label("next");
  private final Label failed = new Label("failed");
  private final Label done = new Label("captured");

  /**
   * @param args where in the scratch memory the registers are
   * @param data where in the scratch memory the chunks go
   * @param exit whether these are the operations of a call's exit
   */
  CaptureLoop(Assembler a, int args, int data, boolean exit) {
    this.a = a;
    this.args = args;
    this.data = data;
    this.operations = exit ? PlanTable.EXIT_OPERATIONS : PlanTable.ENTRY_OPERATIONS;
    this.exit = exit;
  }

  /**
   * Runs the rounds. With the helper of Linux 5.17 a round is a function, which {@link #function}
   * adds, and the verifier looks at it once or twice; without, at every round.
   */
  void run(boolean helper) {
    if (helper) {
      a.store(U64, R10, CONTEXT, R6).store(U64, R10, CONTEXT + 8, R8);
      a.mov(R1, ROUNDS).function(R2, round).mov(R3, R10).add(R3, CONTEXT).mov(R4, 0).call(LOOP);
    } else {
      a.mov(R9, 0).bind(round);
      round();
      a.bind(next).add(R9, 1).jumpIf(R9, LT, ROUNDS, round);
      a.bind(done);
    }
  }

  /** The function that {@link #run} needs, behind the end of the program. */
  void function() {
    a.bind(round).load(U64, R6, R2, 0).load(U64, R8, R2, 8);
    round();
    a.bind(next).mov(R0, 0).exit();
    a.bind(done).mov(R0, 1).exit();
  }

  /** Goes on at {@code next} or {@code done}. */
  private void round() {
    Label items = new Label("items");
    Label read = new Label("read");
    Label string = new Label("string");
    a.load(U64, R1, R8, ITEMS_END).jumpIf(R1, NE, 0, items);
    a.load(U64, R5, R8, NEXT).load(U64, R1, R8, COUNT).jumpIf(R5, GE, R1, done);
    a.mov(R1, R5).add(R1, 1).store(U64, R8, NEXT, R1);
    operation();
    if (exit) {
      Label wanted = new Label("wanted");
      a.load(U8, R1, R7, PlanTable.OPERATION_FLAGS).jumpIf(R1, SET, PlanTable.ALWAYS, wanted);
      a.load(U64, R1, R8, SUCCEEDED).jumpIf(R1, EQ, 0, next).bind(wanted);
    }
    address();
    length();
    a.store(U64, R10, IS_ITEM, 0);
    a.load(U8, R1, R7, PlanTable.KIND).jumpIf(R1, EQ, Kind.STRING.ordinal(), string);
    a.bind(read);
    readBytes();
    a.bind(string);
    readString();
    a.bind(items);
    item(read, string);
    a.bind(failed).load(U64, R1, R8, FLAGS).add(R1, 1).store(U64, R8, FLAGS, R1);
  }

  /** R7 = operation number R5. */
  private void operation() {
    a.and(R5, CapturePlan.MAX_OPERATIONS - 1).mul(R5, PlanTable.OPERATION_SIZE);
    a.mov(R7, R6).add(R7, R5).add(R7, operations);
  }

  /** {@code into} = the register whose number is at {@code field} of the operation. Uses R1. */
  private void register(Reg into, int field) {
    a.load(U8, R1, R7, field).and(R1, 7).lsh(R1, 3).add(R1, R8).load(U64, into, R1, args);
  }

  /** Finds the address of what is to be read; small numbers are none. */
  private void address() {
    Label direct = new Label("direct");
    a.store(U64, R10, FIRST, 0);
    register(R3, PlanTable.REGISTER);
    a.load(U8, R1, R7, PlanTable.IS_INDIRECT).jumpIf(R1, EQ, 0, direct);
    a.load(U64, R1, R7, PlanTable.INDIRECT).jumpIf(R3, LT, PAGE, next).add(R3, R1);
    a.load(U64, R2, R8, WORD);
    readWord(0xc);
    a.load(U64, R3, R10, WORD_READ).store(U64, R10, FIRST, R3);
    a.load(U64, R1, R7, PlanTable.SECOND).jumpIf(R1, SLT, 0, direct);
    a.jumpIf(R3, LT, PAGE, next).add(R3, R1).load(U64, R2, R8, WORD);
    readWord(0xc);
    a.load(U64, R3, R10, WORD_READ);
    a.bind(direct).jumpIf(R3, LT, PAGE, next);
    a.load(U64, R1, R7, PlanTable.DISPLACEMENT).add(R3, R1).store(U64, R10, ADDRESS, R3);
  }

  /** Reads R2 bytes at R3, a number that has at most the bits of {@code sizes}. */
  private void readWord(int sizes) {
    a.store(U64, R10, WORD_READ, 0).store(U64, R10, WORD_READ + 8, 0);
    a.and(R2, sizes).mov(R1, R10).add(R1, WORD_READ);
    a.call(PROBE_READ_USER).jumpIf(R0, NE, 0, failed);
  }

  /** R4 = how many bytes are to be read, 1 to the operation's cap. */
  private void length() {
    Label known = new Label("length_known");
    Label scale = new Label("scale");
    Label ofResult = new Label("of_result");
    Label ofMemory = new Label("of_memory");
    Label ofPointed = new Label("of_pointed");
    Label small = new Label("small");
    Label capped = new Label("capped");
    a.load(U32, R4, R7, PlanTable.FLOOR);
    a.load(U8, R2, R7, PlanTable.LENGTH_SOURCE).jumpIf(R2, EQ, Source.CONSTANT.ordinal(), known);
    a.jumpIf(R2, EQ, Source.RESULT.ordinal(), ofResult);
    a.jumpIf(R2, EQ, Source.POINTED.ordinal(), ofPointed);
    register(R4, PlanTable.LENGTH_REGISTER);
    a.jumpIf(R2, EQ, Source.MEMORY.ordinal(), ofMemory).jump(scale);
    a.bind(ofResult).load(U64, R4, R8, RESULT).jump(scale);
    a.bind(ofPointed).load(U64, R4, R10, FIRST);
    a.bind(ofMemory).load(U64, R3, R7, PlanTable.LENGTH_OFFSET).add(R3, R4);
    a.load(U8, R2, R7, PlanTable.LENGTH_SIZE);
    readWord(0xe);
    a.load(U64, R4, R10, WORD_READ);
    a.bind(scale).load(U8, R1, R7, PlanTable.SHIFT).and(R1, 63).rsh(R4, R1);
    a.load(U64, R1, R7, PlanTable.MASK).and(R4, R1);
    a.jumpIf(R4, LE, MAX_READ, small).mov(R4, MAX_READ).bind(small);
    a.load(U32, R1, R7, PlanTable.SCALE).mul(R4, R1);
    a.load(U32, R1, R7, PlanTable.FLOOR).jumpIf(R4, GE, R1, known).mov(R4, R1);
    a.bind(known).load(U32, R1, R7, PlanTable.CAP).jumpIf(R4, LE, R1, capped).mov(R4, R1);
    a.bind(capped);
  }

  /** R1 = where the next chunk's bytes go; goes on with the next round if there is no room. */
  private void destination() {
    Label room = new Label("room");
    a.load(U64, R1, R8, USED).jumpIf(R1, LE, ROOM, room);
    a.load(U64, R1, R8, FLAGS).or(R1, TraceRecord.CUT).store(U64, R8, FLAGS, R1).jump(next);
    a.bind(room).and(R1, ROOM).add(R1, R8).add(R1, data + TraceRecord.CHUNK_BYTES);
  }

  /** Reads R4 bytes, or as many as there are up to the end of the page. */
  private void readBytes() {
    Label all = new Label("all");
    a.jumpIf(R4, EQ, 0, next).store(U64, R10, WANTED, R4);
    destination();
    a.mov(R2, R4).and(R2, MAX_READ).load(U64, R3, R10, ADDRESS);
    a.call(PROBE_READ_USER).jumpIf(R0, EQ, 0, all);
    a.load(U64, R3, R10, ADDRESS).mov(R1, R3).and(R1, PAGE - 1).mov(R2, PAGE).sub(R2, R1);
    a.load(U64, R4, R10, WANTED).jumpIf(R2, GE, R4, failed).store(U64, R10, WANTED, R2);
    destination();
    a.load(U64, R2, R10, WANTED).and(R2, 2 * PAGE - 1).load(U64, R3, R10, ADDRESS);
    a.call(PROBE_READ_USER).jumpIf(R0, NE, 0, failed);
    a.bind(all).load(U64, R0, R10, WANTED);
    append();
  }

  /** Reads a string of at most R4 bytes. */
  private void readString() {
    Label ends = new Label("string_ends");
    Label counted = new Label("nul_counted");
    destination();
    // The helper ends what it has cut by a NUL of its own, which is no part of the string.
    a.store(U64, R10, WANTED, R4).mov(R2, R4).add(R2, 1).and(R2, MAX_READ);
    a.load(U64, R3, R10, ADDRESS);
    a.call(PROBE_READ_USER_STR).jumpIf(R0, SLT, 0, failed);
    // Linux 6.1 does not count the NUL of an empty string.
    a.jumpIf(R0, NE, 0, counted).mov(R0, 1).bind(counted);
    a.load(U64, R1, R10, WANTED).jumpIf(R0, LE, R1, ends).mov(R0, R1).bind(ends);
    append();
  }

  /** Makes R0 bytes, which are there already, a chunk; they may be addresses of more. */
  private void append() {
    a.load(U64, R5, R8, USED).mov(R1, R5).and(R1, ROOM).add(R1, R8);
    a.load(U64, R3, R10, ADDRESS).store(U64, R1, data + TraceRecord.CHUNK_ADDRESS, R3);
    a.store(U32, R1, data + TraceRecord.CHUNK_LENGTH, R0);
    a.load(U64, R3, R10, WANTED).store(U32, R1, data + TraceRecord.CHUNK_WANTED, R3);
    a.mov(R2, R0).add(R2, TraceRecord.CHUNK_BYTES + 7).and(R2, -8);
    a.add(R2, R5).store(U64, R8, USED, R2);
    a.load(U64, R1, R10, IS_ITEM).jumpIf(R1, NE, 0, next);
    a.load(U8, R1, R7, PlanTable.KIND).jumpIf(R1, LT, Kind.VECTOR.ordinal(), next);
    a.load(U32, R1, R7, PlanTable.ITEM_CAP).jumpIf(R1, EQ, 0, next);
    a.add(R5, TraceRecord.CHUNK_BYTES).store(U64, R8, ITEMS_AT, R5);
    a.store(U64, R8, ITEM, 0).store(U64, R8, ITEMS_END, R0).jump(next);
  }

  /** Goes to {@code read} or {@code string} with what an element points at, address and R4. */
  private void item(Label read, Label string) {
    Label last = new Label("last");
    Label over = new Label("over");
    Label narrow = new Label("narrow");
    Label found = new Label("found");
    Label pointer = new Label("pointer");
    Label unbound = new Label("unbound");
    Label fits = new Label("fits");
    a.load(U64, R5, R8, NEXT).sub(R5, 1);
    operation();
    a.store(U64, R10, IS_ITEM, 1);
    a.load(U64, R2, R8, ITEM).load(U64, R3, R8, WORD);
    a.load(U8, R1, R7, PlanTable.KIND).mov(R5, R3);
    a.jumpIf(R1, EQ, Kind.STRINGS.ordinal(), pointer).add(R5, R3).bind(pointer);
    // R5 is the size of an element.
    a.add(R5, R2).load(U64, R1, R8, ITEMS_END).jumpIf(R5, GT, R1, last);
    a.store(U64, R8, ITEM, R5).load(U64, R1, R8, ITEMS_AT).add(R1, R2).and(R1, MAX_READ);
    a.add(R1, R8).add(R1, data).jumpIf(R3, EQ, 4, narrow);
    a.load(U64, R3, R1, 0).load(U64, R4, R1, 8).jump(found);
    a.bind(narrow).load(U32, R3, R1, 0).load(U32, R4, R1, 4).bind(found);
    a.store(U64, R10, ADDRESS, R3);
    a.load(U32, R5, R7, PlanTable.ITEM_CAP);
    a.load(U8, R1, R7, PlanTable.KIND).jumpIf(R1, NE, Kind.STRINGS.ordinal(), over);
    a.jumpIf(R3, EQ, 0, last).mov(R4, R5).jump(string);

    a.bind(over).load(U8, R1, R7, PlanTable.OPERATION_FLAGS);
    Label bounded = new Label("bounded");
    a.jumpIf(R1, SET, PlanTable.RESULT_BOUNDS, bounded).jump(unbound);
    // The result, less what the elements before have taken of it.
    a.bind(bounded).load(U64, R1, R8, RESULT).jumpIf(R4, LE, R1, fits).mov(R4, R1);
    a.bind(fits).sub(R1, R4).store(U64, R8, RESULT, R1);
    a.bind(unbound).jumpIf(R4, LE, R5, read).mov(R4, R5).jump(read);
    a.bind(last).store(U64, R8, ITEMS_END, 0).jump(next);
  }
}
