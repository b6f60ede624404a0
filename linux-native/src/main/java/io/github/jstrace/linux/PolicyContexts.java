// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * The contexts that files ought to have by the policy of this system (selabel_file(5)), as
 * libselinux knows them. One thread only.
 */
public final class PolicyContexts {
  /** {@code <selinux/label.h>}. */
  private static final int SELABEL_CTX_FILE = 0;

  private static @Nullable PolicyContexts loaded;
  private static boolean asked;

  private final Libc libc;
  private final NativeLibrary library;
  private final long lookup;
  private final long free;
  private final long length;

  /** 0 if there is no policy. */
  private final long handle;

  private PolicyContexts(Libc libc, NativeLibrary library) {
    this.libc = libc;
    this.library = library;
    this.lookup = library.symbol("selabel_lookup");
    this.free = library.symbol("freecon");
    this.length = library.symbol("strlen");
    long open = library.symbol("selabel_open");
    boolean whole = open != 0 && lookup != 0 && free != 0 && length != 0;
    this.handle = whole ? library.call(open, SELABEL_CTX_FILE, 0, 0) : 0;
  }

  /** Those of this system; null if libselinux is not installed. */
  public static @Nullable PolicyContexts load(Libc libc) {
    if (!asked) {
      asked = true;
      try {
        loaded = new PolicyContexts(libc, NativeLibrary.open("libselinux.so.1"));
      } catch (UnsatisfiedLinkError e) {
        loaded = null;
      }
    }
    return loaded;
  }

  /** Whether there is a policy to ask. */
  public boolean known() {
    return handle != 0;
  }

  /**
   * The context that a file ought to have, null if the policy says nothing about it.
   *
   * @param path absolute, without links
   * @param mode {@code st_mode}: the policy tells kinds of files apart
   */
  byte @Nullable [] of(byte[] path, int mode) {
    if (handle == 0) {
      return null;
    }
    NativeMemory memory = libc.allocate(8 + path.length + 1);
    memory.put(8, path, 0, path.length);
    long at = memory.address();
    int result = (int) library.call(lookup, handle, at, at + 8, mode);
    long context = memory.getLong(0);
    Reference.reachabilityFence(memory);
    if (result != 0 || context == 0) {
      return null;
    }
    long size = library.call(length, context);
    byte[] text =
        size <= 0 || size > Short.MAX_VALUE
            ? null
            : MappedMemory.at(context, (int) size).memory().bytes(0, (int) size);
    library.call(free, context);
    return text;
  }
}
