// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads the data files that lie beside these classes. */
final class TableFile {
  private TableFile() {}

  /** The bytes of a file, or null if there is none of this name. */
  static byte @Nullable [] bytesOrNull(String path) {
    try (InputStream in = TableFile.class.getResourceAsStream(path)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    }
  }

  /** The bytes of a file that must be there. */
  static byte[] bytes(String path) {
    byte[] bytes = bytesOrNull(path);
    if (bytes == null) {
      throw new IllegalStateException("table is missing: " + path);
    }
    return bytes;
  }

  /** The text of a file that must be there. */
  static String text(String path) {
    return new String(bytes(path), StandardCharsets.UTF_8);
  }
}
