// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import static io.github.jstrace.ebpf.asm.Cond.EQ;
import static io.github.jstrace.ebpf.asm.Reg.R0;
import static io.github.jstrace.ebpf.asm.Reg.R1;
import static io.github.jstrace.ebpf.asm.Reg.R10;
import static io.github.jstrace.ebpf.asm.Reg.R2;
import static io.github.jstrace.ebpf.asm.Reg.R3;
import static io.github.jstrace.ebpf.asm.Size.S8;
import static io.github.jstrace.ebpf.asm.Size.U16;
import static io.github.jstrace.ebpf.asm.Size.U32;
import static io.github.jstrace.ebpf.asm.Size.U64;
import static io.github.jstrace.ebpf.asm.Size.U8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Encodings as RFC 9669 and linux/bpf.h define them, and what is refused. */
class AssemblerTest {
  private static final MapSpec VALUES = MapSpec.array("values", 64, 1);
  private final Assembler a = new Assembler("test");

  /** The bytes, in memory's order, of what was assembled last. */
  private String last() {
    a.exit();
    Program program = a.assemble();
    return hex(program.slot(program.size() - 2));
  }

  private static String hex(long slot) {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      hex.append(String.format(i == 0 ? "%02x" : " %02x", slot >> 8 * i & 0xff));
    }
    return hex.toString();
  }

  @Test
  void arithmetic() {
    a.mov(R0, 0);
    assertEquals("b7 00 00 00 00 00 00 00", last());
    a.mov(R1, R10);
    assertEquals("bf a1 00 00 00 00 00 00", last());
    a.add(R2, -8);
    assertEquals("07 02 00 00 f8 ff ff ff", last());
    a.lsh32(R3, 31);
    assertEquals("64 03 00 00 1f 00 00 00", last());
    a.arsh(R3, R1);
    assertEquals("cf 13 00 00 00 00 00 00", last());
    a.neg(R1);
    assertEquals("87 01 00 00 00 00 00 00", last());
    a.signedDiv(R1, R2);
    assertEquals("3f 21 01 00 00 00 00 00", last());
    a.movSigned(S8, R1, R2);
    assertEquals("bf 21 08 00 00 00 00 00", last());
    a.toBigEndian(U16, R1);
    assertEquals("dc 01 00 00 10 00 00 00", last());
    a.toLittleEndian(U64, R1);
    assertEquals("d4 01 00 00 40 00 00 00", last());
    a.byteSwap(U32, R1);
    assertEquals("d7 01 00 00 20 00 00 00", last());
  }

  @Test
  void memory() {
    a.load(U64, R1, R2, 16);
    assertEquals("79 21 10 00 00 00 00 00", last());
    a.load(U8, R1, R2, -1);
    assertEquals("71 21 ff ff 00 00 00 00", last());
    a.load(S8, R1, R2, 0);
    assertEquals("91 21 00 00 00 00 00 00", last());
    a.store(U32, R10, -4, R1);
    assertEquals("63 1a fc ff 00 00 00 00", last());
    a.store(U16, R10, -2, 0xffff);
    assertEquals("6a 0a fe ff ff ff 00 00", last());
    a.atomicAdd(U64, R1, 8, R2);
    assertEquals("db 21 08 00 00 00 00 00", last());
    a.atomicFetchOr(U32, R1, 0, R2);
    assertEquals("c3 21 00 00 41 00 00 00", last());
    a.compareExchange(U64, R1, 0, R2);
    assertEquals("db 21 00 00 f1 00 00 00", last());
  }

  @Test
  void callsAndConstants() {
    a.call(Helper.KTIME_GET_NS);
    assertEquals("85 00 00 00 05 00 00 00", last());
    a.constant(R1, -1);
    assertEquals("b7 01 00 00 ff ff ff ff", last());
    a.constant(R1, 0xffffffffL);
    assertEquals("b4 01 00 00 ff ff ff ff", last());
    a.constant(R1, 0x1122334455667788L);
    assertEquals("00 00 00 00 44 33 22 11", last());
    Program program = a.assemble();
    assertEquals("18 01 00 00 88 77 66 55", hex(program.slot(program.size() - 3)));
  }

  @Test
  void mapReferencesAreLinked() {
    Program program = a.map(R1, VALUES).mapValue(R2, VALUES, 24).exit().assemble();
    long[] code = program.link(map -> map == VALUES ? 77 : -1);
    assertEquals("18 11 00 00 4d 00 00 00", hex(code[0]));
    assertEquals("00 00 00 00 00 00 00 00", hex(code[1]));
    assertEquals("18 22 00 00 4d 00 00 00", hex(code[2]));
    assertEquals("00 00 00 00 18 00 00 00", hex(code[3]));
    assertEquals(2, program.maps().size());
    assertEquals(2, program.maps().get(1).slot());
  }

  @Test
  void jumpsCountSlotsFromTheNextInstruction() {
    Label back = new Label("back");
    Label ahead = new Label("ahead");
    Program program =
        a.bind(back)
            .jumpIf(R1, EQ, 7, ahead)
            .constant64(R2, 1)
            .jumpIf32(R1, Cond.SLT, R2, back)
            .bind(ahead)
            .jump(back)
            .assemble();
    assertEquals("15 01 03 00 07 00 00 00", hex(program.slot(0)));
    assertEquals("ce 21 fc ff 00 00 00 00", hex(program.slot(3)));
    assertEquals("05 00 fb ff 00 00 00 00", hex(program.slot(4)));
  }

  @Test
  void functionsOfTheProgram() {
    Label function = new Label("function");
    Program program =
        a.call(function).function(R2, function).exit().bind(function).exit().assemble();
    assertEquals("85 10 00 00 03 00 00 00", hex(program.slot(0)));
    assertEquals("18 42 00 00 02 00 00 00", hex(program.slot(1)));
  }

  private static void refused(String message, Runnable code) {
    AssemblyException refusal = assertThrows(AssemblyException.class, code::run);
    assertEquals(message, refusal.getMessage());
  }

  @Test
  void whatCannotBeEncodedIsRefused() {
    a.mov(R0, 0);
    refused(
        "test: instruction 1: offset 32768 does not fit in 16 bits",
        () -> a.load(U64, R1, R2, 32768));
    refused("test: instruction 1: R10 is the frame pointer and read-only", () -> a.add(R10, -8));
    refused(
        "test: instruction 1: R10 is the frame pointer and read-only",
        () -> a.load(U64, R10, R1, 0));
    refused(
        "test: instruction 1: immediate 4294967295 does not fit in 32 bits with sign; load it with"
            + " constant()",
        () -> a.add(R1, 0xffffffffL));
    refused(
        "test: instruction 1: immediate 4294967296 does not fit in 32 bits",
        () -> a.add32(R1, 1L << 32));
    refused("test: instruction 1: shift by 64 bits", () -> a.lsh(R1, 64));
    refused("test: instruction 1: shift by 32 bits", () -> a.rsh32(R1, 32));
    refused("test: instruction 1: division by the constant 0", () -> a.div(R1, 0));
    refused(
        "test: instruction 1: immediate 256 does not fit in u8", () -> a.store(U8, R10, -1, 256));
    refused(
        "test: instruction 1: store of s8: signs matter to loads only",
        () -> a.store(S8, R10, -1, R1));
    refused("test: instruction 1: atomic operation on u8", () -> a.atomicAdd(U8, R1, 0, R2));
    refused(
        "test: instruction 1: offset 64 in values of 64 bytes", () -> a.mapValue(R1, VALUES, 64));
    refused(
        "test: instruction 1: address in many, which is not an array of one entry",
        () -> a.mapValue(R1, MapSpec.array("many", 8, 2), 0));
    assertEquals(1, a.size());
  }

  @Test
  void labelsAreBoundOnceAndReachable() {
    Label lost = new Label("lost");
    a.mov(R0, 0).jump(lost).exit();
    refused("test: instruction 1 refers to label lost, never bound", a::assemble);
    a.bind(lost);
    refused("test: instruction 3: label lost is bound behind the last instruction", a::assemble);
    refused(
        "test: instruction 3: label lost is bound already, to instruction 3", () -> a.bind(lost));
    refused(
        "other: instruction 0: label lost belongs to program test",
        () -> new Assembler("other").jump(lost));
  }

  @Test
  void aJumpTooFarIsRefused() {
    Label far = new Label("far");
    a.jump(far);
    for (int i = 0; i < 32767; i++) {
      a.mov(R0, 0);
    }
    a.bind(far).exit();
    assertEquals(32767, Slot.offset(a.assemble().slot(0)));
    Assembler longer = new Assembler("longer");
    Label further = new Label("further");
    longer.jump(further);
    for (int i = 0; i < 32768; i++) {
      longer.mov(R0, 0);
    }
    longer.bind(further).exit();
    refused(
        "longer: instruction 0 jumps too far: 32768 instructions, to label further",
        longer::assemble);
  }

  @Test
  void aProgramEndsAndHasAName() {
    refused("test: instruction 0: empty program", a::assemble);
    a.mov(R0, 0);
    refused("test: instruction 1: runs past its last instruction", a::assemble);
    refused(
        "name of a program or map must have 1 to 15 characters: sixteen_letters_",
        () -> new Assembler("sixteen_letters_"));
    refused(
        "name of a program or map has a wrong character: a-b", () -> MapSpec.array("a-b", 8, 1));
  }
}
