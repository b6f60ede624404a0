// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The number of every ioctl(2) command on every ABI against the installed kernel headers. */
@Tag("any-java")
class HeaderIoctlsTest {
  /** Macros whose text is made of those of asm/ioctl.h, or of a subsystem's own. */
  private static final Pattern COMMAND =
      Pattern.compile(
          "(?m)^#\\s*define\\s+([A-Z]\\w*)[ \\t]+(?:\\\\\\n\\s*)?(?:_IO(?:|R|W|WR|C|WR_BAD)|DRM_IOW?R?|\\w+_IOC?W?R?|\\w+_IOCTL)\\s*\\(");

  private static final Pattern MACRO = Pattern.compile("(?m)^#\\s*define\\s+([A-Z]\\w*)[ \\t]");

  /** Whole, where those of the C library's packages leave out drm/. */
  private static final Path CROSS = Path.of("/usr/aarch64-linux-gnu/include");

  private static final List<String> FOLDERS =
      List.of(
          "asm",
          "asm-generic",
          "drm",
          "linux",
          "misc",
          "mtd",
          "rdma",
          "scsi",
          "sound",
          "video",
          "xen",
          "x86_64-linux-gnu/asm",
          "aarch64-linux-gnu/asm");

  /** What other headers rely on. */
  private static final List<String> FIRST =
      List.of(
          "stddef.h",
          "sys/types.h",
          "stdint.h",
          "sys/socket.h",
          "sys/time.h",
          "linux/types.h",
          "linux/ioctl.h");

  /**
   * Commands of other machines, though the headers have them for all, and one whose number strace
   * gives to another.
   */
  private static Pattern absent(Abi abi) {
    String machines = abi == Abi.AARCH64 ? "S390|PPC" : "S390|PPC|ARM";
    return Pattern.compile("KVM_(" + machines + ")_.*|HL_IOCTL_DEBUG");
  }

  @TempDir private Path directory = Path.of("/");

  private record Header(String name, Set<String> macros) {}

  /**
   * Each command has the number of the headers, and each of the headers that is made by {@code
   * _IO()} or its like has a name here.
   */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void commandsAreThoseOfTheHeaders(Abi abi) throws IOException {
    Headers installed = new Headers(abi, directory, "-idirafter", CROSS.toString());
    Map<String, Set<Integer>> ours = tables(abi);
    Set<String> commands = new HashSet<>();
    Map<String, Long> values = new TreeMap<>();
    Set<String> left = new TreeSet<>();
    compile(installed, headers(abi, ours.keySet(), commands), values, left);
    Pattern absent = absent(abi);
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    for (Map.Entry<String, Long> header : values.entrySet()) {
      String name = header.getKey();
      int number = header.getValue().intValue();
      Set<Integer> numbers = ours.get(name);
      // so called in strace and here: on i386 the name without is that with 64 bits of time
      Set<Integer> former = ours.getOrDefault(name + "_TIME32", Set.of());
      if (numbers != null) {
        compared++;
        if (!numbers.contains(number) && !former.contains(number)) {
          wrong.add(name + ": headers " + Integer.toHexString(number) + ", ours " + numbers);
        }
      } else if (commands.contains(name)
          && FlagSets.ioctlName(number, abi) == null
          && !absent.matcher(name).matches()) {
        wrong.add("missing: " + name + " " + Integer.toHexString(number));
      }
    }
    System.out.println(
        "compared with the headers of " + abi.tableName() + ": " + compared + " ioctl commands");
    assertEquals(List.of(), wrong);
    assertTrue(left.size() < 10, () -> "cannot be compiled: " + left);
    int all = compared;
    assertTrue(compared > 2000, () -> "only " + all);
  }

  /** All names, with the numbers they have: one may be a command of two types. */
  static Map<String, Set<Integer>> tables(Abi abi) throws IOException {
    Map<String, Set<Integer>> tables = new TreeMap<>();
    for (int type = 0; type < 256; type++) {
      byte[] text = TableFile.bytesOrNull(String.format("ioctl/%02x.flags", type));
      if (text == null) {
        continue;
      }
      for (String line : new String(text, StandardCharsets.UTF_8).split("\n")) {
        String[] words = line.split("\\s+");
        if (words.length < 2 || !Character.isUpperCase(words[0].charAt(0))) {
          continue;
        }
        String number = words[1];
        for (String word : words) {
          if (word.startsWith(abi.tableName() + "=")) {
            number = word.substring(word.indexOf('=') + 1);
          }
        }
        if (!number.equals("-")) {
          tables
              .computeIfAbsent(words[0], name -> new HashSet<>())
              .add(Long.decode(number).intValue());
        }
      }
    }
    return tables;
  }

  private static List<Header> headers(Abi abi, Set<String> known, Set<String> commands)
      throws IOException {
    List<Path> roots = new ArrayList<>();
    if (abi != Abi.AARCH64 || !Files.isDirectory(CROSS)) {
      roots.add(Path.of("/usr/include"));
    }
    roots.add(CROSS);
    Set<String> seen = new HashSet<>();
    List<Header> headers = new ArrayList<>();
    for (Path root : roots) {
      for (String folder : FOLDERS) {
        if (Files.isDirectory(root.resolve(folder))) {
          try (Stream<Path> all = Files.walk(root.resolve(folder))) {
            for (Path file : all.filter(f -> f.toString().endsWith(".h")).sorted().toList()) {
              String name = root.relativize(file).toString().replaceFirst("^.*/(asm/)", "$1");
              if (seen.add(name)) {
                add(headers, name, file, known, commands);
              }
            }
          }
        }
      }
    }
    return headers;
  }

  private static void add(
      List<Header> headers, String name, Path file, Set<String> known, Set<String> commands)
      throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    Set<String> macros = new TreeSet<>();
    Matcher command = COMMAND.matcher(text);
    while (command.find()) {
      macros.add(command.group(1));
    }
    commands.addAll(macros);
    Matcher macro = MACRO.matcher(text);
    while (macro.find()) {
      if (known.contains(macro.group(1))) {
        macros.add(macro.group(1));
      }
    }
    if (!macros.isEmpty()) {
      headers.add(new Header(name, macros));
    }
  }

  /** All that can be included together at once: by halves. */
  private static void compile(
      Headers installed, List<Header> headers, Map<String, Long> values, Set<String> left) {
    List<String> includes = new ArrayList<>(FIRST);
    Set<String> macros = new TreeSet<>();
    for (Header header : headers) {
      includes.add(header.name);
      macros.addAll(header.macros);
    }
    Map<String, Long> got = installed.constants(includes.toArray(String[]::new), macros);
    if (got != null) {
      values.putAll(got);
    } else if (headers.size() == 1) {
      left.add(headers.get(0).name);
    } else {
      int half = headers.size() / 2;
      compile(installed, headers.subList(0, half), values, left);
      compile(installed, headers.subList(half, headers.size()), values, left);
    }
  }
}
