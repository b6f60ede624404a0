// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.tables.SyscallTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the C library's own matching, by way of {@code grep -E}. */
class ExtendedRegexTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "open",
        "^open",
        "at$",
        "^(open|close)$",
        "o.en",
        "e*",
        "ee+",
        "^s?tat",
        "st(at){1}fs",
        "(_[a-z]+){3}",
        "[0-9]",
        "[^a-z_]",
        "[[:digit:]]{2}",
        "[]a]x",
        "[a-c-]t",
        "[^]a]t",
        "\\.",
        "\\_",
        "a|b",
        "a||b",
        "()open",
        "w{2}",
        "o{1,}p",
        "l{,1}seek",
        "^.{4}$",
        "t**",
        "(a*)*t",
        "(ea|a)+d",
        "\\<get",
        "get\\>",
        "\\w+64",
        "}",
        "s(e|i)[gt]+",
        "(.)\\1",
        "[.]",
        "[\\]",
        "a^b",
        "^^open",
        "(^open|at$)",
        "set(res)?[ug]id",
        "x|",
        "m[[:alpha:]_]*k$",
      })
  void matchesAsTheLibraryDoes(String regex) throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < SyscallTable.size(); i++) {
      names.add(SyscallTable.row(i).name());
    }
    names.add("a}b");
    names.add("a.b");
    names.add("\\");
    ExtendedRegex compiled = new ExtendedRegex(regex);
    List<String> ours = new ArrayList<>();
    for (String name : names) {
      if (compiled.find(name)) {
        ours.add(name);
      }
    }
    assertEquals(grep(regex, names), ours);
  }

  private List<String> grep(String regex, List<String> names)
      throws IOException, InterruptedException {
    Path file = Files.write(directory.resolve("names"), names);
    ProcessBuilder builder = new ProcessBuilder("grep", "-E", "-e", regex, file.toString());
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out.isEmpty() ? List.of() : List.of(out.split("\n"));
  }
}
