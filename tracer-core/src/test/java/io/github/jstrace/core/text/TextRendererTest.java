// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.text.TextOptions.Constants;
import io.github.jstrace.core.text.TextOptions.HexStrings;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.core.value.Value.Base;
import org.junit.jupiter.api.Test;

/** The expected texts were printed by strace 6.1 for such arguments. */
class TextRendererTest {
  private static final Value AF_UNKNOWN = sym(0x63, "AF_???");
  private static final Value FLAGS =
      new Value.Sym(
          0x40000042, Base.HEX, new String[] {"O_RDWR", "O_CREAT"}, 0x40000000, null, true);
  private static final Value MODE =
      new Value.Or(
          0100644,
          Base.OCT,
          new Value.Sym(0100000, Base.OCT, new String[] {"S_IFREG"}, 0, null, false),
          new Value.Num(0644, Base.PERM));
  private static final Value SOCKET_TYPE =
      new Value.Or(
          0x80001, Base.HEX, Value.name(1, "SOCK_STREAM"), Value.name(0x80000, "SOCK_CLOEXEC"));
  private static final Value PORT =
      new Value.Coded(bytes("\0\10"), new Value.Macro("htons", Value.dec(8)));
  private static final Value DEVICE =
      new Value.Coded(Value.hex(0x103), new Value.Macro("makedev", Value.hex(1), Value.hex(3)));
  private static final Value SIGNALS = new Value.NameSet(new String[] {"USR1", "RT_8"}, false);
  private static final Value CWD =
      new Value.Fd(-100, "AT_FDCWD", "/tmp/a<b>\n".getBytes(US_ASCII), false, null);

  private static Value sym(long raw, String unknown) {
    return new Value.Sym(raw, Base.HEX, Value.NO_NAMES, raw, unknown, false);
  }

  private static Value bytes(String latin1) {
    return new Value.Str(latin1.getBytes(ISO_8859_1), false, false, false);
  }

  private static String text(Value value, Constants constants, HexStrings hex, boolean brief) {
    TextBuffer out = new TextBuffer();
    new TextRenderer(out, new TextOptions().setConstants(constants).setHexStrings(hex))
        .render(value, brief);
    return new String(out.array(), 0, out.length(), ISO_8859_1);
  }

  private static String text(Value value) {
    return text(value, Constants.ABBREV, HexStrings.NONE, true);
  }

  private static String quoted(String latin1, HexStrings hex) {
    return text(bytes(latin1), Constants.ABBREV, hex, true);
  }

  private static void constants(String abbrev, String raw, String verbose, Value value) {
    assertEquals(abbrev, text(value));
    assertEquals(raw, text(value, Constants.RAW, HexStrings.NONE, true));
    assertEquals(verbose, text(value, Constants.VERBOSE, HexStrings.NONE, true));
  }

  @Test
  void numbers() {
    assertEquals("-1", text(Value.dec(-1)));
    assertEquals("-9223372036854775808", text(Value.dec(Long.MIN_VALUE)));
    assertEquals("18446744073709551615", text(Value.udec(-1)));
    assertEquals("0", text(Value.hex(0)));
    assertEquals("0x53053053", text(Value.hex(0x53053053)));
    assertEquals("0xffffffffffffffff", text(Value.hex(-1)));
    assertEquals("000", text(new Value.Num(0, Base.PERM)));
    assertEquals("007", text(new Value.Num(7, Base.PERM)));
    assertEquals("022", text(new Value.Num(022, Base.PERM)));
    assertEquals("04755", text(new Value.Num(04755, Base.PERM)));
    assertEquals("0174644", text(new Value.Num(0174644, Base.PERM)));
    assertEquals("0", text(new Value.Num(0, Base.OCT)));
    assertEquals("NULL", text(Value.NULL));
    assertEquals("0x7ffc37334f10", text(Value.unreadable(0x7ffc37334f10L)));
  }

