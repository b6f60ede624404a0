// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import org.jspecify.annotations.Nullable;

/**
 * Socket addresses of families that few programs use. Sources: {@code linux/ipx.h}, {@code
 * linux/rxrpc.h}, {@code linux/x25.h}, {@code linux/vm_sockets.h}, {@code linux/if_alg.h}, {@code
 * linux/if_xdp.h}, {@code linux/mctp.h}, {@code linux/qrtr.h} of Linux 6.18, and Bluetooth's {@code
 * hci.h}, {@code l2cap.h}, {@code rfcomm.h} and {@code sco.h} of BlueZ.
 */
final class RareAddresses {
  private static final int AF_AX25 = 3;
  private static final int AF_IPX = 4;
  private static final int AF_X25 = 9;
  private static final int AF_TIPC = 30;
  private static final int AF_BLUETOOTH = 31;
  private static final int AF_RXRPC = 33;
  private static final int AF_IEEE802154 = 36;
  private static final int AF_ALG = 38;
  private static final int AF_NFC = 39;
  private static final int AF_VSOCK = 40;
  private static final int AF_QIPCRTR = 42;
  private static final int AF_XDP = 44;
  private static final int AF_MCTP = 45;

  private static final int XDP_SHARED_UMEM = 1;

  private static final int TIPC_SERVICE_RANGE = 1;
  private static final int TIPC_SERVICE_ADDR = 2;
  private static final int TIPC_SOCKET_ADDR = 3;

  private RareAddresses() {}

  /** The fields behind the family, or null if it is not known or the address too short for it. */
  static Value.Field @Nullable [] fields(DecodeContext c, MemoryView m, int length, int family) {
    switch (family) {
      case AF_AX25:
        return RadioAddresses.ax25(m, length);
      case AF_IPX:
        return length < 16 ? null : ipx(m);
      case AF_X25:
        return length < 18
            ? null
            : new Value.Field[] {
              Value.field(
                  "sx25_addr", Value.struct(Value.field("x25_addr", Sockaddr.cstring(m, 2, 16))))
            };
      case AF_TIPC:
        return length < 16 ? null : tipc(c, m);
      case AF_BLUETOOTH:
        return bluetooth(c, m, length);
      case AF_RXRPC:
        return length < 36 ? null : rxrpc(c, m, length);
      case AF_IEEE802154:
        return RadioAddresses.ieee802154(c, m, length);
      case AF_NFC:
        return RadioAddresses.nfc(c, m, length);
      case AF_ALG:
        return length < 25 ? null : algorithm(m, length);
      case AF_VSOCK:
        return length < 16 ? null : vsock(c, m);
      case AF_QIPCRTR:
        return length < 12
            ? null
            : new Value.Field[] {
              Value.field("sq_node", special(m.u32(4), 0xffffffffL, "QRTR_NODE_BCAST")),
              Value.field("sq_port", special(m.u32(8), 0xfffffffeL, "QRTR_PORT_CTRL"))
            };
      case AF_XDP:
        return length < 16 ? null : xdp(c, m);
      case AF_MCTP:
        return length < 12 ? null : mctp(m);
      default:
        return null;
    }
  }

  /** {@code struct sockaddr_tipc}, as strace 7.2 shows it. */
  private static Value.Field[] tipc(DecodeContext c, MemoryView m) {
    int kind = m.u8(2);
    Value.Field type = Value.field("type", Value.udec(m.u32(4)));
    return new Value.Field[] {
      Value.field("addrtype", Sets.constant("tipc_addrtype", c.abi(), kind)),
      Value.field("scope", Sets.constant("tipc_scope", c.abi(), m.u8(3))),
      Value.field(
          "addr",
          kind < TIPC_SERVICE_RANGE || kind > TIPC_SOCKET_ADDR
              ? new Value.Str(m.copy(4, 12), false, false, false)
              : Value.struct(tipcAddress(m, kind, type)))
    };
  }

  private static Value.Field tipcAddress(MemoryView m, int kind, Value.Field type) {
    switch (kind) {
      case TIPC_SERVICE_RANGE:
        return Value.field(
            "nameseq",
            Value.struct(
                type,
                Value.field("lower", Value.udec(m.u32(8))),
                Value.field("upper", Value.udec(m.u32(12)))));
      case TIPC_SERVICE_ADDR:
        Value name = Value.struct(type, Value.field("instance", Value.udec(m.u32(8))));
        return Value.field(
            "name",
            Value.struct(Value.field("name", name), Value.field("domain", Value.hex(m.u32(12)))));
      default:
        return Value.field(
            "id",
            Value.struct(
                Value.field("ref", Value.udec(m.u32(4))),
                Value.field("node", Value.hex(m.u32(8)))));
    }
  }

