// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import org.jspecify.annotations.Nullable;

/**
 * What an argument, field or result is, as the tables write it (the grammar is in {@code
 * ARCHITECTURE.md}). Pure syntax: names are not looked up here.
 *
 * @param direction when memory behind it is read
 * @param core the type itself
 * @param condition what must hold for it to be there at all, or null
 */
public record TypeExpr(Direction direction, Core core, @Nullable Condition condition) {

  /** When what a pointer points at is read. */
  public enum Direction {
    /** At entry. */
    IN,
    /** At exit, if the call succeeded. */
    OUT,
    /** Both. */
    INOUT
  }

  /** The type proper. */
  public sealed interface Core {}

  /**
   * A scalar, set, struct or Java type; {@code params} is the text between the angle brackets,
   * split at commas.
   */
  public record Named(String name, String... params) implements Core {}

  public record Pointer(Core target) implements Core {}

  /** {@code length} is a number, the name of a sibling, or {@code ret}. */
  public record Array(Core element, String length) implements Core {}

  /** The first case that has the value of {@code ref} decides. */
  public record Switch(Ref ref, Case... cases) implements Core {}

  /** {@code constants} is empty for {@code *}. */
  public record Case(String[] constants, TypeExpr type) {}

  /** A sibling argument or field; {@code mask} is -1 for all of its bits. */
  public record Ref(String name, long mask) {}

  /** The comparison of a {@link Condition}. */
  public enum Test {
    /** Any of the masked bits is set. */
    NON_ZERO,
    EQUAL,
    NOT_EQUAL,
    /** Less than the constant. */
    LESS,
    /** The constant or more. */
    AT_LEAST
  }

  /**
   * {@code mask} is empty for all bits; {@code constants} are the values to compare with, or empty.
   */
  public record Condition(String ref, String[] mask, Test test, String[] constants) {}
}
