// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.FlagSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages on netlink sockets (netlink(7)): headers, and what is the same for all protocols. What
 * the messages of a protocol are, the paragraphs {@code netlink_types} and {@code netlink_payloads}
 * of {@code netlink.structs} say.
 */
final class Netlink {
  private static final int HEADER = 16;

  private static final int NETLINK_KOBJECT_UEVENT = 15;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;

  /** Types below are the same for all protocols. */
  private static final int NLMSG_MIN_TYPE = 16;

  private static final int NLM_F_CAPPED = 0x100;

  /** As many messages as anybody would want to see of one buffer. */
  private static final int MAX_MESSAGES = 1 << 16;

  /** An error holds the message it is about, which may be an error; nobody needs more of that. */
  private static final int MAX_DEPTH = 8;

  private int depth;

  private final NetlinkRows types;
  private final NetlinkRows payloads;
  private final NetlinkFlags flags;
  private final NetlinkAttributes errorAttributes;

  Netlink(TypeCompiler compiler) {
    types = new NetlinkRows(compiler, "netlink_types");
    payloads = new NetlinkRows(compiler, "netlink_payloads");
    flags = new NetlinkFlags(compiler);
    errorAttributes = new NetlinkAttributes(compiler, "nlmsgerr_attr");
  }

  /** The messages in a buffer of {@code length} bytes; one alone is not in brackets. */
  Value messages(DecodeContext c, long address, long length, int protocol) {
    if (address == 0 || length <= 0 || !c.verbose()) {
      return c.bytes(address, length, c.maxString());
    }
    int end = (int) Math.min(length, DecodeContext.MAX_READ);
    NetlinkBuffer b = new NetlinkBuffer(c, c.readUpTo(address, end), address);
    if (protocol == NETLINK_KOBJECT_UEVENT) {
      Value event = NetlinkRows.show(payloads.get("NETLINK_KOBJECT_UEVENT"), b, 0, end);
      return event == null ? c.bytes(address, length, c.maxString()) : event;
    }
    String name = Sets.get("netlink_protocol").nameOf(protocol, c.abi());
    int limit = Math.min(b.maxElements(), MAX_MESSAGES);
    List<Value> items = new ArrayList<>(1);
    for (int at = 0; ; ) {
      if (items.size() >= limit) {
        return new Value.Arr(items.toArray(new Value[0]), true);
      }
      if (end - at < HEADER) {
        items.add(b.hex(at, end - at));
        break;
      }
      if (!b.has(at, HEADER)) {
        items.add(items.isEmpty() ? b.missing(at) : b.missingRest(at));
        break;
      }
      long claimed = b.view().u32(at);
      items.add(message(b, at, (int) Math.min(claimed, end - at), name));
      if (claimed < HEADER || (claimed + 3 & ~3L) >= end - at) {
        break;
      }
      at += (int) (claimed + 3 & ~3);
    }
    return items.size() == 1 ? items.get(0) : new Value.Arr(items.toArray(new Value[0]), false);
  }

  /**
   * The message of {@code length} bytes at {@code at}, whose header could be read.
   *
   * @param protocol the name of the protocol, null if it is not known
   */
  private Value message(NetlinkBuffer b, int at, int length, @Nullable String protocol) {
    DecodeContext c = b.context();
    MemoryView m = b.view();
    int type = m.u16(at + 4);
    int bits = m.u16(at + 6);
    Value header =
        Value.struct(
            Value.field("nlmsg_len", Value.udec(m.u32(at))),
            Value.field("nlmsg_type", typeName(b, at + 4, type, protocol)),
            Value.field("nlmsg_flags", flagNames(c, protocol, type, bits)),
            Value.field("nlmsg_seq", Value.udec(m.u32(at + 8))),
            Value.field("nlmsg_pid", c.pid(m.s32(at + 12))));
    if (length <= HEADER) {
      return header;
    }
    Value payload = payload(b, at + HEADER, length - HEADER, protocol, type, bits);
    return payload instanceof Value.Seq parts && parts.items().length == 2
        ? Value.array(header, parts.items()[0], parts.items()[1])
        : Value.array(header, payload);
  }

  private Value typeName(NetlinkBuffer b, int at, int type, @Nullable String protocol) {
    Type names = type >= NLMSG_MIN_TYPE ? types.get(protocol) : null;
    return names == null
        ? Sets.constant("netlink_type", b.context().abi(), type)
        : names.read(b.context(), b.view(), at);
  }

  private Value flagNames(DecodeContext c, @Nullable String protocol, int type, int bits) {
    FlagSet set = type == NLMSG_ERROR ? Sets.get("netlink_flags_ack") : flags.of(c, protocol, type);
    return Sets.flags(set, c.abi(), bits, Value.Base.HEX);
  }

  private Value payload(
      NetlinkBuffer b, int at, int length, @Nullable String protocol, int type, int bits) {
    b.setMessage(type, bits);
    if (type == NLMSG_ERROR && depth < MAX_DEPTH) {
      depth++;
      Value error = error(b, at, length, protocol, bits);
      depth--;
      return error;
    }
    Value value = null;
    if (type == NLMSG_DONE) {
      if (length == 4) {
        value = b.has(at, 4) ? Value.dec(b.view().s32(at)) : b.missing(at);
      }
    } else if (type >= NLMSG_MIN_TYPE) {
      value = NetlinkRows.show(payloads.get(protocol), b, at, length);
    }
    return value == null ? b.hex(at, length) : value;
  }

  private static Value errorNumber(int error) {
    String name = error < 0 ? Errno.name(-error) : null;
    return name == null
        ? Value.dec(error)
        : new Value.Sym(error, Value.Base.DEC, new String[] {"-" + name}, 0, null, false);
  }

  /** {@code struct nlmsgerr}: an error, or 0 as an acknowledgement, and the message it is about. */
  private Value error(NetlinkBuffer b, int at, int length, @Nullable String protocol, int bits) {
    int message = at + 4;
    int room = length - 4;
    if (room < HEADER) {
      return b.hex(at, length);
    }
    if (!b.has(message, HEADER)) {
      return b.missing(at);
    }
    Value.Field error = Value.field("error", errorNumber(b.view().s32(at)));
    // With NLM_F_CAPPED only the header has been sent back.
    long claimed = (bits & NLM_F_CAPPED) != 0 ? HEADER : b.view().u32(message);
    int size = (int) Math.min(room, Math.max(HEADER, claimed));
    Value told = Value.struct(error, Value.field("msg", message(b, message, size, protocol)));
    int attributes = message + (size + 3 & ~3);
    return attributes >= at + length
        ? told
        : Value.array(told, errorAttributes.payload(b, attributes, at + length - attributes));
  }

  static Value family(DecodeContext c, int family) {
    return Sets.constant("socket_domain", c.abi(), family);
  }
}
