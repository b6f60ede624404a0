// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The types of the running kernel: where the fields of its structures are, and the ids that
 * programs are attached by. Format: Documentation/bpf/btf.rst of Linux 6.1.
 *
 * <p>Read in Java, since libbpf needs 14 ms to load the types of a kernel and a search through all
 * of them for every name. Here the types are walked once, for their places; a look-up compares the
 * names of structures, unions and typedefs only. Immutable; holds some 6 MB, so let go of it when
 * the programs are loaded.
 */
public final class Btf {
  /** Kinds of types, linux/btf.h. */
  public static final int INT = 1;

  public static final int PTR = 2;
  public static final int ARRAY = 3;
  public static final int STRUCT = 4;
  public static final int UNION = 5;
  public static final int ENUM = 6;
  public static final int TYPEDEF = 8;
  public static final int FUNC = 12;
  public static final int ENUM64 = 19;

  private static final int VOLATILE = 9;
  private static final int CONST = 10;
  private static final int RESTRICT = 11;
  private static final int FUNC_PROTO = 13;
  private static final int VAR = 14;
  private static final int DATASEC = 15;
  private static final int FLOAT = 16;
  private static final int DECL_TAG = 17;
  private static final int TYPE_TAG = 18;

  private static final int KIND_MASK = 0x1f;

  /** Words of a type by its kind: so many always, and so many a member. */
  private static final int[] FIXED = new int[KIND_MASK + 1];

  private static final byte[] PER_MEMBER = new byte[KIND_MASK + 1];
  private static final boolean[] IS_COMPOSITE = new boolean[KIND_MASK + 1];

  static {
    // what an unknown kind has is unknown: so much that the section ends
    Arrays.fill(FIXED, 1 << 30);
    Arrays.fill(FIXED, PTR, ENUM64 + 1, 3);
    FIXED[INT] = 4;
    FIXED[ARRAY] = 6;
    FIXED[VAR] = 4;
    FIXED[DECL_TAG] = 4;
    PER_MEMBER[STRUCT] = 3;
    PER_MEMBER[UNION] = 3;
    PER_MEMBER[ENUM] = 2;
    PER_MEMBER[FUNC_PROTO] = 2;
    PER_MEMBER[DATASEC] = 3;
    PER_MEMBER[ENUM64] = 3;
    IS_COMPOSITE[STRUCT] = true;
    IS_COMPOSITE[UNION] = true;
    IS_COMPOSITE[TYPEDEF] = true;
  }

  /** More typedefs, qualifiers and nested members than these are a loop in bad data. */
  static final int MAX_DEPTH = 32;

  /**
   * Types that one call of {@link #walk} passes: few, so that it is called often and soon runs
   * compiled; one loop over all would be interpreted for half of its way.
   */
  private static final int WALK = 64;

  /** The section of types, as words. */
  private final int[] words;

  private final byte[] strings;

  /** Where each type begins in {@link #words}; the index is its id, and 0 is void. */
  private int[] starts;

  /** The ids of structures, unions and typedefs. */
  private int[] composites;

  private int count = 1;
  private int compositeCount;

  /**
   * Finds where the types are.
   *
   * @throws IllegalArgumentException if they do not fill the section exactly
   */
  Btf(int[] words, byte[] strings) {
    this.words = words;
    this.strings = strings;
    // a type has some 6 words, one in 8 of them is a structure or a typedef
    starts = new int[words.length / 6 + WALK];
    composites = new int[words.length / 48 + WALK];
    int at = 0;
    while (at < words.length) {
      if (count + WALK > starts.length) {
        starts = Arrays.copyOf(starts, 2 * starts.length);
      }
      if (compositeCount + WALK > composites.length) {
        composites = Arrays.copyOf(composites, 2 * composites.length);
      }
      at = walk(at);
    }
  }

  /** Notes where the next {@link #WALK} types begin, of which the first does at {@code at}. */
  private int walk(int at) {
    int[] all = words;
    int end = all.length - 2;
    int next = at;
    int id = count;
    int last = id + WALK;
    for (; id < last && next < end; id++) {
      int info = all[next + 1];
      int kind = info >>> 24 & KIND_MASK;
      if (IS_COMPOSITE[kind]) {
        composites[compositeCount++] = id;
      }
      starts[id] = next;
      next += FIXED[kind] + PER_MEMBER[kind] * (info & 0xffff);
    }
    count = id;
    if (next > all.length || (next < all.length && next >= end)) {
      throw new IllegalArgumentException("its types make no sense up to their end");
    }
    return next;
  }

  /**
   * The types of the running kernel.
   *
   * @throws Unavailable if it has none
   */
  public static Btf kernel() throws Unavailable {
    return BtfFile.read(BtfFile.KERNEL);
  }

  /** The number of types, void (0) among them. */
  public int count() {
    return count;
  }

  private void checkId(int id) {
    if (id < 0 || id >= count) {
      throw new IllegalArgumentException("there is no BTF type " + id);
    }
  }

