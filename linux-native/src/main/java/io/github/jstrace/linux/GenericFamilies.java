// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Families of generic netlink and the numbers that this kernel gave them, as its controller tells
 * ({@code linux/genetlink.h}, Linux 6.18). It is asked once; what comes later is not known.
 */
final class GenericFamilies {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 02000000;
  private static final int NETLINK_GENERIC = 16;

  private static final int GENL_ID_CTRL = 16;
  private static final int CTRL_CMD_GETFAMILY = 3;
  private static final int CTRL_ATTR_FAMILY_ID = 1;
  private static final int CTRL_ATTR_FAMILY_NAME = 2;
  private static final int NLM_F_REQUEST_DUMP = 0x301;

  private static final int HEADER = 16;
  private static final int GENERIC_HEADER = 4;
  private static final int BUFFER = 32 * 1024;

  private final Libc libc;
  private @Nullable Map<Integer, byte[]> names;

  GenericFamilies(Libc libc) {
    this.libc = libc;
  }

  /** The name of the family with this number, or null. */
  byte @Nullable [] name(int number) {
    Map<Integer, byte[]> known = names;
    if (known == null) {
      known = new HashMap<>();
      ask(known);
      names = known;
    }
    return known.get(number);
  }

  private void ask(Map<Integer, byte[]> into) {
    Arch arch = Arch.current();
    long fd = libc.syscall(arch.sysSocket(), AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_GENERIC, 0, 0);
    if (fd < 0) {
      return;
    }
    try {
      NativeMemory buffer = libc.allocate(BUFFER);
      int length = HEADER + GENERIC_HEADER;
      buffer.clear(0, length);
      buffer.putInt(0, length);
      buffer.putShort(4, (short) GENL_ID_CTRL);
      buffer.putShort(6, (short) NLM_F_REQUEST_DUMP);
      buffer.putByte(HEADER, (byte) CTRL_CMD_GETFAMILY);
      if (libc.write((int) fd, buffer.address(), length) != length) {
        return;
      }
      boolean more = true;
      while (more) {
        more = answers(buffer, libc.read((int) fd, buffer.address(), BUFFER), into);
      }
    } finally {
      libc.close((int) fd);
    }
  }

  /** Takes the families of one answer; false after the last. */
  private static boolean answers(NativeMemory buffer, long got, Map<Integer, byte[]> into) {
    if (got < HEADER) {
      return false;
    }
    for (int at = 0; at + HEADER <= got; ) {
      int size = buffer.getInt(at);
      if (size < HEADER || size > got - at || (buffer.getShort(at + 4) & 0xffff) != GENL_ID_CTRL) {
        return false;
      }
      family(buffer, at + HEADER + GENERIC_HEADER, at + size, into);
      at += (size + 3) & ~3;
    }
    return true;
  }

  private static void family(NativeMemory buffer, int at, int end, Map<Integer, byte[]> into) {
    int number = -1;
    byte[] name = null;
    while (at + 4 <= end) {
      int length = buffer.getShort(at) & 0xffff;
      if (length < 4 || at + length > end) {
        break;
      }
      int type = buffer.getShort(at + 2) & 0xffff;
      if (type == CTRL_ATTR_FAMILY_ID && length >= 6) {
        number = buffer.getShort(at + 4) & 0xffff;
      } else if (type == CTRL_ATTR_FAMILY_NAME && length > 5) {
        name = buffer.bytes(at + 4, length - 5);
      }
      at += (length + 3) & ~3;
    }
    if (number >= 0 && name != null) {
      into.put(number, name);
    }
  }
}
