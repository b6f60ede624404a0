// SPDX-License-Identifier: Apache-2.0
package com.kenai.jffi;

import java.nio.ByteBuffer;

/**
 * Calls of C functions whose parameters and result are machine words, straight through the native
 * methods of jffi. Its public classes ({@code Library}, {@code Invoker}, {@code CallContext},
 * {@code MemoryIO}) come to the same methods, but by way of some 40 classes, regular expressions
 * and a thread: that costs as much at start as the rest of jstrace.
 */
public final class DirectCalls {
  private static final Foreign FOREIGN = Foreign.getInstance();
  private static final long PROCESS = Foreign.dlopen(null, Foreign.RTLD_LAZY);
  private static final long WORD = FOREIGN.lookupBuiltinType(Foreign.TYPE_POINTER);

  private DirectCalls() {}

  /**
   * Address of a function of this process and its libraries.
   *
   * @throws UnsatisfiedLinkError if there is none of that name
   */
  public static long symbol(String name) {
    return Foreign.dlsym(PROCESS, name);
  }

  /**
   * Loads a shared library as dlopen(3) does, for good: it is never closed.
   *
   * @return its handle
   * @throws UnsatisfiedLinkError with what dlerror(3) says if it cannot be loaded
   */
  public static long open(String name) {
    return Foreign.dlopen(name, Foreign.RTLD_LAZY | Foreign.RTLD_LOCAL);
  }

  /**
   * As {@link #open}, but what the library defines can be used by libraries that are loaded later
   * and do not say that they need it. Fails if the library itself misses anything.
   */
  public static long openForOthers(String name) {
    return Foreign.dlopen(name, Foreign.RTLD_NOW | Foreign.RTLD_GLOBAL);
  }

  /** Address of a function of a library from {@link #open}; 0 if it has none of that name. */
  public static long symbol(long library, String name) {
    try {
      return Foreign.dlsym(library, name);
    } catch (UnsatisfiedLinkError e) {
      return 0;
    }
  }

  /**
   * Makes what a call of a function with that many parameters needs; it is never freed. Saves
   * errno.
   */
  public static long context(int parameters) {
    long[] types = new long[parameters];
    for (int i = 0; i < parameters; i++) {
      types[i] = WORD;
    }
    return FOREIGN.newCallContext(WORD, types, Foreign.F_DEFAULT);
  }

  public static long call(long context, long function) {
    return Foreign.invokeN0(context, function);
  }

  public static long call(long context, long function, long a) {
    return Foreign.invokeN1(context, function, a);
  }

  public static long call(long context, long function, long a, long b) {
    return Foreign.invokeN2(context, function, a, b);
  }

  public static long call(long context, long function, long a, long b, long c) {
    return Foreign.invokeN3(context, function, a, b, c);
  }

  public static long call(long context, long function, long a, long b, long c, long d) {
    return Foreign.invokeN4(context, function, a, b, c, d);
  }

  public static long call(long context, long function, long a, long b, long c, long d, long e) {
    return Foreign.invokeN5(context, function, a, b, c, d, e);
  }

  public static long call(
      long context, long function, long a, long b, long c, long d, long e, long f) {
    return Foreign.invokeN6(context, function, a, b, c, d, e, f);
  }

  /** A call with any number of parameters: their words one after the other, in native order. */
  public static long call(long context, long function, byte[] words) {
    return Foreign.invokeArrayReturnLong(context, function, words);
  }

  /** {@code errno} as the last call of this thread left it. */
  public static int errno() {
    return Foreign.getLastError();
  }

  /** A buffer over memory that is not Java's; it must not be used after that is gone. */
  public static ByteBuffer bufferAt(long address, int size) {
    return FOREIGN.newDirectByteBuffer(address, size);
  }

  /** Where a direct buffer begins. */
  public static long addressOf(ByteBuffer direct) {
    return FOREIGN.getDirectBufferAddress(direct);
  }
}