  /** The kind of a type, {@link #STRUCT} or another; 0 for void. */
  public int kind(int id) {
    checkId(id);
    return id == 0 ? 0 : words[starts[id] + 1] >>> 24 & KIND_MASK;
  }

  /** The name of a type; empty if it has none. */
  public String name(int id) {
    checkId(id);
    return id == 0 ? "void" : stringAt(words[starts[id]]);
  }

  private String stringAt(int offset) {
    if (offset < 0 || offset >= strings.length) {
      return "";
    }
    int end = offset;
    while (end < strings.length && strings[end] != 0) {
      end++;
    }
    return new String(strings, offset, end - offset, StandardCharsets.UTF_8);
  }

  /** Whether the string at that offset is {@code name}, which is not empty. */
  boolean isNamed(int offset, byte[] name) {
    int length = name.length;
    if (offset <= 0 || offset >= strings.length - length || strings[offset] != name[0]) {
      return false;
    }
    for (int i = 1; i < length; i++) {
      if (strings[offset + i] != name[i]) {
        return false;
      }
    }
    return strings[offset + length] == 0;
  }

  /**
   * The id of the first type of that name and kind; 0 if there is none. Fast for structures, unions
   * and typedefs.
   *
   * @param kind {@link #STRUCT} or another
   */
  public int find(String name, int kind) {
    return find(name, kind, 0);
  }

  private int find(String name, int kind, int after) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0) {
      return 0;
    }
    boolean listed = kind == STRUCT || kind == UNION || kind == TYPEDEF;
    int candidates = listed ? compositeCount : count - 1;
    for (int i = 0; i < candidates; i++) {
      int id = listed ? composites[i] : i + 1;
      int at = starts[id];
      if (id > after && (words[at + 1] >>> 24 & KIND_MASK) == kind && isNamed(words[at], bytes)) {
        return id;
      }
    }
    return 0;
  }

  /**
   * The type behind typedefs and qualifiers; 0 for void.
   *
   * @throws IllegalArgumentException if they go round in a circle
   */
  public int resolve(int id) {
    int resolved = id;
    for (int i = 0; i < MAX_DEPTH; i++) {
      switch (kind(resolved)) {
        case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> resolved = words[starts[resolved] + 2];
        default -> {
          return resolved;
        }
      }
    }
    throw new IllegalArgumentException("BTF type " + id + " stands for itself");
  }

  /**
   * Size of a value of a type in bytes; 0 if it has none.
   *
   * @param id any type; typedefs and qualifiers are followed
   */
  public int sizeOf(int id) {
    long size = 1;
    int type = id;
    for (int i = 0; i < MAX_DEPTH; i++) {
      type = resolve(type);
      int at = starts[type];
      switch (kind(type)) {
        case ARRAY -> {
          size *= words[at + 5] & 0xffffffffL;
          type = words[at + 3];
        }
        case VAR, DECL_TAG -> type = words[at + 2];
        case PTR -> {
          return (int) (8 * size);
        }
        case INT, STRUCT, UNION, ENUM, ENUM64, DATASEC, FLOAT -> {
          return (int) (words[at + 2] * size);
        }
        default -> {
          return 0;
        }
      }
    }
    return 0;
  }

  /** The type that a pointer points to, unresolved; 0 for void and for what is no pointer. */
  public int target(int id) {
    int pointer = resolve(id);
    return kind(pointer) == PTR ? words[starts[pointer] + 2] : 0;
  }

  /**
   * A field of a structure.
   *
   * @param structure the name of a structure or union, or a typedef of one
   * @param path the field, with {@code .} and {@code [n]} for fields of fields: {@code
   *     thread_info.status}, {@code rlim[3].rlim_cur}. Members of unnamed structures and unions are
   *     found as in C
   * @return null if there is no such structure or field
   */
  public @Nullable BtfField field(String structure, String path) {
    for (int kind : new int[] {STRUCT, TYPEDEF, UNION}) {
      for (int id = find(structure, kind, 0); id != 0; id = find(structure, kind, id)) {
        BtfField field = field(resolve(id), path);
        if (field != null) {
          return field;
        }
      }
    }
    return null;
  }

  /** As {@link #field(String, String)}, of a type that is known. */
  public @Nullable BtfField field(int structure, String path) {
    checkId(structure);
    return new FieldSearch(this).find(structure, path);
  }

  /**
   * Where a field begins, in bytes from the beginning of the structure.
   *
   * @throws Unavailable if this kernel has no such field, or it is a bit-field
   */
  public int offset(String structure, String path) throws Unavailable {
    BtfField field = field(structure, path);
    if (field == null || field.isBitfield()) {
      throw new Unavailable(
          "the eBPF backend does not know this kernel: there is no field "
              + path
              + " in its structure "
              + structure);
    }
    return field.offset();
  }

  // --- for FieldSearch

  /** Word {@code index} of a type: 1 has kind and number of members, the members follow 2. */
  int word(int id, int index) {
    return words[starts[id] + index];
  }
}
