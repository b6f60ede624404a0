// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;

/** Messages on netlink sockets (netlink(7)). */
final class Netlink {
  private Netlink() {}

  /** The messages in a buffer of {@code length} bytes. */
  static Value messages(DecodeContext c, long address, long length, int protocol) {
    return c.bytes(address, length, c.maxString());
  }
}
