// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/** Types written in Java for files, ioctl, directory entries, fcntl, xattr, IPC and io_uring. */
final class FileTypes {
  private FileTypes() {}

  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    switch (name) {
      default:
        return null;
    }
  }
}
