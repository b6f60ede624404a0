// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

/**
 * A struct as the tables describe it; offsets follow from the field types and the ABI's alignment
 * rules.
 *
 * @param packed without padding
 * @param dotted what is left out is marked where it would stand, not at the end
 */
public record StructLayout(String name, boolean packed, boolean dotted, Field[] fields) {

  /**
   * One field.
   *
   * @param offset where it lies, or -1 for where the rules of C put it
   * @param detail shown only when structs are not abbreviated
   * @param hidden takes room and is never shown
   * @param overlay lies at the offset of the field before it
   */
  public record Field(
      String name, TypeExpr type, int offset, boolean detail, boolean hidden, boolean overlay) {}
}
