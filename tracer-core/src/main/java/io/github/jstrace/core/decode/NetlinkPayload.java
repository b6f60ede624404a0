// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/** What netlink attributes and messages hold, if its size is theirs and not one of its own. */
abstract class NetlinkPayload extends Type {
  /**
   * Decodes {@code length} bytes.
   *
   * @return null if they are not what they should be; they are shown in hex then
   */
  abstract @Nullable Value payload(NetlinkBuffer b, int at, int length);

  @Override
  Value decode(DecodeContext c, long raw) {
    return Value.hex(raw);
  }

  @Override
  int size() {
    return 0;
  }

  @Override
  int align() {
    return 1;
  }
}
