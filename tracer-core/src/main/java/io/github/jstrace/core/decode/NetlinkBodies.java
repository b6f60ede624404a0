// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/**
 * What a netlink message consists of: a struct with attributes behind it, chosen by the type of the
 * message or by the address family that it begins with. Used by {@code netlink_payloads} of {@code
 * netlink.structs}.
 */
final class NetlinkBodies {
  private static final int NLM_F_REQUEST = 1;

  private NetlinkBodies() {}

  static @Nullable Type create(TypeCompiler compiler, String name, String[] params, Env env) {
    switch (name) {
      case "nl_body":
        return new Body(
            compiler.requireStruct(params[0]),
            params.length == 1
                ? null
                : params[1].indexOf('<') < 0
                    ? new NetlinkAttributes(compiler, params[1])
                    : compiler.compile(params[1], env));
      case "nl_by_type":
        return new ByType(params[0], new NetlinkRows(compiler, params[1]), params.length > 2);
      case "nl_by_family":
        return new ByFamily(
            new NetlinkRows(compiler, params[0]),
            new NetlinkRows(compiler, params[1]),
            new NetlinkRows(compiler, params[2]));
      case "netfilter_message":
        return new Netfilter(compiler);
      default:
        return null;
    }
  }

  /** Nothing but the family of a message is known. */
  static Value unknown(NetlinkBuffer b, int at, int length) {
    if (!b.has(at, 1)) {
      return b.missing(at);
    }
    Value data = length == 1 ? Value.OMITTED : b.hex(at + 1, length - 1);
    Value family = Netlink.family(b.context(), b.view().u8(at));
    return Value.struct(Value.field("family", family), Value.field("data", data));
  }

  /** A struct that begins with an address family, and attributes or something else behind it. */
  private static final class Body extends NetlinkPayload {
    private final StructType struct;
    private final @Nullable Type tail;

    Body(StructType struct, @Nullable Type tail) {
      this.struct = struct;
      this.tail = tail;
    }

    @Override
    Value payload(NetlinkBuffer b, int at, int length) {
      if (!b.has(at, 1)) {
        return b.missing(at);
      }
      int outer = b.body();
      String outerKind = b.kind();
      b.enterBody(at);
      Value told = told(b, at, length);
      b.leaveBody(outer, outerKind);
      return told;
    }

    private Value told(NetlinkBuffer b, int at, int length) {
      int size = struct.size();
      StructType.Field first = struct.first();
      if (length < size || !b.has(at, size)) {
        Value.Field known = Value.field(first.name(), first.type().read(b.context(), b.view(), at));
        return length < size
            ? new Value.Struct(new Value.Field[] {known}, struct.hasMore())
            : struct.hasMore()
                ? Value.struct(known, Value.field("", b.missing(at + first.type().size())))
                : Value.struct(known);
      }
      Value told = struct.read(b.context(), b.view(), at);
      int behind = (size + 3) & ~3;
      return tail == null || behind >= length
          ? told
          : new Value.Seq(told, NetlinkRows.showOrHex(tail, b, at + behind, length - behind));
    }
  }

  /** By the type of the message, whose names are the rows. */
  private static final class ByType extends NetlinkPayload {
    private final String set;
    private final NetlinkRows rows;
    private final boolean bytesOnly;

    ByType(String set, NetlinkRows rows, boolean bytesOnly) {
      this.set = set;
      this.rows = rows;
      this.bytesOnly = bytesOnly;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      String name = Sets.get(set).nameOf(b.messageType(), b.context().abi());
      Type body = rows.get(name);
      if (body == null) {
        body = rows.get("others");
      }
      if (body == null) {
        return bytesOnly ? null : unknown(b, at, length);
      }
      return NetlinkRows.show(body, b, at, length);
    }
  }

  /**
   * By the address family that the message begins with. Requests differ from answers, and those
   * before Linux 3.3 from later ones.
   */
  private static final class ByFamily extends NetlinkPayload {
    private static final int SOCK_DIAG_BY_FAMILY = 20;

    private final NetlinkRows requests;
    private final NetlinkRows answers;
    private final NetlinkRows oldRequests;

    ByFamily(NetlinkRows requests, NetlinkRows answers, NetlinkRows oldRequests) {
      this.requests = requests;
      this.answers = answers;
      this.oldRequests = oldRequests;
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      if (!b.has(at, 1)) {
        return b.missing(at);
      }
      boolean request = (b.messageFlags() & NLM_F_REQUEST) != 0;
      boolean old = b.messageType() < SOCK_DIAG_BY_FAMILY;
      NetlinkRows rows = !request ? answers : old ? oldRequests : requests;
      String family = Sets.get("socket_domain").nameOf(b.view().u8(at), b.context().abi());
      Type body = length == 1 ? null : rows.get(family);
      return body == null ? unknown(b, at, length) : NetlinkRows.show(body, b, at, length);
    }
  }

  /**
   * {@code struct nfgenmsg} and attributes, of which each subsystem has its own; a batch has none.
   */
  private static final class Netfilter extends NetlinkPayload {
    private static final int BATCH_BEGIN = 16;
    private static final int BATCH_END = 17;
    private static final int NFNL_SUBSYS_NFTABLES = 10;

    private final StructType struct;
    private final NetlinkAttributes attributes;

    Netfilter(TypeCompiler compiler) {
      struct = compiler.requireStruct("nfgenmsg");
      attributes = new NetlinkAttributes(compiler, "netfilter");
    }

    @Override
    @Nullable Value payload(NetlinkBuffer b, int at, int length) {
      int size = struct.size();
      Value told = NetlinkRows.show(struct, b, at, length);
      if (told instanceof Value.Struct header && header.fields().length == 3) {
        Value resource = resource(b, at + 2, header.fields()[2].value());
        told =
            Value.struct(header.fields()[0], header.fields()[1], Value.field("res_id", resource));
      }
      if (told == null || length == size || !b.has(at, size)) {
        return told;
      }
      boolean batch = b.messageType() == BATCH_BEGIN || b.messageType() == BATCH_END;
      Value rest =
          batch ? b.hex(at + size, length - size) : attributes.payload(b, at + size, length - size);
      return new Value.Seq(told, rest);
    }

    /** In messages of nf_tables, which batches need it for, its number has a name. */
    private static Value resource(NetlinkBuffer b, int at, Value number) {
      if (b.messageType() >> 8 != NFNL_SUBSYS_NFTABLES) {
        return number;
      }
      Value name = Value.name(NFNL_SUBSYS_NFTABLES, "NFNL_SUBSYS_NFTABLES");
      if (b.view().u16(at) == NFNL_SUBSYS_NFTABLES) {
        return name;
      }
      return b.view().u16be(at) == NFNL_SUBSYS_NFTABLES ? new Value.Macro("htons", name) : number;
    }
  }
}
