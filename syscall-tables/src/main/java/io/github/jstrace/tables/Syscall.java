// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import org.jspecify.annotations.Nullable;

/** One row of {@code syscalls.tbl}. Rows are unique objects: compare them with {@code ==}. */
public final class Syscall {
  private final int index;
  private final String name;
  private final int[] numbers;
  private final long classes;
  private final String signatureText;
  private @Nullable Signature signature;

  Syscall(int index, String name, int[] numbers, long classes, String signatureText) {
    this.index = index;
    this.name = name;
    this.numbers = numbers;
    this.classes = classes;
    this.signatureText = signatureText;
  }

  /** The place of the row in the table, from 0; less than {@link SyscallTable#size()}. */
  public int index() {
    return index;
  }

  /** The name that strace prints. */
  public String name() {
    return name;
  }

  /** The number in an ABI, or -1 if it does not have this call. */
  public int number(Abi abi) {
    return numbers[abi.ordinal()];
  }

  /** The classes as bits of {@link SyscallClasses}. */
  public long classes() {
    return classes;
  }

  /** The last column as written. */
  public String signatureText() {
    return signatureText;
  }

  /** The arguments and the result, parsed at the first call. */
  public Signature signature() {
    Signature parsed = signature;
    if (parsed == null) {
      try {
        parsed = SignatureParser.parse(signatureText);
      } catch (IllegalArgumentException e) {
        throw new IllegalStateException("syscalls.tbl: " + name + ": " + e.getMessage(), e);
      }
      signature = parsed;
    }
    return parsed;
  }

  @Override
  public String toString() {
    return name;
  }
}
