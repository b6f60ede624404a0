// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of the bits or values of an argument or field: a file of {@code flags/}. Immutable.
 *
 * <p>A row belongs to no field (plain bits), or to a {@link Field}, which is a part of the number
 * that holds one value.
 */
public final class FlagSet {
  /** How a {@link Field} is shown. */
  enum Kind {
    /** {@code !mask}: by the row of its value. */
    VALUES,
    /** {@code !shift}: {@code 21<<MAP_HUGE_SHIFT} unless 0. */
    SHIFT,
    /** {@code !signal}: as a signal unless 0. */
    SIGNAL
  }

  /**
   * A part of the number that holds one value.
   *
   * @param mask the bits in place
   * @param word of {@code VALUES} the remark on a value without a name, or null to leave its bits
   *     to the rest; of {@code SHIFT} the name of the shift
   */
  record Field(Kind kind, long mask, @Nullable String word) {}

  /** A constant; {@code values} and {@code present} are indexed by {@link Abi#ordinal()}. */
  record Row(String name, long[] values, boolean[] present, @Nullable Field field) {}

  /**
   * What flags a number consists of.
   *
   * @param names in the order of the set; empty if none is known
   * @param rest the bits that have no name
   * @param lateBits those that the last name stands for, which is shown behind the rest: a shift or
   *     a signal; 0 if there is none
   * @param signal whether that is a signal
   */
  public record Decomposition(String[] names, long rest, long lateBits, boolean signal) {}

  private static final String[] NO_NAMES = {};

  private final String name;
  private final @Nullable String unknown;
  private final boolean alternatives;
  private final boolean split;
  private final Row[] rows;

  FlagSet(String name, @Nullable String unknown, boolean alternatives, boolean split, Row[] rows) {
    this.name = name;
    this.unknown = unknown;
    this.alternatives = alternatives;
    this.split = split;
    this.rows = rows;
  }

  /** The name of the file without its suffix. */
  public String name() {
    return name;
  }

  /** What to remark on a number without any name, such as {@code O_???}; null for nothing. */
  public @Nullable String unknown() {
    return unknown;
  }

  /**
   * {@code !split}: the bits of the field that the set begins with, which is shown apart from the
   * flags where raw numbers are shown; 0 for other sets.
   */
  public long splitMask() {
    Field first = rows.length == 0 ? null : rows[0].field;
    return split && first != null ? first.mask : 0;
  }

  /** {@code !split}: what is remarked on a value of that field that has no name. */
  public @Nullable String splitUnknown() {
    Field first = rows.length == 0 ? null : rows[0].field;
    return first == null ? null : first.word;
  }

  /** {@code !split}: the constant that is this value of that field, or null. */
  public @Nullable String splitNameOf(long value, Abi abi) {
    Field first = rows.length == 0 ? null : rows[0].field;
    for (Row row : rows) {
      if (row.field == first
          && row.present[abi.ordinal()]
          && sameNumber(row.values[abi.ordinal()], value)) {
        return row.name;
      }
    }
    return null;
  }

  /** The value of a constant in an ABI, or null if the ABI has no such constant. */
  public @Nullable Long lookup(String constant, Abi abi) {
    for (Row row : rows) {
      if (row.name.equals(constant) && row.present[abi.ordinal()]) {
        return row.values[abi.ordinal()];
      }
    }
    return null;
  }

  /** All constants of an ABI, in order. */
  public List<String> names(Abi abi) {
    List<String> names = new ArrayList<>(rows.length);
    for (Row row : rows) {
      if (row.present[abi.ordinal()]) {
        names.add(row.name);
      }
    }
    return names;
  }

  /**
   * The constant that is this value, or null. Of several the first, unless the file says {@code
   * !alternatives}: then all in the order of the alphabet, joined by {@code " or "}; those that are
   * made by a macro, as {@code MIXER_READ(1)}, come first.
   *
   * @param value sign-extended or zero-extended if it has 32 bits
   */
  public @Nullable String nameOf(long value, Abi abi) {
    String first = null;
    List<String> all = null;
    for (Row row : rows) {
      if (row.present[abi.ordinal()] && sameNumber(row.values[abi.ordinal()], value)) {
        if (!alternatives) {
          return row.name;
        }
        if (first == null) {
          first = row.name;
        } else {
          all = all == null ? new ArrayList<>(List.of(first)) : all;
          insert(all, row.name);
        }
      }
    }
    return all == null ? first : String.join(" or ", all);
  }

  private static void insert(List<String> names, String name) {
    int at = 0;
    while (at < names.size() && isBefore(names.get(at), name)) {
      at++;
    }
    if (at == names.size() || !names.get(at).equals(name)) {
      names.add(at, name);
    }
  }

  private static boolean isBefore(String a, String b) {
    boolean macro = a.indexOf('(') >= 0;
    return macro == b.indexOf('(') >= 0 ? a.compareTo(b) < 0 : macro;
  }

  /** Whether two numbers are equal, or both fit into 32 bits and are equal in these. */
  private static boolean sameNumber(long a, long b) {
    return a == b || (int) a == (int) b && fitsInt(a) && fitsInt(b);
  }

  private static boolean fitsInt(long value) {
    return value == (int) value || value >>> Integer.SIZE == 0;
  }

  /**
   * Splits a number into flags as strace does: rows in order, each taking its bits away if all of
   * them are left.
   *
   * @param value zero-extended if it has 32 bits
   */
  public Decomposition decompose(long value, Abi abi) {
    int a = abi.ordinal();
    List<String> names = null;
    long rest = value;
    Field done = null;
    String late = null;
    Field lateField = null;
    for (int i = 0; i < rows.length; i++) {
      Row row = rows[i];
      Field field = row.field;
      String found = null;
      if (field != null) {
        if (field != done) {
          done = field;
          found = nameOfField(field, i, value & field.mask, a);
          if (found != null) {
            rest &= ~field.mask;
          }
          if (field.kind != Kind.VALUES) {
            late = found == null ? late : found;
            lateField = found == null ? lateField : field;
            continue;
          }
        }
      } else if (row.present[a]) {
        long bits = row.values[a];
        if (bits == 0 ? value == 0 : (rest & bits) == bits) {
          found = row.name;
          rest &= ~bits;
        }
      }
      if (found != null) {
        if (names == null) {
          names = new ArrayList<>();
        }
        names.add(found);
      }
    }
    if (late != null) {
      if (names == null) {
        names = new ArrayList<>();
      }
      names.add(late);
    }
    return new Decomposition(
        names == null ? NO_NAMES : names.toArray(NO_NAMES),
        rest,
        lateField == null ? 0 : value & lateField.mask,
        lateField != null && lateField.kind == Kind.SIGNAL);
  }

  /**
   * What to print for the part of the number that a field covers; its rows begin at {@code first}.
   */
  private @Nullable String nameOfField(Field field, int first, long value, int a) {
    if (field.kind == Kind.SHIFT) {
      return value == 0
          ? null
          : (value >>> Long.numberOfTrailingZeros(field.mask)) + "<<" + field.word;
    }
    if (field.kind == Kind.SIGNAL) {
      String signal = Signals.name(value);
      return value == 0 ? null : signal == null ? Long.toString(value) : signal;
    }
    for (int i = first; i < rows.length && rows[i].field == field; i++) {
      if (rows[i].present[a] && rows[i].values[a] == value) {
        return rows[i].name;
      }
    }
    return field.word == null || value == 0
        ? null
        : "0x" + Long.toHexString(value) + " /* " + field.word + " */";
  }
}
