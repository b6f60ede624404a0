// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux.stack;

import io.github.jstrace.linux.NativeLibrary;
import org.jspecify.annotations.Nullable;

/** Libraries that may or may not be installed. */
final class InstalledLibrary {
  private InstalledLibrary() {}

  /** As {@link NativeLibrary#open}; null if there is none. */
  static @Nullable NativeLibrary open(String name) {
    try {
      return NativeLibrary.open(name);
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
  }

  /** As {@link NativeLibrary#openForOthers}; null if there is none. */
  static @Nullable NativeLibrary openForOthers(String name) {
    try {
      return NativeLibrary.openForOthers(name);
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
  }
}
