// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct rseq} (linux/rseq.h, fields as of Linux 7.0): what the kernel and a thread share to
 * restart its critical sections. Of a length that the kernel does not take, the address is shown.
 */
final class RseqArea extends JavaType {
  /** What Linux 4.18 had, and the least that there is. */
  private static final int LEAST = 32;

  private static final int SIZE = 33;
  private static final int SECTION = 8;
  private static final int SECTION_SIZE = 32;

  private final Abi abi;
  private final Ref length;

  RseqArea(Abi abi, Ref length) {
    super(abi, Direction.IN);
    this.abi = abi;
    this.length = length;
  }

  @Override
  void needs(Capture capture, @Nullable Place at) {
    capture.bytes(Phase.ENTRY, at, capture.length(length, 1, SIZE), SIZE);
    if (at != null) {
      capture.bytes(Phase.ENTRY, at.pointerAt(SECTION), SECTION_SIZE);
    }
  }

  @Override
  Value show(DecodeContext c, long raw) {
    long size = length.get(c) & 0xffffffffL;
    if (size < LEAST) {
      return Value.addr(raw);
    }
    MemoryView m = c.read(raw, (int) Math.min(size, SIZE));
    if (m == null) {
      return Value.unreadable(raw);
    }
    return Value.struct(
        Value.field("cpu_id_start", cpu(m.u32(0))),
        Value.field("cpu_id", cpu(m.u32(4))),
        Value.field("rseq_cs", section(c, m.s64(SECTION))),
        Value.field("flags", Sets.flags("rseq_cs_flags", abi, m.u32(16))),
        Value.field("node_id", Value.udec(m.u32(20))),
        Value.field("mm_cid", Value.udec(m.u32(24))),
        Value.field(
            "slice_ctrl",
            Value.struct(
                Value.field("request", Value.udec(m.u8(28))),
                Value.field("granted", Value.udec(m.u8(29))),
                Value.field("__reserved", Value.hex(m.u16(30))))),
        Value.field("__reserved", Value.hex(m.length() < SIZE ? 0 : m.u8(LEAST))));
  }

  private Value cpu(long id) {
    String name = Sets.get("rseq_cpu_id").nameOf(id, abi);
    return name == null
        ? Value.udec(id)
        : new Value.Sym((int) id, Value.Base.DEC, new String[] {name}, 0, null, false);
  }

  /** {@code struct rseq_cs}: the critical section that the thread is in. */
  private Value section(DecodeContext c, long address) {
    if (address == 0) {
      return Value.NULL;
    }
    MemoryView m = c.read(address, SECTION_SIZE);
    if (m == null) {
      return Value.unreadable(address);
    }
    Value shown =
        Value.struct(
            Value.field("version", Value.udec(m.u32(0))),
            Value.field("flags", Sets.flags("rseq_cs_flags", abi, m.u32(4))),
            Value.field("start_ip", Value.hex(m.s64(8))),
            Value.field("post_commit_offset", Value.hex(m.s64(16))),
            Value.field("abort_ip", Value.hex(m.s64(24))));
    return new Value.Commented(shown, "0x" + Long.toHexString(address));
  }
}