  /** A number with the name as a remark that it has in a set. */
  static Value noted(DecodeContext c, String set, long raw) {
    String name = Sets.get(set).nameOf(raw, c.abi());
    String comment = name == null ? Sets.get(set).unknown() : name;
    return comment == null ? Value.hex(raw) : new Value.Hinted(Value.hex(raw), comment);
  }

  /** {@code struct sockaddr_rxrpc}: a service, and the address that packets are sent to. */
  private static Value.Field[] rxrpc(DecodeContext c, MemoryView m, int length) {
    final int at = 8;
    int claimed = m.u16(6);
    int family = m.u16(at);
    int room = Math.min(Math.max(claimed, 2), length - at);
    MemoryView own = new MemoryView(m.copy(at, room), room);
    boolean internet = family == Sockaddr.AF_INET || family == Sockaddr.AF_INET6;
    Value.Field[] fields = internet ? Sockaddr.fields(c, own, room, family) : null;
    if (fields == null) {
      fields = new Value.Field[1];
      Value data =
          room == 2 ? Value.OMITTED : new Value.Str(own.copy(2, room - 2), false, false, false);
      fields[0] = Value.field("", data);
    }
    Value.Field[] all = new Value.Field[fields.length + 1];
    String kind = family == Sockaddr.AF_INET ? "sin" : "sin6";
    all[0] =
        Value.field(
            internet ? kind + "_family" : "family",
            Sets.constant("socket_domain", c.abi(), family));
    System.arraycopy(fields, 0, all, 1, fields.length);
    Value transport = Value.struct(all);
    return new Value.Field[] {
      Value.field("srx_service", noted(c, "rxrpc_service", m.u16(2))),
      Value.field("transport_type", Sets.constant("socket_type", c.abi(), m.u16(4))),
      Value.field("transport_len", Value.udec(claimed)),
      Value.field("transport", internet ? Value.struct(Value.field(kind, transport)) : transport)
    };
  }

  private static Value special(long raw, long named, String name) {
    return raw == named ? Value.name(raw, name) : Value.hex(raw);
  }

  private static Value unlessZero(long raw) {
    return raw == 0 ? Value.OMITTED : Value.hex(raw);
  }

  private static Value.Field[] ipx(MemoryView m) {
    Value[] node = new Value[6];
    for (int i = 0; i < node.length; i++) {
      node[i] = Sockaddr.paddedHex(m.u8(8 + i), 2);
    }
    long network = (long) m.u16be(4) << 16 | m.u16be(6);
    return new Value.Field[] {
      Value.field("sipx_port", Sockaddr.port(m, 2)),
      Value.field("sipx_network", Sockaddr.coded(m, 4, 4, "htonl", Sockaddr.paddedHex(network, 1))),
      Value.field("sipx_node", Value.array(node)),
      Value.field("sipx_type", Sockaddr.paddedHex(m.u8(14), 2)),
      Value.field("sipx_zero", unlessZero(m.u8(15)))
    };
  }

  private static Value.Field @Nullable [] bluetooth(DecodeContext c, MemoryView m, int length) {
    switch (length) {
      case 4:
        return new Value.Field[] {Value.field("hci_dev", htobs(m.u16(2)))};
      case 6:
        return new Value.Field[] {
          Value.field("hci_dev", htobs(m.u16(2))),
          Value.field("hci_channel", Sets.constant("bt_hci_channel", c.abi(), m.u16(4)))
        };
      case 8:
        return new Value.Field[] {Value.field("sco_bdaddr", mac(m, 2, 6))};
      case 10:
        return new Value.Field[] {
          Value.field("rc_bdaddr", mac(m, 2, 6)), Value.field("rc_channel", Value.udec(m.u8(8)))
        };
      case 12:
      case 14:
        Value type =
            length == 12 ? Value.OMITTED : Sets.constant("bt_address_type", c.abi(), m.u8(12));
        return new Value.Field[] {
          Value.field("l2_psm", l2capPort(c, m.u16(2))),
          Value.field("l2_bdaddr", mac(m, 4, 6)),
          Value.field("l2_cid", l2capChannel(c, m.u16(10))),
          Value.field("l2_bdaddr_type", type)
        };
      default:
        return null;
    }
  }

  private static Value htobs(int raw) {
    return new Value.Macro("htobs", Value.udec(raw));
  }

