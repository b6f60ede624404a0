// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;

/** Network interfaces of the tracer's namespace by their index. */
final class InterfaceNames {
  private InterfaceNames() {}

  /** {@code if_nametoindex("lo")}, or the number if there is no such interface. */
  static Value index(DecodeContext c, long index) {
    byte[] name = index > 0 && index <= Integer.MAX_VALUE ? c.interfaceName((int) index) : null;
    if (name == null) {
      return Value.udec(index);
    }
    Value call = new Value.Macro("if_nametoindex", new Value.Str(name, false, true, false));
    return new Value.Coded(Value.udec(index), call);
  }
}
