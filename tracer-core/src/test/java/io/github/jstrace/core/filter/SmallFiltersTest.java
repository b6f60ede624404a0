// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sets of signals, statuses and other few names; that strace words the errors so is tested with the
 * command line.
 */
class SmallFiltersTest {
  @Test
  void signalsByNameInAnyCaseAndByNumber() throws FilterSyntaxException {
    SignalFilter filter = SignalFilter.parse("int,SIGTERM,Hup,34,SIGRT_3");
    for (int signal : new int[] {2, 15, 1, 34, 35}) {
      assertTrue(filter.contains(signal), "signal " + signal);
    }
    assertFalse(filter.contains(9));
    assertFalse(filter.contains(300));
    assertTrue(SignalFilter.parse("!int").contains(9));
    assertFalse(SignalFilter.parse("!int").contains(2));
    assertTrue(SignalFilter.parse("!none").contains(2));
    assertFalse(SignalFilter.parse("!all").contains(2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "foo",
        "SIG",
        "-1",
        "256",
        "?int",
        "int,foo",
        "none,int",
        "SIGRTMIN+3",
        "1x"
      })
  void noSignals(String text) {
    assertThrows(FilterSyntaxException.class, () -> SignalFilter.parse(text));
  }

  @Test
  void statuses() throws FilterSyntaxException {
    assertTrue(StatusFilter.parse("failed").contains(StatusFilter.FAILED));
    assertFalse(StatusFilter.parse("failed").contains(StatusFilter.SUCCESSFUL));
    assertFalse(StatusFilter.parse("!failed").contains(StatusFilter.FAILED));
    assertTrue(StatusFilter.parse("!failed").contains(StatusFilter.DETACHED));
    assertTrue(StatusFilter.parse("all").isAll());
    assertTrue(StatusFilter.parse("successful,failed,unfinished,unavailable,detached").isAll());
    assertFalse(StatusFilter.parse("none").contains(StatusFilter.UNFINISHED));
  }

  @Test
  void namedBits() throws FilterSyntaxException {
    assertEquals(0b101, NamedBits.parse("a,c", "letter", "a", "b", "c"));
    assertEquals(0b010, NamedBits.parse("!a,c", "letter", "a", "b", "c"));
    assertEquals(0b111, NamedBits.parse("!none", "letter", "a", "b", "c"));
    FilterSyntaxException e =
        assertThrows(FilterSyntaxException.class, () -> NamedBits.parse("a,d", "letter", "a"));
    assertEquals("invalid letter 'd'", e.getMessage());
  }
}
