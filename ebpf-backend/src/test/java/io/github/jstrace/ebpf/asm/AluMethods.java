// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/** The assembler's methods by the signs of the kernel's log; "32" behind for the lower halves. */
final class AluMethods {
  private AluMethods() {}

  static void emit(Assembler a, String op, Reg dst, Reg src) {
    switch (op) {
      case "=" -> a.mov(dst, src);
      case "= 32" -> a.mov32(dst, src);
      case "+=" -> a.add(dst, src);
      case "+= 32" -> a.add32(dst, src);
      case "-=" -> a.sub(dst, src);
      case "-= 32" -> a.sub32(dst, src);
      case "*=" -> a.mul(dst, src);
      case "*= 32" -> a.mul32(dst, src);
      case "/=" -> a.div(dst, src);
      case "/= 32" -> a.div32(dst, src);
      case "%=" -> a.mod(dst, src);
      case "%= 32" -> a.mod32(dst, src);
      case "|=" -> a.or(dst, src);
      case "|= 32" -> a.or32(dst, src);
      case "&=" -> a.and(dst, src);
      case "&= 32" -> a.and32(dst, src);
      case "^=" -> a.xor(dst, src);
      case "^= 32" -> a.xor32(dst, src);
      case "<<=" -> a.lsh(dst, src);
      case "<<= 32" -> a.lsh32(dst, src);
      case ">>=" -> a.rsh(dst, src);
      case ">>= 32" -> a.rsh32(dst, src);
      case "s>>=" -> a.arsh(dst, src);
      case "s>>= 32" -> a.arsh32(dst, src);
      case "s/=" -> a.signedDiv(dst, src);
      case "s%=" -> a.signedMod(dst, src);
      default -> throw new AssertionError("unknown operation: " + op);
    }
  }

  static boolean emit(Assembler a, String op, Reg dst, long imm) {
    switch (op) {
      case "=" -> a.mov(dst, imm);
      case "= 32" -> a.mov32(dst, imm);
      case "+=" -> a.add(dst, imm);
      case "+= 32" -> a.add32(dst, imm);
      case "-=" -> a.sub(dst, imm);
      case "-= 32" -> a.sub32(dst, imm);
      case "*=" -> a.mul(dst, imm);
      case "*= 32" -> a.mul32(dst, imm);
      case "/=" -> a.div(dst, imm);
      case "/= 32" -> a.div32(dst, imm);
      case "%=" -> a.mod(dst, imm);
      case "%= 32" -> a.mod32(dst, imm);
      case "|=" -> a.or(dst, imm);
      case "|= 32" -> a.or32(dst, imm);
      case "&=" -> a.and(dst, imm);
      case "&= 32" -> a.and32(dst, imm);
      case "^=" -> a.xor(dst, imm);
      case "^= 32" -> a.xor32(dst, imm);
      case "<<=" -> a.lsh(dst, imm);
      case "<<= 32" -> a.lsh32(dst, imm);
      case ">>=" -> a.rsh(dst, imm);
      case ">>= 32" -> a.rsh32(dst, imm);
      case "s>>=" -> a.arsh(dst, imm);
      case "s>>= 32" -> a.arsh32(dst, imm);
      default -> {
        return false;
      }
    }
    return true;
  }
}
