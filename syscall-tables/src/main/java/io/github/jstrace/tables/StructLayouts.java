// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The struct layouts of {@code structs/}: the files are indexed at the first look-up, and a struct
 * is parsed when it is asked for. The files' names stand in {@code structs/files}; those of structs
 * that are named {@code FILE.NAME} in {@code structs/rare_files}.
 */
public final class StructLayouts {
  /** One {@code struct} paragraph: its head behind the name, and where its fields are. */
  private record Entry(String head, String body) {}

  private static @Nullable Map<String, List<Entry>> index;

  /** The files of the structs that are named {@code FILE.NAME}, which few runs need. */
  private static final Map<String, Map<String, List<Entry>>> RARE = new HashMap<>();

  private StructLayouts() {}

  /** The layout of a struct for an ABI, or null if there is none of this name. */
  public static synchronized @Nullable StructLayout get(String name, Abi abi) {
    List<Entry> entries = indexOf(name).get(name);
    if (entries == null) {
      return null;
    }
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      int at = entry.head.indexOf('@');
      if (at < 0 || namesAbi(entry.head, at + 1, abi)) {
        return parse(name, entry);
      }
    }
    return null;
  }

  /** All names, for tests and reports. */
  public static synchronized List<String> names() {
    List<String> names = new ArrayList<>(indexOf("").keySet());
    for (String file : logicalLines(TableFile.text("structs/rare_files"))) {
      names.addAll(indexOf(file).keySet());
    }
    return names;
  }

  /** The structs among which that of a name has to be. */
  private static Map<String, List<Entry>> indexOf(String name) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      if (index == null) {
        index = new HashMap<>();
        for (String file : logicalLines(TableFile.text("structs/files"))) {
          read(TableFile.text("structs/" + file), index);
        }
      }
      return index;
    }
    String file = name.substring(0, dot);
    Map<String, List<Entry>> structs = RARE.get(file);
    if (structs == null) {
      structs = new HashMap<>();
      byte[] bytes = TableFile.bytesOrNull("structs/" + file + ".structs");
      read(bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8), structs);
      RARE.put(file, structs);
    }
    return structs;
  }

  private static boolean namesAbi(String head, int from, Abi abi) {
    int blank = head.indexOf(' ', from);
    String list = "," + (blank < 0 ? head.substring(from) : head.substring(from, blank)) + ",";
    return list.contains("," + abi.tableName() + ",");
  }

  private static StructLayout parse(String name, Entry entry) {
    List<StructLayout.Field> fields = new ArrayList<>();
    for (String line : logicalLines(entry.body)) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        throw new IllegalArgumentException("struct " + name + ": ':' is missing in: " + line);
      }
      char mark = line.charAt(0);
      boolean marked = mark == '~' || mark == '-' || mark == '|';
      String fieldName = line.substring(marked ? 1 : 0, colon).trim();
      int at = fieldName.indexOf('@');
      int offset = -1;
      if (at >= 0) {
        offset = Integer.parseInt(fieldName.substring(at + 1).trim());
        fieldName = fieldName.substring(0, at).trim();
      }
      TypeExpr type = SignatureParser.parseType(line.substring(colon + 1));
      fields.add(
          new StructLayout.Field(fieldName, type, offset, mark == '~', mark == '-', mark == '|'));
    }
    return new StructLayout(
        name,
        entry.head.endsWith("packed"),
        entry.head.endsWith("dotted"),
        fields.toArray(new StructLayout.Field[0]));
  }

  /**
   * Lines without comments and indentation; one that is indented more than the first continues the
   * one before.
   */
  private static List<String> logicalLines(String body) {
    List<String> lines = new ArrayList<>();
    int start = 0;
    while (start < body.length()) {
      int end = body.indexOf('\n', start);
      end = end < 0 ? body.length() : end;
      String raw = body.substring(start, end);
      String line = raw.trim();
      if (!line.isEmpty() && line.charAt(0) != '#') {
        if (raw.startsWith("    ") && !lines.isEmpty()) {
          lines.set(lines.size() - 1, lines.get(lines.size() - 1) + " " + line);
        } else {
          lines.add(line);
        }
      }
      start = end + 1;
    }
    return lines;
  }

  private static void read(String file, Map<String, List<Entry>> map) {
    String text = "\n" + file;
    int at = text.indexOf("\nstruct ");
    while (at >= 0) {
      int nameStart = at + "\nstruct ".length();
      int lineEnd = text.indexOf('\n', nameStart);
      int next = text.indexOf("\nstruct ", lineEnd);
      String head = text.substring(nameStart, lineEnd);
      int comment = head.indexOf('#');
      head = (comment < 0 ? head : head.substring(0, comment)).trim();
      int blank = head.indexOf(' ');
      String name = blank < 0 ? head : head.substring(0, blank);
      List<Entry> entries = map.get(name);
      if (entries == null) {
        entries = new ArrayList<>(1);
        map.put(name, entries);
      }
      entries.add(new Entry(head, text.substring(lineEnd, next < 0 ? text.length() : next)));
      at = next;
    }
  }
}
