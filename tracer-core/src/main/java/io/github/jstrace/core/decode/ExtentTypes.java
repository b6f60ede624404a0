// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** ioctl(2) requests with an array behind them, which the kernel fills in. */
final class ExtentTypes {
  /** No more elements than this are shown, whatever the tracee claims. */
  private static final int MAX_ELEMENTS = 1 << 16;

  private ExtentTypes() {}

  /** Shows the element at an offset. */
  private interface Element {
    Value at(DecodeContext c, MemoryView m, int offset);
  }

  private static Value array(
      DecodeContext c, long address, long claimed, int size, int limit, Element element) {
    int shown = (int) Math.min(claimed, limit);
    MemoryView m = c.readUpTo(address, shown * size);
    int got = m.length() / size;
    if (got == 0 && shown > 0) {
      return Value.unreadable(address);
    }
    boolean cut = got < shown;
    Value[] items = new Value[got + (cut ? 1 : 0)];
    for (int i = 0; i < got; i++) {
      items[i] = element.at(c, m, i * size);
    }
    if (cut) {
      String at = "0x" + Long.toHexString(address + (long) got * size);
      items[got] = new Value.Commented(new Value.Text("...", 0), at);
    }
    return new Value.Arr(items, !cut && shown < claimed);
  }

  /** {@code struct fiemap} (linux/fiemap.h): where the parts of a file are. */
  static final class Fiemap extends JavaType {
    private static final int HEADER = 32;
    private static final int EXTENT = 56;

    private final Abi abi;

    Fiemap(Abi abi) {
      super(abi, Direction.IN);
      this.abi = abi;
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
      Value extents = array(c, raw + HEADER, m.u32(20), EXTENT, MAX_ELEMENTS, this::extent);
      return Value.struct(flags, mapped, new Value.Field("fm_extents", extents, true));
    }

    private Value extent(DecodeContext c, MemoryView m, int at) {
      return Value.struct(
          Value.field("fe_logical", Value.udec(m.s64(at))),
          Value.field("fe_physical", Value.udec(m.s64(at + 8))),
          Value.field("fe_length", Value.udec(m.s64(at + 16))),
          Value.field("fe_flags", Sets.flags("fiemap_extent", abi, m.u32(at + 40))));
    }
  }

  /** {@code struct file_dedupe_range} (ioctl_fideduperange(2)). */
  static final class Dedupe extends JavaType {
    private static final int HEADER = 24;
    private static final int INFO = 32;

    /** As strace: so many when abbreviated. */
    private static final int FEW = 2;

    Dedupe(Abi abi) {
      super(abi, Direction.IN);
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
              Value.field("info", infos(c, raw, m, Dedupe::target)));
    }

    @Override
    @Nullable Value after(DecodeContext c, long raw) {
      MemoryView m = raw == 0 || c.failed() ? null : c.read(raw, HEADER);
      return m == null
          ? null
          : Value.struct(Value.field("info", infos(c, raw, m, Dedupe::outcome)));
    }

    private static Value infos(DecodeContext c, long raw, MemoryView m, Element element) {
      int limit = c.brief() ? FEW : MAX_ELEMENTS;
      return array(c, raw + HEADER, m.u16(16), INFO, limit, element);
    }

    private static Value target(DecodeContext c, MemoryView m, int at) {
      return Value.struct(
          Value.field("dest_fd", c.fd((int) m.s64(at))),
          Value.field("dest_offset", Value.udec(m.s64(at + 8))));
    }

    private static Value outcome(DecodeContext c, MemoryView m, int at) {
      return Value.struct(
          Value.field("bytes_deduped", Value.udec(m.s64(at + 16))),
          Value.field("status", Value.dec(m.s32(at + 24))));
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
