// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The flag sets of {@code flags/}; a file is read when its set is first asked for. */
public final class FlagSets {
  private static final Map<String, @Nullable FlagSet> CACHE = new HashMap<>();
  private static final @Nullable FlagSet[] IOCTLS = new FlagSet[256];
  private static final int ABIS = Abi.values().length;

  private FlagSets() {}

  /** The set of this name, or null if there is none. */
  public static synchronized @Nullable FlagSet get(String name) {
    if (CACHE.containsKey(name)) {
      return CACHE.get(name);
    }
    FlagSet set = null;
    if (isName(name)) {
      byte[] bytes = TableFile.bytesOrNull("flags/" + name + ".flags");
      if (bytes != null) {
        set = new Parser(name, new String(bytes, StandardCharsets.UTF_8)).parse();
      }
    }
    CACHE.put(name, set);
    return set;
  }

  /**
   * What strace calls an ioctl(2) command, several names joined by {@code " or "}; null if it has
   * none. The files are {@code ioctl/TT.flags}, one for each type byte.
   */
  public static synchronized @Nullable String ioctlName(int command, Abi abi) {
    int type = command >>> 8 & 0xff;
    FlagSet set = IOCTLS[type];
    if (set == null) {
      String hex = Integer.toHexString(type);
      String path = "ioctl/" + (type < 16 ? "0" : "") + hex + ".flags";
      byte[] bytes = TableFile.bytesOrNull(path);
      String text = bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
      set = new Parser(path, text).parse();
      IOCTLS[type] = set;
    }
    return set.nameOf(Integer.toUnsignedLong(command), abi);
  }

  private static boolean isName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_')) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  /** Reads one file; the format is in {@code ARCHITECTURE.md}. */
  private static final class Parser {
    private final String setName;
    private final String text;
    private final List<FlagSet.Row> rows = new ArrayList<>();
    private @Nullable String unknown;
    private boolean alternatives;
    private boolean split;
    private FlagSet.@Nullable Field field;

    /** The words of the line at hand. */
    private final List<String> words = new ArrayList<>();

    Parser(String setName, String text) {
      this.setName = setName;
      this.text = text;
    }

    FlagSet parse() {
      int start = 0;
      while (start < text.length()) {
        int end = text.indexOf('\n', start);
        end = end < 0 ? text.length() : end;
        split(start, end);
        if (!words.isEmpty()) {
          if (words.get(0).charAt(0) == '!') {
            directive();
          } else {
            row();
          }
        }
        start = end + 1;
      }
      return new FlagSet(setName, unknown, alternatives, split, rows.toArray(new FlagSet.Row[0]));
    }

    /** Splits a line at blanks; a word that starts with {@code #} ends it. */
    private void split(int start, int end) {
      words.clear();
      int pos = start;
      while (pos < end) {
        if (text.charAt(pos) == '#') {
          return;
        }
        int wordEnd = text.indexOf(' ', pos);
        wordEnd = wordEnd < 0 || wordEnd > end ? end : wordEnd;
        if (wordEnd > pos) {
          words.add(text.substring(pos, wordEnd));
        }
        pos = wordEnd + 1;
      }
    }

    private void directive() {
      switch (word(0)) {
        case "!unknown" -> unknown = word(1);
        case "!alternatives" -> alternatives = true;
        case "!split" -> split = true;
        case "!mask" -> {
          String unknownValue = words.size() > 2 ? word(2) : null;
          field = new FlagSet.Field(FlagSet.Kind.VALUES, number(word(1)), unknownValue);
        }
        case "!end" -> field = null;
        case "!shift" -> fieldWithoutRows(FlagSet.Kind.SHIFT, word(2));
        case "!signal" -> fieldWithoutRows(FlagSet.Kind.SIGNAL, null);
        default -> throw error("unknown directive");
      }
    }

    private void fieldWithoutRows(FlagSet.Kind kind, @Nullable String word) {
      FlagSet.Field own = new FlagSet.Field(kind, number(word(1)), word);
      rows.add(new FlagSet.Row("", new long[ABIS], new boolean[ABIS], own));
    }

    private void row() {
      long[] values = new long[ABIS];
      boolean[] present = new boolean[ABIS];
      String common = word(1);
      for (int i = 0; i < ABIS; i++) {
        present[i] = !common.equals("-");
        values[i] = present[i] ? number(common) : 0;
      }
      for (int i = 2; i < words.size(); i++) {
        String word = words.get(i);
        int equals = word.indexOf('=');
        int abi = abi(word, equals);
        String value = word.substring(equals + 1);
        present[abi] = !value.equals("-");
        values[abi] = present[abi] ? number(value) : 0;
      }
      rows.add(new FlagSet.Row(word(0).replace('~', ' '), values, present, field));
    }

    private int abi(String word, int equals) {
      for (Abi abi : Abi.values()) {
        if (abi.tableName().length() == equals && word.startsWith(abi.tableName())) {
          return abi.ordinal();
        }
      }
      throw error("unknown ABI in " + word);
    }

    private String word(int index) {
      if (index >= words.size()) {
        throw error("a word is missing");
      }
      return words.get(index);
    }

    private long number(String word) {
      int shift = word.indexOf("<<");
      if (shift >= 0) {
        return number(word.substring(0, shift)) << number(word.substring(shift + 2));
      }
      Long value;
      try {
        value = SignatureParser.number(word);
      } catch (NumberFormatException e) {
        value = null;
      }
      if (value == null) {
        throw error("not a number: " + word);
      }
      return value;
    }

    private IllegalStateException error(String what) {
      return new IllegalStateException(
          "flags/" + setName + ".flags: " + what + " in: " + String.join(" ", words));
    }
  }
}
