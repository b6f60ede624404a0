// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ancillary data of messages (cmsg(3)). Sources: unix(7), ip(7), {@code linux/socket.h} and {@code
 * linux/errqueue.h}, Linux 6.18.
 */
final class ControlMessages {
  private static final int SOL_IP = 0;
  private static final int SOL_SOCKET = 1;

  /** As much as the kernel takes of them: {@code net.core.optmem_max}, unless it was changed. */
  private static final int MAX_BYTES = 1 << 17;

  private ControlMessages() {}

  /** The messages in {@code length} bytes at {@code address}. */
  static Value at(DecodeContext c, long address, long length) {
    if (address == 0) {
      return Value.NULL;
    }
    int word = c.abi().wordSize();
    int header = word + 8;
    boolean huge = Long.compareUnsigned(length, MAX_BYTES) > 0;
    int total = huge ? MAX_BYTES : (int) length;
    MemoryView m = c.read(address, total);
    if (m == null || total < header) {
      return m == null ? Value.unreadable(address) : Value.addr(address);
    }
    List<Value> items = new ArrayList<>(2);
    int at = 0;
    while (at < total) {
      if (total - at < header) {
        items.add(ArrayType.rest(address + at));
        break;
      }
      long claimed = m.load(at, word, false);
      boolean proper = Long.compareUnsigned(claimed, header) >= 0;
      int room = total - at;
      int end = proper && Long.compareUnsigned(claimed, room) < 0 ? (int) claimed : room;
      items.add(message(c, m, at, word, claimed, proper ? end - header : 0));
      at += proper ? (end + word - 1) / word * word : header;
      if (!proper && at < total) {
        items.add(ArrayType.rest(address + at));
        break;
      }
    }
    return new Value.Arr(items.toArray(new Value[0]), huge);
  }

  private static Value message(
      DecodeContext c, MemoryView m, int at, int word, long length, int dataLength) {
    Abi abi = c.abi();
    int level = m.s32(at + word);
    int type = m.s32(at + word + 4);
    int from = at + word + 8;
    Value data = dataLength == 0 ? null : data(c, m, from, dataLength, level, type & 0xffffffffL);
    if (data == null) {
      data = dataLength == 0 ? Value.OMITTED : new Value.HexStr(m.copy(from, dataLength), false);
    }
    return Value.struct(
        Value.field("cmsg_len", Value.udec(length)),
        Value.field("cmsg_level", levelName(abi, level & 0xffffffffL)),
        Value.field("cmsg_type", typeName(abi, level, type & 0xffffffffL)),
        Value.field("cmsg_data", data));
  }

  private static Value levelName(Abi abi, long level) {
    return Sets.get("sockopt_level").nameOf(level, abi) != null
        ? Sets.constant("sockopt_level", abi, level)
        : new Value.Sym(level, Value.Base.HEX, Value.NO_NAMES, level, "SOL_???", false);
  }

  private static Value typeName(Abi abi, int level, long type) {
    switch (level) {
      case SOL_SOCKET:
        return Sets.constant("scm", abi, type);
      case SOL_IP:
        return Sets.constant("cmsg_ip", abi, type);
      default:
        return Value.hex(type);
    }
  }

