// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

/**
 * The number that a sibling argument or field has, or the result of the call. No lambdas: the first
 * would cost 10 ms of a start.
 */
interface Ref {
  long get(DecodeContext c);

  /** The call's result. */
  Ref RESULT = new Result();

  static Ref constant(long value) {
    return new Constant(value);
  }

  static Ref masked(Ref ref, long mask) {
    return mask == -1 ? ref : new Masked(ref, mask);
  }

  /** Argument {@code index} of the signature (not: register slot). */
  static Ref argument(int index) {
    return new Argument(index);
  }

  /** A field of the struct that is being read. */
  static Ref field(int offset, int size, boolean signed) {
    return new InScope(offset, size, signed);
  }

  /** See {@link #RESULT}. */
  record Result() implements Ref {
    @Override
    public long get(DecodeContext c) {
      return c.result();
    }
  }

  /** See {@link #constant}. */
  record Constant(long value) implements Ref {
    @Override
    public long get(DecodeContext c) {
      return value;
    }
  }

  /** See {@link #masked}. */
  record Masked(Ref ref, long mask) implements Ref {
    @Override
    public long get(DecodeContext c) {
      return ref.get(c) & mask;
    }
  }

  /** See {@link #argument}. */
  record Argument(int index) implements Ref {
    @Override
    public long get(DecodeContext c) {
      return c.argument(index);
    }
  }

  /** See {@link #field}. */
  record InScope(int offset, int size, boolean signed) implements Ref {
    @Override
    public long get(DecodeContext c) {
      return c.scopeField(offset, size, signed);
    }
  }
}
