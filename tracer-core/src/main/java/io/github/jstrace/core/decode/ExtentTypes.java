// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** ioctl(2) requests with an array behind them, which the kernel fills in. */
final class ExtentTypes {
  /** So much of an array is captured. */
  private static final int PAGE = 4096;

  private ExtentTypes() {}

  private static Value elements(
      DecodeContext c, StructType element, long address, long claimed, int limit) {
    return ArrayType.elements(c, element, address, claimed, (int) Math.min(claimed, limit));
  }

  /** {@code struct fiemap} (linux/fiemap.h): where the parts of a file are. */
  static final class Fiemap extends JavaType {
    private static final int HEADER = 32;

    private final Abi abi;
    private final StructType extent;

    Fiemap(TypeCompiler compiler) {
      super(compiler.abi(), Direction.IN);
      this.abi = compiler.abi();
      this.extent = compiler.requireStruct("fiemap_extent");
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, HEADER);
      capture.bytes(Phase.EXIT, at, capture.brief() ? HEADER : HEADER + PAGE);
    }

    @Override
    When when() {
      return When.BOTH;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, HEADER);
      return m == null
          ? Value.unreadable(raw)
          : Value.struct(
              Value.field("fm_start", Value.udec(m.s64(0))),
              Value.field("fm_length", Value.udec(m.s64(8))),
              Value.field("fm_flags", Sets.flags("fiemap_flags", abi, m.u32(16))),
              Value.field("fm_extent_count", Value.udec(m.u32(24))));
    }

    @Override
    @Nullable Value after(DecodeContext c, long raw) {
      MemoryView m = raw == 0 || c.failed() ? null : c.read(raw, HEADER);
      if (m == null) {
        return null;
      }
      Value.Field flags = Value.field("fm_flags", Sets.flags("fiemap_flags", abi, m.u32(16)));
      Value.Field mapped = Value.field("fm_mapped_extents", Value.udec(m.u32(20)));
      if (c.brief()) {
        return new Value.Struct(new Value.Field[] {flags, mapped}, true);
      }
      Value extents = elements(c, extent, raw + HEADER, m.u32(20), ArrayType.MAX_ELEMENTS);
      return Value.struct(flags, mapped, new Value.Field("fm_extents", extents, true));
    }
  }

  /** {@code struct file_dedupe_range} (ioctl_fideduperange(2)). */
  static final class Dedupe extends JavaType {
    private static final int HEADER = 24;

    /** As strace: so many when abbreviated. */
    private static final int FEW = 2;

    private final StructType target;
    private final StructType outcome;

    Dedupe(TypeCompiler compiler) {
      super(compiler.abi(), Direction.IN);
      this.target = compiler.requireStruct("file_dedupe_target");
      this.outcome = compiler.requireStruct("file_dedupe_outcome");
    }

    @Override
    When when() {
      return When.BOTH;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, HEADER);
      return m == null
          ? Value.unreadable(raw)
          : Value.struct(
              Value.field("src_offset", Value.udec(m.s64(0))),
              Value.field("src_length", Value.udec(m.s64(8))),
              Value.field("dest_count", Value.udec(m.u16(16))),
              Value.field("info", infos(c, raw, m, target)));
    }

    @Override
    @Nullable Value after(DecodeContext c, long raw) {
      MemoryView m = raw == 0 || c.failed() ? null : c.read(raw, HEADER);
      return m == null ? null : Value.struct(Value.field("info", infos(c, raw, m, outcome)));
    }

    private static Value infos(DecodeContext c, long raw, MemoryView m, StructType info) {
      int limit = c.brief() ? FEW : ArrayType.MAX_ELEMENTS;
      return elements(c, info, raw + HEADER, m.u16(16), limit);
    }
  }

  /** {@code struct uffdio_api} (ioctl_userfaultfd(2)): features asked for, and those there are. */
  static final class UffdioApi extends JavaType {
    private static final int SIZE = 24;

    private final Abi abi;

    UffdioApi(Abi abi) {
      super(abi, Direction.IN);
      this.abi = abi;
    }

    @Override
    When when() {
      return When.EXIT;
    }

    @Override
    void atEntry(DecodeContext c, long raw) {
      c.setStash(raw == 0 ? null : c.read(raw, SIZE));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (!(c.stash() instanceof MemoryView before)) {
        return Value.unreadable(raw);
      }
      Value.Field api = Value.field("api", Value.hex(before.s64(0)));
      Value features = Sets.flags("uffd_features", abi, before.s64(8));
      MemoryView m = c.failed() ? null : c.read(raw, SIZE);
      if (m == null) {
        return Value.struct(api, Value.field("features", features));
      }
      if (m.s64(8) != before.s64(8)) {
        Value now = Sets.flags("uffd_features", abi, m.s64(8));
        features = new Value.Changed(features, new Value.Labelled("features", now));
      }
      return Value.struct(
          api,
          Value.field("features", features),
          Value.field("ioctls", Sets.flags("uffdio_api_ioctls", abi, m.s64(16))));
    }
  }
}
