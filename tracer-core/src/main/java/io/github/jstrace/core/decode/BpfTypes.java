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
  static final class Attr extends JavaType {
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
      byte[] bytes = new byte[Math.max((int) claimed, struct.size())];
      System.arraycopy(m.copy(0, m.length()), 0, bytes, 0, m.length());
      int limit = Integer.MAX_VALUE;
      for (int i = ends.length - 1; i >= 0 && claimed <= ends[i]; i--) {
        limit = ends[i];
      }
      Value value =
          struct.readPart(c, new MemoryView(bytes, bytes.length, (int) claimed), limit, false);
      return value instanceof Value.Struct known ? withRest(c, known, bytes, (int) claimed) : value;
    }

    /** The known fields, and bytes behind them unless all are 0. */
    private Value withRest(DecodeContext c, Value.Struct known, byte[] bytes, int end) {
      int from = struct.size();
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

    private final Attr plain;
    private final @Nullable Attr[] byAttachType = new Attr[58];

    LinkAttr(Abi abi, TypeCompiler compiler, Ref size) {
      super(abi, Direction.IN);
      plain = attr(abi, compiler, size, "");
      byAttachType[0] = attr(abi, compiler, size, "_btf");
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
      Attr known = type < byAttachType.length ? byAttachType[(int) type] : null;
      return (known == null ? plain : known).decode(c, raw);
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
