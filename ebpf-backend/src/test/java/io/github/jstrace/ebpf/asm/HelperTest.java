// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.asm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Numbers of helpers and types of maps, against the kernel's header. */
class HelperTest {
  private static final Path HEADER = Path.of("/usr/include/linux/bpf.h");
  private String header = "";

  @BeforeEach
  void readHeader() throws IOException {
    assumeTrue(Files.exists(HEADER), "linux/bpf.h (package linux-libc-dev)");
    header = Files.readString(HEADER);
  }

  /** The names of an enumeration, their numbers being their places unless given. */
  private static Map<String, Integer> numbered(String text, Pattern pattern) {
    Map<String, Integer> numbers = new HashMap<>();
    int next = 0;
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      if (matcher.group(2) != null) {
        next = Integer.parseInt(matcher.group(2));
      }
      numbers.put("bpf_" + matcher.group(1).toLowerCase(Locale.ROOT), next++);
    }
    return numbers;
  }

  private String between(String from, String to) {
    int start = header.indexOf(from) + from.length();
    return header.substring(start, header.indexOf(to, start));
  }

  @Test
  void helpersHaveTheKernelsNumbers() {
    String list = between("_BPF_FUNC_MAPPER(FN", "enum bpf_func_id");
    Map<String, Integer> numbers = numbered(list, Pattern.compile("FN\\((\\w+)(?:, (\\d+))?"));
    List<String> wrong = new ArrayList<>();
    for (Helper helper : Helper.values()) {
      Integer number = numbers.get(helper.kernelName());
      if (number == null || number != helper.id()) {
        wrong.add(helper + ": " + number);
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void typesOfMapsHaveTheKernelsNumbers() {
    Map<String, Integer> numbers =
        numbered(
            between("enum bpf_map_type {", "};"),
            Pattern.compile("BPF_MAP_TYPE_(\\w+)(?: = (\\d+))?,"));
    for (MapType type : MapType.values()) {
      String name = "bpf_" + type.name().toLowerCase(Locale.ROOT);
      assertEquals(numbers.get(name), type.number(), type.name());
    }
  }
}
