// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux.stack;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.MappedMemory;
import io.github.jstrace.linux.NativeLibrary;
import io.github.jstrace.linux.NativeMemory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Names of C++ functions as they are written, through libstdc++ where that is installed. */
final class Demangler {
  private static final int INPUT_SIZE = 16 * 1024 + 1;

  /** Far more than any sensible name; what is longer is shown as it is. */
  private static final int OUTPUT_SIZE = 1 << 20;

  private final @Nullable NativeLibrary library;
  private final long demangle;
  private final long length;
  private final long release;
  private final NativeMemory input;
  private final NativeMemory status;

  Demangler(Libc libc) {
    library = InstalledLibrary.open("libstdc++.so.6");
    demangle = library == null ? 0 : library.symbol("__cxa_demangle");
    length = library == null ? 0 : library.symbol("strlen");
    release = library == null ? 0 : library.symbol("free");
    input = libc.allocate(INPUT_SIZE);
    status = libc.allocate(8);
  }

  /** The readable name, or the one given if there is none. */
  byte[] readable(byte[] symbol) {
    NativeLibrary cpp = library;
    if (cpp == null
        || demangle == 0
        || length == 0
        || release == 0
        || symbol.length < 3
        || symbol.length >= INPUT_SIZE
        || symbol[0] != '_'
        || symbol[1] != 'Z') {
      return symbol;
    }
    input.put(0, symbol, 0, symbol.length);
    input.putByte(symbol.length, (byte) 0);
    long result = cpp.call(demangle, input.address(), 0, 0, status.address());
    if (result == 0) {
      return symbol;
    }
    long size = cpp.call(length, result);
    byte[] name =
        size > 0 && size < OUTPUT_SIZE
            ? MappedMemory.at(result, (int) size).memory().bytes(0, (int) size)
            : symbol;
    cpp.call(release, result);
    return Arrays.equals(name, symbol) ? symbol : name;
  }
}
