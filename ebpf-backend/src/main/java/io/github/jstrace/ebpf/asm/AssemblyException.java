// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

/**
 * An instruction that cannot be encoded or a program that cannot be put together: a fault of the
 * code that generates it. The message names the program and the instruction's number.
 */
public final class AssemblyException extends RuntimeException {
  AssemblyException(String message) {
    super(message);
  }
}
