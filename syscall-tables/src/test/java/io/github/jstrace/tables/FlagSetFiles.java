// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** All files of {@code flags/}. */
final class FlagSetFiles {
  private FlagSetFiles() {}

  static List<String> names() {
    try {
      Path readme =
          Path.of(Objects.requireNonNull(FlagSet.class.getResource("flags/README.md")).toURI());
      try (Stream<Path> files = Files.list(Objects.requireNonNull(readme.getParent()))) {
        return files
            .map(file -> file.getFileName().toString())
            .filter(file -> file.endsWith(".flags"))
            .map(file -> file.substring(0, file.length() - ".flags".length()))
            .sorted()
            .toList();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static FlagSet get(String name) {
    return Objects.requireNonNull(FlagSets.get(name), name);
  }
}
