// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Arguments of bpf(2). */
final class BpfTypes {
  private BpfTypes() {}

  /**
   * {@code union bpf_attr}, as the struct that it is for a command. Fields behind the size that the
   * caller tells are 0 to the kernel; those that Linux got together are shown together all the
   * same.
   */
  static class Attr extends JavaType {
    private static final int PAGE = 4096;

    private final StructType struct;
    private final Ref size;
    private final int[] ends;

    /** {@code ends}: where the struct ended in one version after the other, the last left out. */
    Attr(Abi abi, StructType struct, Ref size, int[] ends, Direction direction) {
      super(abi, direction);
      this.struct = struct;
      this.size = size;
      this.ends = ends;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      struct.needsBehind(capture, Phase.ENTRY, at);
      capture.bytes(Phase.ENTRY, at, capture.length(size, 1, Capture.SOME), PAGE);
      if (direction() == Direction.OUT) {
        capture.bytes(Phase.EXIT_ALWAYS, at, capture.length(size, 1, Capture.SOME), PAGE);
      }
    }

    /** What a failed call was asked for is shown too. */
    @Override
    Value decode(DecodeContext c, long raw) {
      return raw == 0 ? Value.NULL : show(c, raw);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long claimed = size.get(c);
      MemoryView m =
          claimed <= 0 || claimed > PAGE || !c.verbose() ? null : c.read(raw, (int) claimed);
      if (m == null) {
        return Value.unreadable(raw);
      }
      return part(c, struct, ends, m, false);
    }

    /**
     * So much of a struct as there is, and what is behind it unless that is all 0. {@code padded}:
     * a string that reaches beyond ends there.
     */
    static Value part(
        DecodeContext c, StructType struct, int[] ends, MemoryView m, boolean padded) {
      int claimed = m.length();
      byte[] bytes = new byte[Math.max(claimed, struct.size())];
      System.arraycopy(m.copy(0, claimed), 0, bytes, 0, claimed);
      int limit = Integer.MAX_VALUE;
      for (int i = ends.length - 1; i >= 0 && claimed <= ends[i]; i--) {
        limit = ends[i];
      }
      MemoryView view = new MemoryView(bytes, bytes.length, padded ? bytes.length : claimed);
      Value value = struct.readPart(c, view, limit, false);
      return value instanceof Value.Struct known
          ? withRest(c, known, bytes, struct.size(), claimed)
          : value;
    }

    private static Value withRest(
        DecodeContext c, Value.Struct known, byte[] bytes, int from, int end) {
      boolean filled = false;
      for (int i = from; i < end; i++) {
        filled |= bytes[i] != 0;
      }
      if (!filled || c.brief()) {
        return new Value.Struct(known.fields(), known.more() || filled);
      }
      Value rest = new Value.HexStr(java.util.Arrays.copyOfRange(bytes, from, end), false);
      Value.Field[] fields = java.util.Arrays.copyOf(known.fields(), known.fields().length + 1);
      fields[fields.length - 1] =
          Value.field("extra_data", new Value.Commented(rest, "bytes " + from + ".." + (end - 1)));
      return new Value.Struct(fields, known.more());
    }
  }

  /** {@code union bpf_attr} of BPF_LINK_CREATE: what is behind the flags depends on where to. */
  static final class LinkAttr extends JavaType {
    private static final int FLAGS_END = 16;
    private static final int ATTACH_TYPE = 8;
    private static final int BPF_F_BEFORE_OR_AFTER = 0x18;
    private static final int BPF_F_ID = 0x20;

    /** Types of control groups, of the first 64. */
    private static final long CGROUP_TYPES = 0x3e0005e07cff4fL;

    private final Attr plain;
    private final @Nullable Attr[] byAttachType = new Attr[62];
    private final Attr ordered;
    private final Attr orderedById;
    private final Attr tcxById;
    private final Attr netkitById;
    private final Attr unordered;

    LinkAttr(Abi abi, TypeCompiler compiler, Ref size) {
      super(abi, Direction.IN);
      plain = attr(abi, compiler, size, "");
      unordered = attr(abi, compiler, size, "_btf");
      ordered = attr(abi, compiler, size, "_cgroup");
      orderedById = attr(abi, compiler, size, "_cgroup_id");
      tcxById = attr(abi, compiler, size, "_tcx_id");
      netkitById = attr(abi, compiler, size, "_netkit_id");
      Attr tracing = attr(abi, compiler, size, "_tracing");
      byAttachType[24] = byAttachType[25] = byAttachType[26] = byAttachType[27] = tracing;
      byAttachType[58] = tracing;
      Attr tracings = attr(abi, compiler, size, "_tracings");
      byAttachType[59] = byAttachType[60] = byAttachType[61] = tracings;
      byAttachType[28] = attr(abi, compiler, size, "_iter");
      byAttachType[41] = attr(abi, compiler, size, "_perf");
      byAttachType[42] = byAttachType[56] = attr(abi, compiler, size, "_kprobe");
      byAttachType[45] = attr(abi, compiler, size, "_netfilter");
      byAttachType[46] = byAttachType[47] = attr(abi, compiler, size, "_tcx");
      byAttachType[48] = byAttachType[57] = attr(abi, compiler, size, "_uprobe");
      byAttachType[54] = byAttachType[55] = attr(abi, compiler, size, "_netkit");
    }

    private static Attr attr(Abi abi, TypeCompiler compiler, Ref size, String variant) {
      StructType struct = compiler.requireStruct("bpf_link_create" + variant);
      return new Attr(abi, struct, size, new int[] {FLAGS_END}, Direction.IN);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      plain.needs(capture, at);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long size = plain.size.get(c);
      MemoryView m = size < ATTACH_TYPE + Integer.BYTES ? null : c.read(raw + ATTACH_TYPE, 4);
      long type = m == null ? 0 : m.u32(0);
      MemoryView f = size < FLAGS_END ? null : c.read(raw + ATTACH_TYPE + Integer.BYTES, 4);
      return kind(type, f == null ? 0 : f.u32(0)).decode(c, raw);
    }

    private Attr kind(long type, long flags) {
      boolean id = (flags & BPF_F_ID) != 0;
      if (type < Long.SIZE && (CGROUP_TYPES >>> type & 1) != 0) {
        return (flags & BPF_F_BEFORE_OR_AFTER) == 0 ? unordered : id ? orderedById : ordered;
      }
      if (id && (type == 46 || type == 47)) {
        return tcxById;
      }
      if (id && (type == 54 || type == 55)) {
        return netkitById;
      }
      Attr known = type < byAttachType.length ? byAttachType[(int) type] : null;
      return known == null ? plain : known;
    }
  }

  /** A NUMA node that may be {@code NUMA_NO_NODE}. */
  static final class Node extends ScalarType {
    Node(Abi abi) {
      super(abi, 4, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      Value number = Value.udec(raw);
      return raw == 0xffffffffL ? new Value.Commented(number, "NUMA_NO_NODE") : number;
    }
  }

  /** {@code KERNEL_VERSION(6, 1, 0)}. */
  static final class KernelVersion extends ScalarType {
    KernelVersion(Abi abi) {
      super(abi, 4, false, Value.Base.UDEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      return new Value.Coded(
          Value.hex(raw),
          new Value.Macro(
              "KERNEL_VERSION",
              Value.udec(raw >> 16),
              Value.udec(raw >> 8 & 0xff),
              Value.udec(raw & 0xff)));
    }
  }
}
