// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.tables.TypeExpr.Direction;
import org.jspecify.annotations.Nullable;

/**
 * The types that are written in Java, by the names that the tables use for them. To add one, add a
 * case to the family it belongs to.
 */
final class CustomTypes {
  private CustomTypes() {}

  /** The type called {@code name}, or null if there is none. */
  static @Nullable Type create(
      TypeCompiler compiler, String name, String[] params, Direction direction, Env env) {
    Type type = ProcessTypes.create(compiler, name, params, direction, env);
    if (type == null) {
      type = NetTypes.create(compiler, name, params, direction, env);
    }
    if (type == null) {
      type = FileTypes.create(compiler, name, params, direction, env);
    }
    if (type == null) {
      type = DeviceTypes.create(compiler, name, params, direction, env);
    }
    if (type == null) {
      type = VideoTypes.create(compiler, name, params, env);
    }
    return type != null ? type : ScsiTypes.create(compiler, name, params, env);
  }
}
