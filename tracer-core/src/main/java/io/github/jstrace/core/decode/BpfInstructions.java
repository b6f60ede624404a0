// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/**
 * A pointer in 64 bits to instructions of an extended BPF program ({@code struct bpf_insn}, {@code
 * linux/bpf.h}); only the address when abbreviated.
 */
final class BpfInstructions extends ScalarType {
  private static final int INSTRUCTION = 8;

  /** {@code BPF_COMPLEXITY_LIMIT_INSNS} is more, but a trace of a million instructions is none. */
  private static final int MAX_INSTRUCTIONS = 4096;

  private static final int REGISTERS = 11;

  private final Ref count;

  BpfInstructions(Abi abi, Ref count) {
    super(abi, 8, false, Value.Base.HEX);
    this.count = count;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    if (!capture.brief()) {
      capture.bytes(Phase.ENTRY, at, Capture.SOME);
    }
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    Value address = Value.addr(raw);
    return c.brief() || raw == 0
        ? address
        : new Value.Abbrev(address, instructions(c, raw, count.get(c) & 0xffffffffL));
  }

  private static Value instructions(DecodeContext c, long address, long count) {
    if (count == 0) {
      return Value.array();
    }
    int wanted = (int) Math.min(count, MAX_INSTRUCTIONS);
    MemoryView m = c.readUpTo(address, wanted * INSTRUCTION);
    int got = m.length() / INSTRUCTION;
    if (got == 0) {
      return Value.unreadable(address);
    }
    Value[] items = new Value[got < wanted ? got + 1 : got];
    for (int i = 0; i < got; i++) {
      int at = i * INSTRUCTION;
      items[i] =
          Value.struct(
              Value.field("code", BpfProgram.code(m.u8(at), true)),
              Value.field("dst_reg", register(m.u8(at + 1) & 15)),
              Value.field("src_reg", register(m.u8(at + 1) >> 4)),
              Value.field("off", Value.dec((short) m.u16(at + 2))),
              Value.field("imm", Value.hex(m.u32(at + 4))));
    }
    if (got < wanted) {
      String end = "0x" + Long.toHexString(address + (long) got * INSTRUCTION);
      items[got] = new Value.Commented(new Value.Text("...", 0), end);
    }
    return new Value.Arr(items, wanted < count);
  }

  private static Value register(int number) {
    return number < REGISTERS
        ? Value.name(number, "BPF_REG_" + number)
        : new Value.Sym(number, Value.Base.HEX, Value.NO_NAMES, number, "BPF_REG_???", false);
  }
}
