// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One way through the members of structures: from a type along a path to a field. */
final class FieldSearch {
  /** In the first word of a structure's info: the offsets of its members have sizes in bits. */
  private static final int KIND_FLAG = 1 << 31;

  private final Btf btf;

  // where the way has led to
  private int type;
  private long bitOffset;
  private int bitSize;

  FieldSearch(Btf btf) {
    this.btf = btf;
  }

  /** See {@link Btf#field(String, String)}. */
  @Nullable BtfField find(int structure, String path) {
    type = structure;
    int at = 0;
    int length = path.length();
    while (at < length) {
      int end;
      boolean found;
      if (path.charAt(at) == '[') {
        end = path.indexOf(']', at) + 1;
        found = end > 0 && element(path.substring(at + 1, end - 1));
      } else {
        end = at;
        while (end < length && path.charAt(end) != '.' && path.charAt(end) != '[') {
          end++;
        }
        found = end > at && member(path.substring(at, end));
      }
      if (!found) {
        return null;
      }
      at = end;
      if (at < length && path.charAt(at) == '.') {
        at++;
      }
    }
    if (bitOffset > Integer.MAX_VALUE) {
      return null;
    }
    return new BtfField((int) bitOffset, bitSize, btf.sizeOf(type), type);
  }

  private boolean element(String index) {
    int array = btf.resolve(type);
    if (btf.kind(array) != Btf.ARRAY) {
      return false;
    }
    type = btf.word(array, 3);
    bitOffset += 8L * btf.sizeOf(type) * Integer.parseInt(index);
    return true;
  }

  private boolean member(String name) {
    return member(btf.resolve(type), name.getBytes(StandardCharsets.UTF_8), 0);
  }

  /** Members of the structure itself, and of what is in it without a name. */
  private boolean member(int structure, byte[] name, int depth) {
    int kind = btf.kind(structure);
    if ((kind != Btf.STRUCT && kind != Btf.UNION) || depth > Btf.MAX_DEPTH) {
      return false;
    }
    int info = btf.word(structure, 1);
    int members = info & 0xffff;
    for (int i = 0; i < members; i++) {
      int nameOffset = btf.word(structure, 3 + 3 * i);
      if (nameOffset != 0 && !btf.isNamed(nameOffset, name)) {
        continue;
      }
      int memberType = btf.word(structure, 4 + 3 * i);
      int offset = btf.word(structure, 5 + 3 * i);
      boolean sized = (info & KIND_FLAG) != 0;
      int start = sized ? offset & 0xffffff : offset;
      if (nameOffset == 0) {
        if (member(btf.resolve(memberType), name, depth + 1)) {
          bitOffset += start;
          return true;
        }
      } else {
        bitOffset += start;
        bitSize = sized ? offset >>> 24 : 0;
        type = memberType;
        return true;
      }
    }
    return false;
  }
}
