// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What ioctl(2) commands take and return. The files are {@code ioctl/TT.args}, one for each type
 * byte, with lines {@code NAME TYPE} or {@code NAME TYPE -> RESULT}; one is read when a command of
 * its type is first seen.
 */
public final class IoctlArguments {
  private static final String ARROW = " -> ";

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static final @Nullable Map<String, String>[] FILES = new Map[256];

  private IoctlArguments() {}

  /** The type of the argument of a command; null if it is not decoded. */
  public static @Nullable String type(int command, Abi abi) {
    String row = row(command, abi);
    int arrow = row == null ? -1 : row.indexOf(ARROW);
    return row == null || arrow < 0 ? row : row.substring(0, arrow).trim();
  }

  /** The type of the result of a command; null if it is a plain number. */
  public static @Nullable String result(int command, Abi abi) {
    String row = row(command, abi);
    int arrow = row == null ? -1 : row.indexOf(ARROW);
    return row == null || arrow < 0 ? null : row.substring(arrow + ARROW.length()).trim();
  }

  private static synchronized @Nullable String row(int command, Abi abi) {
    String names = FlagSets.ioctlName(command, abi);
    if (names == null) {
      return null;
    }
    Map<String, String> rows = rows(command >>> 8 & 0xff);
    // A command may have several names: "BTRFS_IOC_CLONE or FICLONE".
    int start = 0;
    while (start < names.length()) {
      int end = names.indexOf(" or ", start);
      end = end < 0 ? names.length() : end;
      String row = rows.get(names.substring(start, end));
      if (row != null) {
        return row;
      }
      start = end + 4;
    }
    return null;
  }

  private static synchronized Map<String, String> rows(int type) {
    Map<String, String> rows = FILES[type];
    if (rows == null) {
      rows = read(type);
      FILES[type] = rows;
    }
    return rows;
  }

  /** The type of the argument of a command by its type byte and name, for reports. */
  static @Nullable String byName(int type, String name) {
    String row = rows(type).get(name);
    int arrow = row == null ? -1 : row.indexOf(ARROW);
    return row == null || arrow < 0 ? row : row.substring(0, arrow).trim();
  }

  private static Map<String, String> read(int type) {
    String path = "ioctl/" + (type < 16 ? "0" : "") + Integer.toHexString(type) + ".args";
    byte[] bytes = TableFile.bytesOrNull(path);
    String text = bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    Map<String, String> rows = new HashMap<>();
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      String line = text.substring(start, end).trim();
      int blank = line.indexOf(' ');
      if (blank > 0 && line.charAt(0) != '#') {
        rows.put(line.substring(0, blank), line.substring(blank + 1).trim());
      }
      start = end + 1;
    }
    return rows;
  }
}
