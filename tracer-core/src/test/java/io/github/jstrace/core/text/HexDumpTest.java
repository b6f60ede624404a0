// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lines are those of strace 6.1. */
class HexDumpTest {
  private final TextBuffer buffer = new TextBuffer();
  private final List<String> lines = new ArrayList<>();
  private final HexDump dump = new HexDump(buffer, () -> lines.add(line()));

  private String line() {
    return new String(buffer.array(), 0, buffer.length(), StandardCharsets.US_ASCII);
  }

  @Test
  void offsetsHaveTheDigitsThatTheLastOneNeeds() {
    byte[] text = "hello\n".getBytes(StandardCharsets.US_ASCII);
    dump.data(0, text, 6, 6);
    dump.data(0x110000, text, 6, 0x110006);
    assertEquals(
        List.of(
            " | 00000  68 65 6c 6c 6f 0a                                 hello.           |",
            " | 110000  68 65 6c 6c 6f 0a                                 hello.           |"),
        lines);
  }

  @Test
  void dataThatGoesOnWhereNothingIsMapped() {
    dump.missing(1, 77, 0x7f6dc9ba5000L);
    dump.missing(61441, 77, 0x7f6dc9ba5000L);
    assertEquals(
        List.of(
            " | <Cannot fetch 1 byte from pid 77 @0x7f6dc9ba5000>",
            " | <Cannot fetch 61441 bytes from pid 77 @0x7f6dc9ba5000>"),
        lines);
  }
}
