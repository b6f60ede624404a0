// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import org.jspecify.annotations.Nullable;

/**
 * A program for people: a line an instruction as {@link Disassembler} has it, with the names of
 * maps (as bpftool writes them, {@code map[counts]}) and of labels.
 */
final class Listing {
  private final Program program;
  private final StringBuilder text = new StringBuilder();

  private Listing(Program program) {
    this.program = program;
  }

  static String of(Program program) {
    Listing listing = new Listing(program);
    listing.text.append(program.name()).append(":\n");
    for (int slot = 0; slot < program.size(); slot++) {
      listing.labels(slot);
      listing.line(slot);
      if (Disassembler.isWide(program.slot(slot))) {
        slot++;
      }
    }
    return listing.text.toString();
  }

  private void labels(int slot) {
    for (Label label : program.labels()) {
      if (label.slot == slot) {
        text.append(label).append(":\n");
      }
    }
  }

  private void line(int slot) {
    long first = program.slot(slot);
    long second = slot + 1 < program.size() ? program.slot(slot + 1) : 0;
    text.append(slot).append(": ");
    MapSpec map = map(slot);
    if (map != null) {
      text.append("(18) r").append(Slot.dst(first)).append(" = map[").append(map).append(']');
      if (Slot.src(first) == Slot.PSEUDO_MAP_VALUE) {
        text.append("[0]+").append(Slot.imm(second));
      }
    } else {
      text.append(Disassembler.instruction(first, second));
    }
    Label target = program.target(slot);
    if (target != null) {
      text.append(" <").append(target).append('>');
    }
    text.append('\n');
  }

  private @Nullable MapSpec map(int slot) {
    for (Program.MapReference reference : program.maps()) {
      if (reference.slot() == slot) {
        return reference.map();
      }
    }
    return null;
  }
}
