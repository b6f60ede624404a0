// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the man page and the completions, at build time, from the one table of options. */
public final class GenerateDocs {
  private GenerateDocs() {}

  /**
   * Writes {@code jstrace.1}, {@code options.md}, {@code jstrace.bash}, {@code _jstrace} (zsh) and
   * {@code jstrace.fish}.
   *
   * @param args the directory to write to
   * @throws IOException if that fails
   */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    Files.createDirectories(directory);
    write(directory.resolve("jstrace.1"), ManPage.text());
    write(directory.resolve("options.md"), OptionTable.text());
    write(directory.resolve("jstrace.bash"), Completions.bash());
    write(directory.resolve("_jstrace"), Completions.zsh());
    write(directory.resolve("jstrace.fish"), Completions.fish());
  }

  private static void write(Path file, String text) throws IOException {
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
