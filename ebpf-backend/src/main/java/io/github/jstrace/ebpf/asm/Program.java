// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An assembled program: instructions, and where they refer to maps. Immutable. */
public final class Program {
  /** Where the instructions get the descriptors of maps from when a program is loaded. */
  public interface MapDescriptors {
    /** The descriptor of the map that was created from {@code map}. */
    int fd(MapSpec map);
  }

  /** An instruction of two slots whose immediate is to be the descriptor of a map. */
  public static final class MapReference {
    private final int slot;
    private final MapSpec map;

    MapReference(int slot, MapSpec map) {
      this.slot = slot;
      this.map = map;
    }

    /** The number of the instruction's first slot. */
    public int slot() {
      return slot;
    }

    public MapSpec map() {
      return map;
    }
  }

  /** An instruction that refers to a label. */
  static final class Jump {
    final int slot;
    final Label target;

    /** Whether the distance goes into the immediate, not the offset. */
    final boolean inImm;

    Jump(int slot, Label target, boolean inImm) {
      this.slot = slot;
      this.target = target;
      this.inImm = inImm;
    }
  }

  private final String name;
  private final long[] slots;
  private final List<MapReference> maps;
  private final List<Label> labels;
  private final List<Jump> jumps;

  Program(
      String name, long[] slots, List<MapReference> maps, List<Label> labels, List<Jump> jumps) {
    this.name = name;
    this.slots = slots;
    this.maps = maps;
    this.labels = labels;
    this.jumps = jumps;
  }

  public String name() {
    return name;
  }

  /** The number of slots of 8 bytes, {@code insn_cnt} of the kernel's load command. */
  public int size() {
    return slots.length;
  }

  /** The references to maps, in the order of the instructions; a map may appear many times. */
  public List<MapReference> maps() {
    return maps;
  }

  /** One slot, little-endian as in memory; references to maps have descriptor 0. */
  public long slot(int index) {
    return slots[index];
  }

  /** All slots as the kernel takes them, with the descriptors of created maps filled in. */
  public long[] link(MapDescriptors descriptors) {
    long[] linked = slots.clone();
    for (int i = 0; i < maps.size(); i++) {
      MapReference reference = maps.get(i);
      linked[reference.slot] = Slot.withImm(linked[reference.slot], descriptors.fd(reference.map));
    }
    return linked;
  }

  /**
   * Where its functions begin if it hands one to a helper, in order and the program itself (0)
   * among them: the kernel wants to be told. Empty if it does not.
   */
  public int[] functions() {
    int[] starts = new int[jumps.size() + 1];
    int count = 1;
    boolean handed = false;
    for (int i = 0; i < jumps.size(); i++) {
      Jump jump = jumps.get(i);
      if (jump.inImm) {
        handed |= Slot.opcode(slots[jump.slot]) == Slot.LD_IMM64;
        starts[count++] = jump.target.slot;
      }
    }
    if (!handed) {
      return new int[0];
    }
    Arrays.sort(starts, 0, count);
    int distinct = 1;
    for (int i = 1; i < count; i++) {
      if (starts[i] != starts[i - 1]) {
        starts[distinct++] = starts[i];
      }
    }
    return Arrays.copyOf(starts, distinct);
  }

  /** The labels, in the order in which they were bound. */
  List<Label> labels() {
    return labels;
  }

  /** The label that the instruction refers to, or null. */
  @Nullable Label target(int slot) {
    for (int i = 0; i < jumps.size(); i++) {
      if (jumps.get(i).slot == slot) {
        return jumps.get(i).target;
      }
    }
    return null;
  }

  /**
   * The program for people: instructions as the kernel's log has them, names of maps and labels.
   */
  @Override
  public String toString() {
    return Listing.of(this);
  }
}
