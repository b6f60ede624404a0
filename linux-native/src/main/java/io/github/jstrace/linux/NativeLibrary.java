// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import com.kenai.jffi.DirectCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A shared library other than libc, for the module that binds its functions: calls by address,
 * parameters and results as machine words, as in {@link JffiLibc}.
 *
 * <p>Of a result that is an {@code int} in C only the low half is defined: cast it. A library stays
 * loaded until the process ends. All methods may be called from any thread.
 */
public final class NativeLibrary {
  private static final int MAX_PARAMETERS = 8;

  private final long handle;

  /** What calls with so many parameters need; made at the first one, which may be twice. */
  private final long[] contexts = new long[MAX_PARAMETERS + 1];

  private NativeLibrary(long handle) {
    this.handle = handle;
  }

  /**
   * Loads a library as dlopen(3) does.
   *
   * @param name with its version, for instance {@code libbpf.so.1}
   * @throws UnsatisfiedLinkError with what dlerror(3) says if it cannot be loaded
   */
  public static NativeLibrary open(String name) {
    return new NativeLibrary(DirectCalls.open(name));
  }

  /**
   * Loads a library that others, loaded later, need without saying so; or such another one. Nothing
   * that it needs may be missing.
   *
   * @throws UnsatisfiedLinkError with what dlerror(3) says if it cannot be loaded
   */
  public static NativeLibrary openForOthers(String name) {
    return new NativeLibrary(DirectCalls.openForOthers(name));
  }

  /** Address of a function; 0 if the library has none of that name. */
  public long symbol(String name) {
    return DirectCalls.symbol(handle, name);
  }

  /** {@code errno} as the last call of this thread left it. */
  public int errno() {
    return DirectCalls.errno();
  }

  public long call(long function) {
    return DirectCalls.call(context(0), function);
  }

  public long call(long function, long a) {
    return DirectCalls.call(context(1), function, a);
  }

  public long call(long function, long a, long b) {
    return DirectCalls.call(context(2), function, a, b);
  }

  public long call(long function, long a, long b, long c) {
    return DirectCalls.call(context(3), function, a, b, c);
  }

  public long call(long function, long a, long b, long c, long d) {
    return DirectCalls.call(context(4), function, a, b, c, d);
  }

  public long call(long function, long a, long b, long c, long d, long e) {
    return DirectCalls.call(context(5), function, a, b, c, d, e);
  }

  public long call(long function, long a, long b, long c, long d, long e, long f) {
    return DirectCalls.call(context(6), function, a, b, c, d, e, f);
  }

  /** Slower than those with fewer parameters: it allocates. */
  public long call(long function, long a, long b, long c, long d, long e, long f, long g) {
    byte[] words = new byte[7 * 8];
    ByteBuffer.wrap(words)
        .order(ByteOrder.nativeOrder())
        .putLong(a)
        .putLong(b)
        .putLong(c)
        .putLong(d)
        .putLong(e)
        .putLong(f)
        .putLong(g);
    return DirectCalls.call(context(7), function, words);
  }

  private long context(int parameters) {
    long context = contexts[parameters];
    if (context == 0) {
      context = DirectCalls.context(parameters);
      contexts[parameters] = context;
    }
    return context;
  }
}
