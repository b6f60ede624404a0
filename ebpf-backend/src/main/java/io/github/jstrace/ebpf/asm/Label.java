// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import org.jspecify.annotations.Nullable;

/**
 * A place in one program that jumps and calls refer to, before or after {@link Assembler#bind} says
 * where it is. The name is for people: messages and listings show it; two labels may share it.
 */
public final class Label {
  static final int UNBOUND = -1;

  private final String name;

  /** The program whose label this is: that of its first use. */
  @Nullable Assembler owner;

  /** The slot it stands before, or {@link #UNBOUND}. */
  int slot = UNBOUND;

  public Label(String name) {
    this.name = name;
  }

  public String name() {
    return name;
  }

  @Override
  public String toString() {
    return name;
  }
}
