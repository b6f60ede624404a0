// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

/** The arguments and the result of a system call: the last column of {@code syscalls.tbl}. */
public record Signature(Param[] params, TypeExpr result) {

  /** A named argument or struct field. */
  public record Param(String name, TypeExpr type) {}
}
