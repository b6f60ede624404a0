// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSets;
import io.github.jstrace.tables.TypeExpr;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rows of {@code ioctl/*.args} name commands and types that exist. */
class IoctlTablesTest {
  private static List<String> lines(int type, String suffix) throws IOException {
    String name = String.format("ioctl/%02x.%s", type, suffix);
    try (InputStream in = FlagSets.class.getResourceAsStream(name)) {
      return in == null
          ? List.of()
          : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  /** Where the types of arguments are used: beside the descriptor and the command. */
  private record IoctlEnv(Abi abi) implements Env {
    @Override
    public Ref sibling(String name) {
      return Ref.constant(0);
    }

    @Override
    public @Nullable TypeExpr siblingType(String name) {
      return null;
    }
  }

  @Test
  void rowsAreOfKnownCommandsAndTypes() throws IOException {
    List<String> errors = new ArrayList<>();
    int rows = 0;
    for (int type = 0; type < 256; type++) {
      Map<String, String> commands = new HashMap<>(); // with where they are
      for (String line : lines(type, "flags")) {
        commands.put(line.split(" ")[0], line);
      }
      Set<String> seen = new HashSet<>();
      for (String line : lines(type, "args")) {
        if (line.startsWith("#")) {
          continue;
        }
        rows++;
        int blank = line.indexOf(' ');
        String name = line.substring(0, blank);
        String command = commands.getOrDefault(name, "");
        if (command.isEmpty() || !seen.add(name)) {
          errors.add("unknown or twice: " + line);
        }
        boolean oneAbi = command.contains(" -  ");
        for (String text : line.substring(blank + 1).split(" -> ")) {
          for (Abi abi : Abi.inTables()) {
            if (oneAbi && !command.contains(" " + abi.name().toLowerCase(Locale.ROOT) + "=")) {
              continue; // no command there
            }
            TypeCompiler compiler = new TypeCompiler(abi);
            String written = text.trim();
            if (written.startsWith("showing<")) { // a struct behind the result
              written = written.substring("showing<".length(), written.length() - 1);
            }
            compiler.compile(written, new IoctlEnv(abi));
            if (!compiler.unknown().isEmpty()) {
              errors.add(line + ": " + compiler.unknown());
            }
          }
        }
      }
    }
    assertEquals(List.of(), errors);
    assertTrue(rows > 300, "rows: " + rows);
  }
}
