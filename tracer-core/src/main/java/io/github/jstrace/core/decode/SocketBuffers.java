// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * What is sent through and received from sockets: bytes, or messages of the protocol if the socket
 * is one of netlink.
 */
final class SocketBuffers {
  private final TypeCompiler compiler;
  private @Nullable Netlink netlink;

  SocketBuffers(TypeCompiler compiler) {
    this.compiler = compiler;
  }

  /** How data of the socket {@code fd} is shown. */
  IovecTypes.Data data(DecodeContext c, int fd) {
    int protocol = c.netlinkProtocol(fd);
    if (protocol == FdResolver.NOT_NETLINK) {
      return IovecTypes.STRINGS;
    }
    Netlink decoder = netlink;
    if (decoder == null) {
      decoder = new Netlink(compiler);
      netlink = decoder;
    }
    return new NetlinkMessages(decoder, protocol);
  }

  /** Messages of a netlink protocol. */
  private record NetlinkMessages(Netlink netlink, int protocol) implements IovecTypes.Data {
    @Override
    public Value show(DecodeContext c, long address, long length) {
      return netlink.messages(c, address, length, protocol);
    }
  }

  /** A buffer whose size is another argument or the result. */
  static final class Buffer extends JavaType {
    private final SocketBuffers buffers;
    private final Ref fd;
    private final Ref length;
    private final @Nullable Ref room;

    /** {@code room}: the size of the buffer, if {@code length} may be more. */
    Buffer(TypeCompiler compiler, Ref fd, Ref length, @Nullable Ref room, Direction direction) {
      super(compiler.abi(), direction);
      this.buffers = new SocketBuffers(compiler);
      this.fd = fd;
      this.length = length;
      this.room = room;
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      Phase phase = direction() == Direction.OUT ? Phase.EXIT : Phase.ENTRY;
      capture.message(phase, at, capture.length(length, 1, capture.maxString()));
    }

    @Override
    Value show(DecodeContext c, long raw) {
      long shown = length.get(c);
      if (room != null && Long.compareUnsigned(room.get(c), shown) < 0) {
        shown = room.get(c);
      }
      return buffers.data(c, (int) fd.get(c)).show(c, raw, shown);
    }
  }
}