  private static Value l2capPort(DecodeContext c, int psm) {
    Value shown =
        psm >= 0x1001
            ? above("L2CAP_PSM_DYN_START", 0x1001, psm)
            : psm >= 0x80 && psm <= 0xff
                ? above("L2CAP_PSM_LE_DYN_START", 0x80, psm)
                : Sets.constant("bt_l2cap_psm", c.abi(), psm);
    return new Value.Macro("htobs", shown);
  }

  private static Value l2capChannel(DecodeContext c, int channel) {
    Value shown =
        channel >= 0x40
            ? above("L2CAP_CID_DYN_START", 0x40, channel)
            : Sets.constant("bt_l2cap_cid", c.abi(), channel);
    return new Value.Macro("htobs", shown);
  }

  private static Value above(String start, int base, int raw) {
    return new Value.Text(raw == base ? start : start + "+" + (raw - base), raw);
  }

  /** {@code 00:11:22:33:44:55}. */
  static Value mac(MemoryView m, int at, int length) {
    StringBuilder s = new StringBuilder(3 * length);
    for (int i = 0; i < length; i++) {
      int octet = m.u8(at + i);
      s.append(i == 0 ? "" : ":")
          .append(Character.forDigit(octet >> 4, 16))
          .append(Character.forDigit(octet & 15, 16));
    }
    Value bytes = new Value.Str(m.copy(at, length), false, false, false);
    return new Value.Coded(bytes, new Value.Text(s.toString(), 0));
  }

  private static Value.Field[] algorithm(MemoryView m, int length) {
    return new Value.Field[] {
      Value.field("salg_type", Sockaddr.cstring(m, 2, 14)),
      Value.field("salg_feat", algorithmFlags(m.u32(16))),
      Value.field("salg_mask", algorithmFlags(m.u32(20))),
      Value.field("salg_name", Sockaddr.cstring(m, 24, length - 24))
    };
  }

  /** strace names one flag of them, behind the number. */
  private static Value algorithmFlags(long raw) {
    final long driverOnly = 0x1000;
    if (raw == 0) {
      return Value.hex(0);
    }
    if ((raw & driverOnly) == 0) {
      return new Value.Sym(raw, Value.Base.HEX, Value.NO_NAMES, raw, "CRYPTO_ALG_???", true);
    }
    long rest = raw & ~driverOnly;
    String names = "CRYPTO_ALG_KERN_DRIVER_ONLY";
    return new Value.Hinted(
        Value.hex(raw), rest == 0 ? names : names + "|0x" + Long.toHexString(rest));
  }

  private static Value.Field[] vsock(DecodeContext c, MemoryView m) {
    boolean zero = m.u8(13) == 0 && m.u16(14) == 0;
    return new Value.Field[] {
      Value.field("svm_reserved1", unlessZero(m.u16(2))),
      Value.field("svm_cid", Sets.constant("vm_cid", c.abi(), m.u32(8))),
      Value.field("svm_port", special(m.u32(4), 0xffffffffL, "VMADDR_PORT_ANY")),
      Value.field("svm_flags", Sets.flags("vm_flags", c.abi(), m.u8(12))),
      Value.field("svm_zero", zero ? Value.OMITTED : new Value.HexStr(m.copy(13, 3), false))
    };
  }

  private static Value.Field[] xdp(DecodeContext c, MemoryView m) {
    int flags = m.u16(2);
    int fd = m.s32(12);
    Value shared = (flags & XDP_SHARED_UMEM) != 0 ? c.fd(fd) : unlessZero(fd & 0xffffffffL);
    return new Value.Field[] {
      Value.field("sxdp_flags", Sets.flags("xdp_flags", c.abi(), flags)),
      Value.field("sxdp_ifindex", InterfaceNames.index(c, m.u32(4))),
      Value.field("sxdp_queue_id", Value.udec(m.u32(8))),
      Value.field("sxdp_shared_umem_fd", shared)
    };
  }

  private static Value.Field[] mctp(MemoryView m) {
    return new Value.Field[] {
      Value.field("__smctp_pad0", unlessZero(m.u16(2))),
      Value.field("smctp_network", special(m.u32(4), 0, "MCTP_NET_ANY")),
      Value.field(
          "smctp_addr",
          Value.struct(
              Value.field(
                  "s_addr",
                  m.u8(8) == 0xff
                      ? special(0xff, 0xff, "MCTP_ADDR_ANY")
                      : special(m.u8(8), 0, "MCTP_ADDR_NULL")))),
      Value.field("smctp_type", Value.hex(m.u8(9))),
      Value.field("smctp_tag", Value.hex(m.u8(10))),
      Value.field("__smctp_pad1", unlessZero(m.u8(11)))
    };
  }
}
