// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CallerStateTest {
  @Test
  void numbersOfAList() {
    assertArrayEquals(new int[] {}, CallerState.numbers(null));
    assertArrayEquals(new int[] {}, CallerState.numbers(""));
    assertArrayEquals(new int[] {0}, CallerState.numbers("0"));
    assertArrayEquals(new int[] {3, 7, 255}, CallerState.numbers("255,3,7"));
    assertArrayEquals(new int[] {1, 2}, CallerState.numbers(",1,,2,"));
  }

  @Test
  void stringsAreSplitAtNuls() {
    assertEquals(0, CallerState.split(new byte[0]).length);
    byte[][] two = CallerState.split("A=1\0\0".getBytes(StandardCharsets.US_ASCII));
    assertEquals(2, two.length);
    assertArrayEquals("A=1".getBytes(StandardCharsets.US_ASCII), two[0]);
    assertArrayEquals(new byte[0], two[1]);
    assertEquals(1, CallerState.split("cut".getBytes(StandardCharsets.US_ASCII)).length);
  }

  @Test
  void argumentsOfACallerInJavaAreEncoded() {
    CallerState state = CallerState.read(Libc.get());
    String[] args = {"no", "such", "command line"};
    byte[][] bytes = state.arguments(args);
    assertEquals(3, bytes.length);
    assertArrayEquals("command line".getBytes(StandardCharsets.US_ASCII), bytes[2]);
  }

  @Test
  void maskOfTheFirstThreadIsTheCallers() throws java.io.IOException {
    CallerState state = CallerState.read(Libc.get());
    String status = java.nio.file.Files.readString(java.nio.file.Path.of("/proc/self/status"));
    int at = status.indexOf("SigBlk:\t") + 8;
    assertEquals(Long.parseUnsignedLong(status.substring(at, at + 16), 16), state.blockedSignals());
  }
}