  @Test
  void stringsInOctal() {
    String[][] cases = {
      {
        "a\n\t\33[0m\0z\0" + "1\1" + "8\1\377\"\\\0/t",
        "a\\n\\t\\33[0m\\0z\\0001\\18\\1\\377\\\"\\\\\\0/t"
      },
      {"\t\n\u000b\f\r\\\"'", "\\t\\n\\v\\f\\r\\\\\\\"'"},
      {"\1778", "\\1778"},
      {"\u00ff77", "\\37777"},
      {"~ ", "~ "},
      {"\u00c3\u00a4", "\\303\\244"},
      {"<>&", "<>&"},
      {"", ""}
    };
    for (String[] each : cases) {
      assertEquals('"' + each[1] + '"', quoted(each[0], HexStrings.NONE));
    }
  }

  @Test
  void stringsInHex() {
    assertEquals(
        "\"\\t\\n\\v\\f\\r\\\\\\\"'\"", quoted("\t\n\u000b\f\r\\\"'", HexStrings.NON_ASCII));
    assertEquals("\"\\xff\\x37\\x37\"", quoted("\u00ff77", HexStrings.NON_ASCII));
    assertEquals("\"\\x7f\"", quoted("\177", HexStrings.NON_ASCII));
    assertEquals("\"~ \"", quoted("~ ", HexStrings.NON_ASCII));
    assertEquals("\"\\x7e\\x20\"", quoted("~ ", HexStrings.ALL));
    assertEquals("\"\"", quoted("", HexStrings.ALL));
    assertEquals("\"\\x01a\"", quoted("\1a", HexStrings.NON_ASCII_CHARS));
    assertEquals("\"a<b>\\n\\x1b[\"", quoted("a<b>\n\33[", HexStrings.NON_ASCII_CHARS));
  }

  @Test
  void truncatedString() {
    assertEquals(
        "\"aaaaa\\0017a\\2\"...",
        text(new Value.Str("aaaaa\0017a\2".getBytes(ISO_8859_1), true, false, false)));
    assertEquals("\"\"...", text(new Value.Str(new byte[0], true, false, false)));
  }

  @Test
  void constantsInAllStyles() {
    constants("0x63 /* AF_??? */", "0x63", "0x63 /* AF_??? */", AF_UNKNOWN);
    constants("0", "0", "0", new Value.Sym(0, Base.HEX, Value.NO_NAMES, 0, null, true));
    constants(
        "O_RDWR|O_CREAT|0x40000000",
        "0x40000042",
        "0x40000042 /* O_RDWR|O_CREAT|0x40000000 */",
        FLAGS);
    constants("S_IFREG|0644", "0100644", "0100644 /* S_IFREG|0644 */", MODE);
    constants(
        "SOCK_STREAM|SOCK_CLOEXEC",
        "0x1|0x80000",
        "0x1 /* SOCK_STREAM */|0x80000 /* SOCK_CLOEXEC */",
        SOCKET_TYPE);
    constants("htons(8)", "\"\\x00\\x08\"", "\"\\x00\\x08\" /* htons(8) */", PORT);
    constants("makedev(0x1, 0x3)", "0x103", "0x103 /* makedev(0x1, 0x3) */", DEVICE);
    constants("[USR1 RT_8]", "[10 40]", "[10 /* USR1 */ 40 /* RT_8 */]", SIGNALS);
    constants(
        "AT_FDCWD</tmp/a\\74b\\76\\n>",
        "-100</tmp/a\\74b\\76\\n>",
        "-100 /* AT_FDCWD */</tmp/a\\74b\\76\\n>",
        CWD);
    constants(
        "SIGUSR1",
        "10",
        "10 /* SIGUSR1 */",
        new Value.Sym(10, Base.DEC, new String[] {"SIGUSR1"}, 0, null, false));
  }

