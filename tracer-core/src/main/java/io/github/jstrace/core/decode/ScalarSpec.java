// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/** Size, sign and base of the plain numbers by their names in the tables. */
record ScalarSpec(int size, boolean signed, Value.Base base) {
  static @Nullable ScalarSpec of(String name, Abi abi) {
    int word = abi.wordSize();
    switch (name) {
      case "s8":
        return new ScalarSpec(1, true, Value.Base.DEC);
      case "u8":
        return new ScalarSpec(1, false, Value.Base.UDEC);
      case "x8":
        return new ScalarSpec(1, false, Value.Base.HEX);
      case "s16":
        return new ScalarSpec(2, true, Value.Base.DEC);
      case "u16":
        return new ScalarSpec(2, false, Value.Base.UDEC);
      case "x16":
        return new ScalarSpec(2, false, Value.Base.HEX);
      case "o16":
        return new ScalarSpec(2, false, Value.Base.OCT);
      case "s32":
      case "int":
        return new ScalarSpec(4, true, Value.Base.DEC);
      case "u32":
      case "uint":
        return new ScalarSpec(4, false, Value.Base.UDEC);
      case "x32":
      case "xint":
        return new ScalarSpec(4, false, Value.Base.HEX);
      case "o32":
        return new ScalarSpec(4, false, Value.Base.OCT);
      case "s64":
      case "loff":
        return new ScalarSpec(8, true, Value.Base.DEC);
      case "u64":
        return new ScalarSpec(8, false, Value.Base.UDEC);
      case "x64":
        return new ScalarSpec(8, false, Value.Base.HEX);
      case "long":
      case "off":
      case "ssize":
        return new ScalarSpec(word, true, Value.Base.DEC);
      case "ulong":
      case "size":
        return new ScalarSpec(word, false, Value.Base.UDEC);
      case "xlong":
      case "raw":
      case "hex":
        return new ScalarSpec(word, false, Value.Base.HEX);
      case "perm":
        return new ScalarSpec(4, false, Value.Base.PERM);
      case "perm16":
        return new ScalarSpec(2, false, Value.Base.PERM);
      default:
        return null;
    }
  }
}
