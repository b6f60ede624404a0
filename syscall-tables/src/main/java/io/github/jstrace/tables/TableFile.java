// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the data files. The jar of these classes has them; the command has them as plain files,
 * too, in {@code lib/tables} of the directory that the property {@code jstrace.home} names: opening
 * a jar from Java costs a start some 3 ms, while the classes themselves come from a class archive.
 */
final class TableFile {
  private static final @Nullable String DIRECTORY = directory();

  private TableFile() {}

  private static @Nullable String directory() {
    String home = System.getProperty("jstrace.home");
    String directory = home + "/lib/tables/";
    return home != null && new File(directory, "syscalls.tbl").exists() ? directory : null;
  }

  private static @Nullable InputStream open(String path) {
    if (DIRECTORY == null) {
      return TableFile.class.getResourceAsStream(path);
    }
    try {
      return new FileInputStream(DIRECTORY + path);
    } catch (FileNotFoundException e) {
      return null;
    }
  }

  /** The bytes of a file, or null if there is none of this name. */
  static byte @Nullable [] bytesOrNull(String path) {
    try (InputStream in = open(path)) {
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