  private static @Nullable Value data(
      DecodeContext c, MemoryView m, int at, int length, int level, long type) {
    String set = level == SOL_SOCKET ? "scm" : level == SOL_IP ? "cmsg_ip" : null;
    String name = set == null ? null : Sets.get(set).nameOf(type, c.abi());
    if (name == null) {
      return null;
    }
    int word = c.abi().wordSize();
    switch (name) {
      case "SCM_RIGHTS":
        return ints(c, m, at, length, true);
      case "SCM_PIDFD":
        return length < 4 ? null : c.fd(m.s32(at));
      case "SCM_CREDENTIALS":
        return length < 12 ? null : credentials(c, m, at);
      case "SCM_SECURITY":
        return new Value.Str(m.copy(at, length), false, false, false);
      case "SO_TIMESTAMP_OLD":
        return times(m, at, length, word, 1, "tv_usec");
      case "SO_TIMESTAMP_NEW":
        return times(m, at, length, 8, 1, "tv_usec");
      case "SO_TIMESTAMPNS_OLD":
        return times(m, at, length, word, 1, "tv_nsec");
      case "SO_TIMESTAMPNS_NEW":
        return times(m, at, length, 8, 1, "tv_nsec");
      case "SO_TIMESTAMPING_OLD":
        return times(m, at, length, word, 3, "tv_nsec");
      case "SO_TIMESTAMPING_NEW":
        return times(m, at, length, 8, 3, "tv_nsec");
      case "IP_TOS":
      case "IP_RECVOPTS":
      case "IP_RETOPTS":
        return octets(c, m, at, length);
      case "IP_TTL":
      case "IP_CHECKSUM":
      case "IP_RECVFRAGSIZE":
        return ints(c, m, at, length, false);
      case "IP_PROTOCOL":
        return length < 4 ? null : Value.array(Sets.constant("inet_protocol", c.abi(), m.u32(at)));
      case "IP_PKTINFO":
        return length < 12
            ? null
            : Value.struct(
                Value.field("ipi_ifindex", InterfaceNames.index(c, m.u32(at))),
                Value.field("ipi_spec_dst", Sockaddr.inetAddress(m, at + 4)),
                Value.field("ipi_addr", Sockaddr.inetAddress(m, at + 8)));
      case "IP_RECVERR":
        return length < 32 ? null : extendedError(c, m, at);
      case "IP_ORIGDSTADDR":
        return length < 16 ? null : Sockaddr.decode(c, m, at, Math.min(length, Sockaddr.MAX));
      default:
        return null;
    }
  }

  private static @Nullable Value ints(
      DecodeContext c, MemoryView m, int at, int length, boolean descriptors) {
    int count = length / 4;
    int shown = c.brief() ? Math.min(count, c.maxString()) : count;
    Value[] items = new Value[shown];
    for (int i = 0; i < shown; i++) {
      int value = m.s32(at + 4 * i);
      items[i] = descriptors ? c.fd(value) : Value.udec(value & 0xffffffffL);
    }
    return count == 0 ? null : new Value.Arr(items, shown < count);
  }

  private static Value octets(DecodeContext c, MemoryView m, int at, int length) {
    int shown = c.brief() ? Math.min(length, c.maxString()) : length;
    Value[] items = new Value[shown];
    for (int i = 0; i < shown; i++) {
      items[i] = Value.hex(m.u8(at + i));
    }
    return new Value.Arr(items, shown < length);
  }

  /** {@code struct ucred}. */
  static Value credentials(DecodeContext c, MemoryView m, int at) {
    return Value.struct(
        Value.field("pid", c.pid(m.s32(at))),
        Value.field("uid", id(m.s32(at + 4))),
        Value.field("gid", id(m.s32(at + 8))));
  }

  /** A user or group: unsigned but for -1. */
  static Value id(int raw) {
    return raw == -1 ? Value.dec(-1) : Value.udec(raw & 0xffffffffL);
  }

  private static Value times(
      MemoryView m, int at, int length, int word, int count, String fraction) {
    if (length < 2 * word * count) {
      return new Value.Text("???", 0);
    }
    Value[] items = new Value[count];
    for (int i = 0; i < count; i++) {
      int from = at + 2 * word * i;
      items[i] =
          Value.struct(
              Value.field("tv_sec", Value.dec(m.load(from, word, true))),
              Value.field(fraction, Value.udec(m.load(from + word, word, false))));
    }
    return count == 1 ? items[0] : Value.array(items);
  }

  /** {@code struct sock_extended_err} and the address of who caused it. */
  private static Value extendedError(DecodeContext c, MemoryView m, int at) {
    return Value.struct(
        Value.field("ee_errno", Value.udec(m.u32(at))),
        Value.field("ee_origin", Value.udec(m.u8(at + 4))),
        Value.field("ee_type", Value.udec(m.u8(at + 5))),
        Value.field("ee_code", Value.udec(m.u8(at + 6))),
        Value.field("ee_info", Value.udec(m.u32(at + 8))),
        Value.field("ee_data", Value.udec(m.u32(at + 12))),
        Value.field("offender", Sockaddr.decode(c, m, at + 16, 16)));
  }
}
