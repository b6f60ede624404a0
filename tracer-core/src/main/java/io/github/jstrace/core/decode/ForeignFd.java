// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** A descriptor of another process: that of a pid, or of a descriptor for a process. */
final class ForeignFd extends ScalarType {
  private final Ref process;
  private final boolean pidfd;

  ForeignFd(Abi abi, Ref process, boolean pidfd) {
    super(abi, 4, true, Value.Base.DEC);
    this.process = process;
    this.pidfd = pidfd;
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    int owner = (int) process.get(c);
    return c.fdOf(pidfd ? c.pidOf(owner) : owner, (int) raw);
  }

  /** {@code struct kcmp_epoll_slot} (kcmp(2)), of the process whose epoll instance it is about. */
  static final class EpollSlot extends JavaType {
    private static final int SIZE = 12;

    private final Ref process;

    EpollSlot(Abi abi, Ref process) {
      super(abi, Direction.IN);
      this.process = process;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.bytes(Phase.ENTRY, at, SIZE);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      MemoryView m = c.read(raw, SIZE);
      if (m == null) {
        return Value.unreadable(raw);
      }
      int owner = (int) process.get(c);
      return Value.struct(
          Value.field("efd", c.fdOf(owner, m.s32(0))),
          Value.field("tfd", c.fdOf(owner, m.s32(4))),
          Value.field("toff", Value.udec(m.u32(8))));
    }
  }

  /** The directory of fanotify_mark(2), of which -1 has a name. */
  static final class FanotifyDirectory extends ScalarType {
    FanotifyDirectory(Abi abi) {
      super(abi, 4, true, Value.Base.DEC);
    }

    @Override
    Value decode(DecodeContext c, long raw) {
      int fd = (int) raw;
      return fd == -1 ? new Value.Fd(fd, "FAN_NOFD", null, false, null) : c.directory(fd);
    }
  }
}
