// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr;
import org.jspecify.annotations.Nullable;

/**
 * Where a type stands: among the arguments of a call, or the fields of a struct. Resolves the names
 * of siblings.
 */
interface Env {
  Abi abi();

  /**
   * The number that a sibling has.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  Ref sibling(String name);

  /**
   * How a sibling is described, to find the set that its constants are in; null if there is none of
   * this name.
   */
  @Nullable TypeExpr siblingType(String name);

  /** A reference as parameters write it: a number, {@code ret}, or a sibling's name. */
  default Ref ref(String text) {
    Long number = io.github.jstrace.tables.SignatureParser.number(text);
    if (number != null) {
      return Ref.constant(number);
    }
    return text.equals("ret") ? Ref.RESULT : sibling(text);
  }
}
