// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

/** The number that a sibling argument or field has, or the result of the call. */
interface Ref {
  long get(DecodeContext c);

  /** The call's result. */
  Ref RESULT = DecodeContext::result;

  static Ref constant(long value) {
    return c -> value;
  }

  static Ref masked(Ref ref, long mask) {
    return mask == -1 ? ref : c -> ref.get(c) & mask;
  }

  /** Argument {@code index} of the signature (not: register slot). */
  static Ref argument(int index) {
    return c -> c.argument(index);
  }

  /** A field of the struct that is being read. */
  static Ref field(int offset, int size, boolean signed) {
    return c -> c.scopeField(offset, size, signed);
  }
}
