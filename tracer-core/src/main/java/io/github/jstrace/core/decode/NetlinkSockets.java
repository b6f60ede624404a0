// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Netlink sockets that tracees were seen to make, for when the system can no longer be asked what a
 * descriptor was. What else gives a descriptor its meaning (dup(2), inheritance) is not followed.
 */
final class NetlinkSockets {
  /** Processes come and go; nobody needs those of long ago. */
  private static final int MAX = 4096;

  private final Map<Long, Integer> protocols = new HashMap<>();

  private static Long key(int tgid, int fd) {
    return (long) tgid << 32 | fd;
  }

  /** The protocol of the socket, or null if it was not seen. */
  @Nullable Integer protocol(int tgid, int fd) {
    return protocols.get(key(tgid, fd));
  }

  /** A socket was made; {@code protocol} is {@link FdResolver#NOT_NETLINK} for all others. */
  void made(int tgid, int fd, int protocol) {
    if (protocol == FdResolver.NOT_NETLINK) {
      protocols.remove(key(tgid, fd));
      return;
    }
    if (protocols.size() >= MAX) {
      protocols.clear();
    }
    protocols.put(key(tgid, fd), protocol);
  }
}
