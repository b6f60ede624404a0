// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.text.TextBuffer;
import io.github.jstrace.core.text.TextOptions;
import io.github.jstrace.core.text.TextRenderer;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import org.junit.jupiter.api.Test;

/** Texts of {@code /proc/PID/fdinfo} as kernels of several years write them. */
class FdContentTest {
  private static final String HEAD = "pos:\t0\nflags:\t02\nmnt_id:\t17\nino:\t1038\n";

  private static String shown(int kind, String text, TextOptions.Constants constants) {
    Value value = FdContent.of(Abi.X86_64, 3, kind, text.getBytes(US_ASCII));
    if (value == null) {
      return "nothing";
    }
    TextBuffer out = new TextBuffer();
    new TextRenderer(out, new TextOptions().setConstants(constants)).render(value, true);
    return new String(out.array(), 0, out.length(), US_ASCII);
  }

  private static String eventfd(String text) {
    return shown(DecodeOptions.FD_EVENTFD, HEAD + text, TextOptions.Constants.ABBREV);
  }

  @Test
  void eventfds() {
    assertEquals(
        "3<{eventfd-count=0x5, eventfd-id=1, eventfd-semaphore=1}>",
        eventfd("eventfd-count:                5\neventfd-id: 1\neventfd-semaphore: 1\n"));
    assertEquals(
        "3<{eventfd-count=0xfffffffffffffffe, eventfd-id=70000}>",
        eventfd("eventfd-count: fffffffffffffffe\neventfd-id: 70000\n"));
    assertEquals("3<{eventfd-count=0}>", eventfd("eventfd-count:                0\n"));
    assertEquals("nothing", eventfd(""));
    assertEquals("3<{eventfd-count=0xffffffffffffffff}>", eventfd("eventfd-count: many"));
  }

  @Test
  void signalfds() {
    String text = HEAD + "sigmask:\t0000001000010800\n";
    int kind = DecodeOptions.FD_SIGNALFD;
    assertEquals("3<signalfd:[USR2 CHLD RT_5]>", shown(kind, text, TextOptions.Constants.ABBREV));
    assertEquals("3<signalfd:[12 17 37]>", shown(kind, text, TextOptions.Constants.RAW));
    assertEquals("nothing", shown(kind, HEAD, TextOptions.Constants.RAW));
  }
}
