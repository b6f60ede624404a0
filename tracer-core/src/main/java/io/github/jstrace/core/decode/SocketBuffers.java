// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;

/**
 * What is sent through and received from sockets: bytes, or messages of the protocol if the socket
 * is one of netlink.
 */
final class SocketBuffers {
  private SocketBuffers() {}

  /** How data of the socket {@code fd} is shown. */
  static IovecTypes.Data data(DecodeContext c, int fd) {
    int protocol = c.netlinkProtocol(fd);
    return protocol == FdResolver.NOT_NETLINK ? IovecTypes.STRINGS : new NetlinkMessages(protocol);
  }

  /** Messages of a netlink protocol. */
  private record NetlinkMessages(int protocol) implements IovecTypes.Data {
    @Override
    public Value show(DecodeContext c, long address, long length) {
      return Netlink.messages(c, address, length, protocol);
    }
  }

  /** A buffer whose size is another argument or the result. */
  static final class Buffer extends JavaType {
    private final Ref fd;
    private final Ref length;

    Buffer(Abi abi, Ref fd, Ref length, Direction direction) {
      super(abi, direction);
      this.fd = fd;
      this.length = length;
    }

    @Override
    Value show(DecodeContext c, long raw) {
      return data(c, (int) fd.get(c)).show(c, raw, length.get(c));
    }
  }
}
