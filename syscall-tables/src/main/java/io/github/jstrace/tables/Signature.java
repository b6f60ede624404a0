// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

/**
 * The arguments and the result of a system call: the last column of {@code syscalls.tbl}.
 *
 * @param indirect the arguments are not in registers, but words in memory at the address in the
 *     first one
 */
public record Signature(Param[] params, TypeExpr result, boolean indirect) {

  /**
   * A named argument.
   *
   * @param slot the register it begins in, or -1 for the one that follows from its place
   * @param labelled shown as {@code name=value}
   */
  public record Param(String name, TypeExpr type, int slot, boolean labelled) {}
}
