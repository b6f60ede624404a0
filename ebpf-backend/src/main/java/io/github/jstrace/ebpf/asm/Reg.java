// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/**
 * A register of 64 bits.
 *
 * <p>R0 is a call's result and the program's return value; R1 to R5 are the arguments of a call,
 * which clobbers them; R6 to R9 survive calls; R10 is the frame pointer, read-only: the stack is
 * the 512 bytes below it (kernel, Documentation/bpf/standardization/abi.rst). The context arrives
 * in R1.
 */
public enum Reg {
  R0,
  R1,
  R2,
  R3,
  R4,
  R5,
  R6,
  R7,
  R8,
  R9,
  R10
}