  @Test
  void descriptors() {
    byte[] path = "/tmp/kk<".getBytes(US_ASCII);
    assertEquals("3</tmp/kk\\74>(deleted)", text(new Value.Fd(3, null, path, true, null)));
    byte[] device = "/dev/null".getBytes(US_ASCII);
    Value nullDevice = new Value.Fd(0, null, device, false, "char 1:3");
    assertEquals("0</dev/null<char 1:3>>", text(nullDevice));
    assertEquals(
        "0<\\x2f\\x64\\x65\\x76\\x2f\\x6e\\x75\\x6c\\x6c<char 1:3>>",
        text(nullDevice, Constants.ABBREV, HexStrings.ALL, true));
    assertEquals(
        "4<UNIX-STREAM:[41615]>", text(new Value.Fd(4, null, null, false, "UNIX-STREAM:[41615]")));
    assertEquals("-1", text(new Value.Fd(-1, null, null, false, null)));
    assertEquals(
        "2<a> /* 77 in strace's PID NS */", text(new Value.Pid(2, "a".getBytes(US_ASCII), 77)));
    assertEquals("21770<a\\74b\\76>", text(new Value.Pid(21770, "a<b>".getBytes(US_ASCII), 0)));
  }

  @Test
  void structs() {
    Value stat =
        new Value.Struct(
            new Value.Field[] {
              new Value.Field("st_dev", DEVICE, true),
              new Value.Field("st_mode", MODE, false),
              new Value.Field("st_size", Value.udec(0), false),
              new Value.Field("st_ino", Value.udec(5), true)
            },
            false);
    assertEquals("{st_mode=S_IFREG|0644, st_size=0, ...}", text(stat));
    assertEquals(
        "{st_dev=makedev(0x1, 0x3), st_mode=S_IFREG|0644, st_size=0, st_ino=5}",
        text(stat, Constants.ABBREV, HexStrings.NONE, false));
    assertEquals("{...}", text(new Value.Struct(new Value.Field[0], true)));
    assertEquals("{}", text(Value.struct()));
  }

  @Test
  void collections() {
    assertEquals(
        "[100 => 16]", text(Value.array(new Value.Changed(Value.dec(100), Value.dec(16)))));
    assertEquals(
        "[1, 2, ...]", text(new Value.Arr(new Value[] {Value.dec(1), Value.dec(2)}, true)));
    assertEquals("[...]", text(new Value.Arr(new Value[0], true)));
    assertEquals("~[]", text(new Value.NameSet(Value.NO_NAMES, true)));
    Value pipe = new Value.Fd(4, null, "pipe:[45792]".getBytes(US_ASCII), false, null);
    assertEquals(
        "[4<pipe:[45792]> 5]", text(new Value.Members(new Value[] {pipe, Value.dec(5)}, false)));
    assertEquals("@\"ab\\1\"", text(new Value.Prefixed("@", bytes("ab\1"))));
    assertEquals("0x7ffc /* 2 vars */", text(new Value.Commented(Value.addr(0x7ffc), "2 vars")));
  }

  @Test
  void noControlCharacterGetsThrough() {
    StringBuilder all = new StringBuilder();
    for (char c = 0; c < 300; c++) {
      all.append(c);
    }
    String s = all.toString();
    Value everything =
        Value.array(
            new Value.Text(s, 0),
            new Value.Commented(Value.dec(1), s),
            new Value.Fd(1, s, s.getBytes(ISO_8859_1), false, s),
            new Value.Pid(1, s.getBytes(ISO_8859_1), 0),
            Value.struct(Value.field(s, bytes(s))),
            new Value.Macro(s),
            sym(1, s),
            Value.name(1, s));
    for (HexStrings hex : HexStrings.values()) {
      for (Constants constants : Constants.values()) {
        text(everything, constants, hex, true)
            .chars()
            .forEach(c -> assertEquals(true, c >= ' ' && c <= '~', "character " + c));
      }
    }
  }
}
