// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The value of every constant on every ABI against the installed kernel headers: gcc compiles them
 * to data, which is read from the assembly, so that no other machine is needed.
 */
@Tag("any-java")
class HeaderConstantsTest {
  /** In the headers of a 64-bit ABI these are the same as without 64; the kernel knows both. */
  private static final Set<String> EXCEPTIONS = Set.of("F_GETLK64", "F_SETLK64", "F_SETLKW64");

  /** Names of what is no value of an argument: masks, limits, sizes. */
  private static final Pattern DERIVED =
      Pattern.compile(
          "(_MASK|_MAX|_LAST|_COUNT|_SHIFT|_BITS|_SIZE\\w*|_LEN|_UNSPEC|_PREFIX|_VERSION|_OFFSET"
              + "|_VER\\d|_NR|_BIT)$|^__|_ALL_");

  @TempDir private Path directory = Path.of("/");

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void valuesAreThoseOfTheHeaders(Abi abi) {
    Headers installed = new Headers(abi, directory);
    Set<String> names = new LinkedHashSet<>();
    for (String set : FlagSetFiles.names()) {
      for (Abi any : Abi.inTables()) {
        for (String name : FlagSetFiles.get(set).names(any)) {
          if (name.matches("[A-Za-z_]\\w*")) {
            names.add(name);
          }
        }
      }
    }
    Map<String, Long> headers = installed.compile(Headers.APART, names);
    headers.putAll(installed.compile(Headers.HEADERS, names));
    assertTrue(
        headers.size() > names.size() / 2,
        () -> "only " + headers.size() + " of " + names.size() + " are in the headers");
    System.out.println(
        "compared with the headers of " + abi.tableName() + ": " + headers.size() + " constants");
    List<String> wrong = new ArrayList<>();
    for (String setName : FlagSetFiles.names()) {
      FlagSet set = FlagSetFiles.get(setName);
      for (String name : set.names(abi)) {
        Long header = headers.get(name);
        long value = Objects.requireNonNull(set.lookup(name, abi));
        if (header != null && !EXCEPTIONS.contains(name) && !same(header, value)) {
          wrong.add(setName + " " + name + ": headers " + hex(header) + ", ours " + hex(value));
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  /**
   * Constants that begin as those of a set do ({@code !unknown O_???}, or else what its names have
   * in common), are in the headers, and are missing in the set: each stands with a reason in {@code
   * absent.txt}. Other names of a value that the set has are no loss, nor are masks, maxima and
   * their like.
   */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void nothingIsMissing(Abi abi) throws IOException {
    Headers installed = new Headers(abi, directory);
    Map<String, Pattern> absent = absent("");
    Map<String, String> beginnings = new HashMap<>();
    Set<String> known = new HashSet<>();
    for (String name : FlagSetFiles.names()) {
      Set<String> names = Set.copyOf(FlagSetFiles.get(name).names(abi));
      known.addAll(names);
      String beginning = beginning(name, names);
      if (!beginning.isEmpty()) {
        beginnings.put(name, beginning);
      }
    }
    Set<String> missing = new TreeSet<>();
    for (String[] headers : List.of(Headers.HEADERS, Headers.APART)) {
      Set<String> candidates = new LinkedHashSet<>();
      for (String word : new TreeSet<>(installed.words(Headers.source(headers)))) {
        if (!known.contains(word)
            && !DERIVED.matcher(word).find()
            && beginnings.values().stream().anyMatch(word::startsWith)) {
          candidates.add(word);
        }
      }
      Map<String, Long> values = Objects.requireNonNull(installed.constants(headers, candidates));
      beginnings.forEach(
          (name, beginning) ->
              values.forEach(
                  (word, value) -> {
                    Pattern excused = absent.get(name);
                    if (word.startsWith(beginning)
                        && FlagSetFiles.get(name).nameOf(value, abi) == null
                        && (excused == null || !excused.matcher(word).matches())) {
                      missing.add(name + " " + word);
                    }
                  }));
    }
    assertEquals(Set.of(), missing);
  }

  /** How all names of a set begin, and what is no name of it does not; empty if nothing tells. */
  private static String beginning(String set, Set<String> names) {
    String unknown = FlagSetFiles.get(set).unknown();
    if (unknown != null) {
      return unknown.endsWith("_???") ? unknown.substring(0, unknown.length() - 3) : "";
    }
    String common = names.isEmpty() ? "" : names.iterator().next();
    for (String name : names) {
      while (!name.startsWith(common)) {
        common = common.substring(0, common.length() - 1);
      }
    }
    return names.size() < 3 ? "" : common.substring(0, common.lastIndexOf('_') + 1);
  }

  /**
   * Of an enum of the headers, half of which is in a set, all is; what is not stands in {@code
   * absent.txt} behind {@code enum:}.
   */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARM")
  void enumsAreWhole(Abi abi) throws IOException {
    Headers installed = new Headers(abi, directory);
    Map<String, Pattern> absent = absent("enum:");
    Set<String> missing = new TreeSet<>();
    int whole = 0;
    for (String[] headers : List.of(Headers.HEADERS, Headers.APART)) {
      List<Set<String>> enums = installed.enums(Headers.source(headers));
      Set<String> all = new LinkedHashSet<>();
      enums.forEach(all::addAll);
      Map<String, Long> values = Objects.requireNonNull(installed.constants(headers, all));
      for (String name : FlagSetFiles.names()) {
        FlagSet set = FlagSetFiles.get(name);
        Set<String> names = Set.copyOf(set.names(abi));
        Pattern excused = absent.get("enum:" + name);
        for (Set<String> constants : enums) {
          long shared = constants.stream().filter(names::contains).count();
          if (shared < 2 || 2 * shared < constants.size()) {
            continue;
          }
          whole++;
          for (String constant : constants) {
            Long value = values.get(constant);
            if (value != null
                && set.nameOf(value, abi) == null
                && !DERIVED.matcher(constant).find()
                && (excused == null || !excused.matcher(constant).matches())) {
              missing.add(name + " " + constant);
            }
          }
        }
      }
    }
    assertEquals(Set.of(), missing);
    int compared = whole;
    assertTrue(compared > 200, () -> "only " + compared + " enums");
  }

  /** {@code absent.txt}: a set, a regular expression of constants, and why they are not in it. */
  private static Map<String, Pattern> absent(String kind) throws IOException {
    Map<String, Pattern> absent = new HashMap<>();
    try (var in =
        Objects.requireNonNull(HeaderConstantsTest.class.getResourceAsStream("absent.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        String[] words = line.split("\\s+", 3);
        if (words.length == 3
            && !line.startsWith("#")
            && words[0].startsWith("enum:") == kind.startsWith("enum:")) {
          absent.put(words[0], Pattern.compile(words[1]));
        }
      }
    }
    return absent;
  }

  private static boolean same(long a, long b) {
    return a == b || (int) a == (int) b && a >>> 31 <= 1 | a == (int) a;
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
