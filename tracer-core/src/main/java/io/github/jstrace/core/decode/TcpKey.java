// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code struct tcp_ao_add} (linux/tcp.h, Linux 6.7): a key by which a TCP connection is
 * authenticated (RFC 5925), the value of {@code TCP_AO_ADD_KEY}.
 */
final class TcpKey {
  static final int SIZE = 288;

  private static final int ALGORITHM = Sockaddr.MAX;
  private static final int ALGORITHM_LENGTH = 64;
  private static final int INTERFACE = 192;
  private static final int BITS = 196;
  private static final int BYTES = 202;
  private static final int KEY = 208;
  private static final int KEY_LENGTH = 80;

  private TcpKey() {}

  /** Decodes what is there of it, as the kernel does: the rest is zeros. */
  static Value decode(DecodeContext c, MemoryView there) {
    byte[] bytes = new byte[SIZE];
    byte[] given = there.copy(0, Math.min(there.length(), SIZE));
    System.arraycopy(given, 0, bytes, 0, given.length);
    MemoryView m = new MemoryView(bytes, SIZE);
    int name = 0;
    while (name < ALGORITHM_LENGTH && bytes[ALGORITHM + name] != 0) {
      name++;
    }
    int keyLength = m.u8(BYTES + 5);
    List<Value.Field> fields = new ArrayList<>();
    fields.add(Value.field("addr", Sockaddr.decode(c, m, 0, Sockaddr.MAX)));
    fields.add(Value.field("prefix", Value.udec(m.u8(BYTES))));
    fields.add(
        Value.field(
            "alg_name",
            new Value.Str(m.copy(ALGORITHM, name), name == ALGORITHM_LENGTH, true, false)));
    fields.add(Value.field("ifindex", InterfaceNames.index(c, m.u32(INTERFACE))));
    long bits = m.u32(BITS);
    fields.add(Value.field("set_current", Value.udec(bits & 1)));
    fields.add(Value.field("set_rnext", Value.udec(bits >>> 1 & 1)));
    if (bits >>> 2 != 0) {
      fields.add(Value.field("reserved", Value.hex(bits >>> 2)));
    }
    if (m.u16(BITS + 4) != 0) {
      fields.add(Value.field("reserved2", Value.hex(m.u16(BITS + 4))));
    }
    fields.add(Value.field("sndid", Value.udec(m.u8(BYTES + 1))));
    fields.add(Value.field("rcvid", Value.udec(m.u8(BYTES + 2))));
    fields.add(Value.field("maclen", Value.udec(m.u8(BYTES + 3))));
    fields.add(Value.field("keyflags", Sets.flags("tcp_ao_key_flags", c.abi(), m.u8(BYTES + 4))));
    fields.add(
        Value.field("key", new Value.HexStr(m.copy(KEY, Math.min(keyLength, KEY_LENGTH)), false)));
    fields.add(Value.field("keylen", Value.udec(keyLength)));
    return Value.struct(fields.toArray(new Value.Field[0]));
  }
}
