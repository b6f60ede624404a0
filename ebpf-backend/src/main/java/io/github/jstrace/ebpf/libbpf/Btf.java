// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.linux.MappedMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The types of the running kernel: where the fields of its structures are, and the ids that
 * programs are attached by. Format: Documentation/bpf/btf.rst of Linux 6.1.
 *
 * <p>Read in Java, since libbpf needs 14 ms to load the types of a kernel and a search through all
 * of them for every name. Here the types are walked once, for their places; a look-up compares the
 * names of structures, unions and typedefs only. Close it when the programs are loaded. One thread
 * at a time.
 */
public final class Btf implements AutoCloseable {
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
  static final int FUNC_PROTO = 13;
  static final int VAR = 14;
  static final int DATASEC = 15;
  private static final int FLOAT = 16;
  static final int DECL_TAG = 17;
  private static final int TYPE_TAG = 18;

  /** More typedefs, qualifiers and nested members than these are a loop in bad data. */
  static final int MAX_DEPTH = 32;

  private static final ByteBuffer GONE = ByteBuffer.allocateDirect(0);

  private final @Nullable MappedMemory mapping;
  private final TypeIndex index;
  private final int count;

  // most look-ups are for many fields of few structures
  private @Nullable String lastStructure;
  private int lastId;

  private ByteBuffer types;
  private ByteBuffer strings;

  /**
   * Finds where the types are.
   *
   * @param types the section of types, in native byte order
   * @param strings the section of strings
   * @param mapping what to close with this; null if nothing
   * @throws IllegalArgumentException if the types make no sense
   */
  Btf(ByteBuffer types, ByteBuffer strings, @Nullable MappedMemory mapping) {
    this.types = types;
    this.strings = strings;
    this.mapping = mapping;
    index = new TypeIndex(types.asIntBuffer());
    count = index.count();
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
    return id == 0 ? 0 : word(id, 1) >>> 24 & TypeIndex.KIND_MASK;
  }

  /** The name of a type; empty if it has none. */
  public String name(int id) {
    checkId(id);
    return id == 0 ? "void" : stringAt(word(id, 0));
  }

  private String stringAt(int offset) {
    if (offset < 0 || offset >= strings.limit()) {
      return "";
    }
    int end = offset;
    while (end < strings.limit() && strings.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - offset];
    strings.get(offset, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Whether the string at that offset is {@code name}, which is not empty. */
  boolean isNamed(int offset, byte[] name) {
    int length = name.length;
    if (offset <= 0 || offset >= strings.limit() - length || strings.get(offset) != name[0]) {
      return false;
    }
    for (int i = 1; i < length; i++) {
      if (strings.get(offset + i) != name[i]) {
        return false;
      }
    }
    return strings.get(offset + length) == 0;
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
    if (kind == STRUCT || kind == UNION || kind == TYPEDEF) {
      return index.find(bytes, kind, after, this);
    }
    for (int id = after + 1; id < count; id++) {
      if (kind(id) == kind && isNamed(word(id, 0), bytes)) {
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
        case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> resolved = word(resolved, 2);
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
      switch (kind(type)) {
        case ARRAY -> {
          size *= word(type, 5) & 0xffffffffL;
          type = word(type, 3);
        }
        case VAR, DECL_TAG -> type = word(type, 2);
        case PTR -> {
          return (int) (8 * size);
        }
        case INT, STRUCT, UNION, ENUM, ENUM64, DATASEC, FLOAT -> {
          return (int) (word(type, 2) * size);
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
    return kind(pointer) == PTR ? word(pointer, 2) : 0;
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
    if (structure.equals(lastStructure)) {
      BtfField field = field(lastId, path);
      if (field != null) {
        return field;
      }
    }
    for (int kind : new int[] {STRUCT, TYPEDEF, UNION}) {
      for (int id = find(structure, kind, 0); id != 0; id = find(structure, kind, id)) {
        BtfField field = field(resolve(id), path);
        if (field != null) {
          lastStructure = structure;
          lastId = id;
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

  /** Word {@code offset} of a type: 1 has kind and number of members, the members follow 2. */
  int word(int id, int offset) {
    return types.getInt(4 * (index.start(id) + offset));
  }

  /** Unmaps the types; look-ups after that fail. */
  @Override
  public void close() {
    types = GONE;
    strings = GONE;
    if (mapping != null) {
      mapping.close();
    }
  }
}
