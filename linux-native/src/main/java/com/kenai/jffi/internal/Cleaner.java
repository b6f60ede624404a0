// SPDX-License-Identifier: Apache-2.0
package com.kenai.jffi.internal;

/**
 * Takes the place of jffi's class of this name, as {@link StubLoader} does: frees nothing, since
 * what jstrace has of jffi (the C library, a call context for each number of parameters) lives as
 * long as the process. Jffi's own starts a thread.
 */
public final class Cleaner {
  private static final Runnable NOTHING =
      new Runnable() {
        @Override
        public void run() {}
      };

  private Cleaner() {}

  /** Called by jffi for each library, call context and the like. */
  public static Runnable register(Object object, Runnable cleaning) {
    return NOTHING;
  }
}
