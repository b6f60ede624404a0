// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.text.TextOptions.Constants;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.FlagSets;
import io.github.jstrace.tables.Signals;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever reads flags back as text gets the number that they were. */
@Tag("any-java")
class FlagTextTest {
  private static String text(Value value, Constants constants) {
    TextBuffer out = new TextBuffer();
    new TextRenderer(out, new TextOptions().setConstants(constants)).render(value, true);
    return new String(out.array(), 0, out.length(), ISO_8859_1);
  }

  private static long parse(String text, FlagSet set, Abi abi) {
    long value = 0;
    for (String part : text.split("\\|")) {
      if (part.matches("0x[0-9a-f]+|0|[1-9][0-9]*")) {
        value |=
            Long.parseUnsignedLong(part.replaceFirst("^0x", ""), part.startsWith("0x") ? 16 : 10);
      } else if (part.startsWith("SIG")) {
        value |= Signals.number(part);
      } else if (part.contains("<<")) {
        String[] shifted = part.split("<<");
        assertEquals("MAP_HUGE_SHIFT", shifted[1]);
        value |= Long.parseLong(shifted[0]) << 26;
      } else {
        Long constant = set.lookup(part, abi);
        assertTrue(constant != null, () -> part + " is not in the set");
        value |= constant;
      }
    }
    return value;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "open",
        "mmap_prot",
        "mmap_flags",
        "clone_flags",
        "msg_flags",
        "epoll_events",
        "at",
        "sigaction_flags",
        "poll_events",
        "statx_mask",
        "termios_cflag"
      })
  void flagsReadBack(String name) {
    FlagSet set = FlagSets.get(name);
    assertTrue(set != null, name);
    Random random = new Random(name.hashCode());
    for (Abi abi : Abi.inTables()) {
      for (int i = 0; i < 500; i++) {
        long raw = random.nextInt() & (i % 2 == 0 ? 0xffffffffL : random.nextInt() & 0xffffffffL);
        FlagSet.Decomposition parts = set.decompose(raw, abi);
        Value.Sym sym =
            new Value.Sym(raw, Value.Base.HEX, parts.names(), parts.rest(), set.unknown(), true);
        String abbreviated = text(sym, Constants.ABBREV).replaceAll(" /\\*[^*]*\\*/", "");
        assertEquals(raw, parse(abbreviated, set, abi), abbreviated);
        assertEquals(raw, parse(text(sym, Constants.RAW), set, abi));
        String[] both = text(sym, Constants.VERBOSE).split(" /\\* | \\*/");
        assertEquals(raw, parse(both[0], set, abi));
      }
    }
  }
}
