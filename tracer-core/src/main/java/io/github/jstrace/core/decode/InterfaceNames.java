// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** Network interfaces of the tracer's namespace by their index. */
final class InterfaceNames {
  private InterfaceNames() {}

  /** {@code if_nametoindex("lo")}, or the number if there is no such interface. */
  static Value index(long index) {
    String name = null;
    if (index > 0 && index <= Integer.MAX_VALUE) {
      try {
        NetworkInterface found = NetworkInterface.getByIndex((int) index);
        name = found == null ? null : found.getName();
      } catch (SocketException e) {
        name = null;
      }
    }
    if (name == null) {
      return Value.udec(index);
    }
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    Value call = new Value.Macro("if_nametoindex", new Value.Str(bytes, false, true, false));
    return new Value.Coded(Value.udec(index), call);
  }
}
