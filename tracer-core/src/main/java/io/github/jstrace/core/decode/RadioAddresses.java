// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/**
 * Socket addresses of radio: AX.25, IEEE 802.15.4 and NFC. Sources: {@code linux/ax25.h}, {@code
 * linux/nfc.h} and {@code net/af_ieee802154.h} of Linux 6.18.
 */
final class RadioAddresses {
  private static final int AX25_SIZE = 16;
  private static final int CALL_SIZE = 7;
  private static final int AX25_MAX_DIGIS = 8;

  private static final int IEEE802154_SIZE = 20;
  private static final int IEEE802154_ADDR_NONE = 0;
  private static final int IEEE802154_ADDR_SHORT = 2;

  private static final int NFC_SIZE = 16;
  private static final int NFC_LLCP_MAX_SERVICE_NAME = 63;

  private RadioAddresses() {}

  /** {@code struct full_sockaddr_ax25}: a call, and those that it goes by. */
  static Value.Field @Nullable [] ax25(MemoryView m, int length) {
    if (length < AX25_SIZE) {
      return null;
    }
    int claimed = m.s32(12);
    Value.Field call = Value.field("sax25_call", call(m, 2));
    Value.Field count = Value.field("sax25_ndigis", Value.dec(claimed));
    if (length == AX25_SIZE && claimed == 0) {
      return new Value.Field[] {call, count};
    }
    int room = Math.min((length - AX25_SIZE) / CALL_SIZE, AX25_MAX_DIGIS);
    int wanted = Math.min(Math.max(claimed, 0), AX25_MAX_DIGIS);
    Value[] digipeaters = new Value[Math.min(room, wanted)];
    for (int i = 0; i < digipeaters.length; i++) {
      digipeaters[i] = call(m, AX25_SIZE + i * CALL_SIZE);
    }
    boolean more = length > AX25_SIZE + room * CALL_SIZE;
    return new Value.Field[] {
      Value.field("fsa_ax25", Value.struct(call, count)),
      Value.field(
          "fsa_digipeater",
          wanted == 0 ? Value.OMITTED : new Value.Arr(digipeaters, room < wanted)),
      Value.field("", more ? new Value.Text("...", 0) : Value.OMITTED)
    };
  }

  /**
   * {@code ax25_address}: six characters, each shifted by one bit, and a number. What no station is
   * called is shown as bytes.
   */
  private static Value call(MemoryView m, int at) {
    Value bytes =
        Value.struct(Value.field("ax25_call", new Value.HexStr(m.copy(at, CALL_SIZE), false)));
    int number = m.u8(at + 6) >> 1 & 15;
    boolean valid = (m.u8(at + 6) & ~0x1e) == 0;
    boolean printable = true;
    boolean ended = false;
    StringBuilder name = new StringBuilder(CALL_SIZE + 2);
    for (int i = 0; i < CALL_SIZE - 1; i++) {
      int octet = m.u8(at + i);
      char c = (char) (octet >> 1);
      ended |= c == ' ';
      boolean proper = c == ' ' || !ended && (c >= 'A' && c <= 'Z' || c >= '0' && c <= '9');
      valid &= proper && (octet & 1) == 0;
      printable &= c >= ' ' && c < 0x7f;
      name.append(c);
    }
    int end = name.length();
    while (end > 0 && name.charAt(end - 1) == ' ') {
      end--;
    }
    name.setLength(end);
    if (!printable || name.indexOf("*/") >= 0) {
      return bytes;
    }
    valid &= end > 0 || number == 0;
    String text = end == 0 && number == 0 ? "*" : name.append('-').append(number).toString();
    return valid
        ? new Value.Coded(bytes, new Value.Text(text, 0))
        : new Value.Commented(bytes, text);
  }

  /** {@code struct sockaddr_ieee802154}. */
  static Value.Field @Nullable [] ieee802154(DecodeContext c, MemoryView m, int length) {
    if (length < IEEE802154_SIZE) {
      return null;
    }
    int type = m.s32(4);
    Value address =
        type == IEEE802154_ADDR_NONE
            ? Value.OMITTED
            : type == IEEE802154_ADDR_SHORT
                ? special(
                    m.u16(10),
                    m.u16(10) == 0xfffe ? "IEEE802154_ADDR_UNDEF" : "IEEE802154_ADDR_BROADCAST")
                : RareAddresses.mac(m, 10, 8);
    return new Value.Field[] {
      Value.field(
          "addr",
          Value.struct(
              Value.field(
                  "addr_type", RareAddresses.noted(c, "ieee802154_addr", type & 0xffffffffL)),
              Value.field("pan_id", special(m.u16(8), "IEEE802154_PANID_BROADCAST")),
              Value.field(type == IEEE802154_ADDR_SHORT ? "short_addr" : "hwaddr", address)))
    };
  }

  /** Two bytes; the highest number has a name, and that below it if a name for it is given. */
  private static Value special(int raw, String name) {
    boolean undefined = name.endsWith("_UNDEF");
    return raw == 0xffff || raw == 0xfffe && undefined
        ? new Value.Hinted(Value.hex(raw), name)
        : Value.hex(raw);
  }

  /** {@code struct sockaddr_nfc}, or the longer {@code struct sockaddr_nfc_llcp}. */
  static Value.Field @Nullable [] nfc(DecodeContext c, MemoryView m, int length) {
    if (length < NFC_SIZE) {
      return null;
    }
    int word = c.abi().wordSize();
    int size = word == Long.BYTES ? 96 : 88;
    int lengthAt = size - word;
    Value.Field device = Value.field("dev_idx", InterfaceNames.index(c, m.u32(4)));
    Value.Field target = Value.field("target_idx", Value.hex(m.u32(8)));
    Value.Field protocol =
        Value.field("nfc_protocol", Sets.constant("nfc_protocol", c.abi(), m.u32(12)));
    if (length < size) {
      Value more = length > NFC_SIZE ? new Value.Text("...", 0) : Value.OMITTED;
      return new Value.Field[] {device, target, protocol, Value.field("", more)};
    }
    long claimed = m.load(lengthAt, word, false);
    int shown =
        Long.compareUnsigned(claimed, NFC_LLCP_MAX_SERVICE_NAME) < 0
            ? (int) claimed
            : NFC_LLCP_MAX_SERVICE_NAME;
    return new Value.Field[] {
      device,
      target,
      protocol,
      Value.field("dsap", RareAddresses.noted(c, "llcp_sap", m.u8(16))),
      Value.field("ssap", RareAddresses.noted(c, "llcp_sap", m.u8(17))),
      Value.field("service_name", new Value.Str(m.copy(18, shown), false, false, false)),
      Value.field("service_name_len", Value.udec(claimed))
    };
  }
}
