// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import io.github.jstrace.core.decode.FdResolver;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a socket is and whom it talks to, by its inode: the protocol from the {@code
 * system.sockprotoname} attribute, addresses from sock_diag(7). Sockets of another network
 * namespace cannot be found; their inode is shown then.
 */
final class SocketDiagnostics {
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 02000000;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 02000000;
  private static final int NETLINK_SOCK_DIAG = 4;

  /** {@code struct ifreq} and its first field, on 64-bit machines. */
  private static final int IFREQ = 40;

  private static final int IFNAMSIZ = 16;
  private static final int SIOCGIFNAME = 0x8910;

  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_UDP = 17;
  private static final int IPPROTO_UDPLITE = 136;
  private static final int IPPROTO_DCCP = 33;
  private static final int IPPROTO_SCTP = 132;
  private static final int IPPROTO_RAW = 255;

  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int NLM_F_REQUEST = 1;
  private static final int NLM_F_DUMP = 0x300;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int HEADER = 16;

  private static final int UDIAG_SHOW_NAME = 1;
  private static final int UDIAG_SHOW_PEER = 4;
  private static final int UNIX_DIAG_NAME = 0;
  private static final int UNIX_DIAG_PEER = 2;
  private static final int NDIAG_PROTO_ALL = 255;

  private static final int BUFFER = 32 * 1024;

  private static final String[] NETLINK_PROTOCOLS = {
    "ROUTE",
    "UNUSED",
    "USERSOCK",
    "FIREWALL",
    "SOCK_DIAG",
    "NFLOG",
    "XFRM",
    "SELINUX",
    "ISCSI",
    "AUDIT",
    "FIB_LOOKUP",
    "CONNECTOR",
    "NETFILTER",
    "IP6_FW",
    "DNRTMSG",
    "KOBJECT_UEVENT",
    "GENERIC",
    null,
    "SCSITRANSPORT",
    "ECRYPTFS",
    "RDMA",
    "CRYPTO",
    "SMC"
  };

  /**
   * Details of sockets that were found, by inode; a power of two. As in strace what was once found
   * stays, even if the socket is connected elsewhere or its peer closes later: most often a socket
   * is asked for again and again while it does not change, and a question costs the kernel a walk
   * over all sockets.
   */
  private static final int CACHE = 1024;

  private final long[] cachedInodes = new long[CACHE];
  private final @Nullable String[] cachedDetails = new @Nullable String[CACHE];

  private final Libc libc;
  private final NativeMemory buffer;
  private final byte[] attribute = ProcFs.ascii("system.sockprotoname\0");

  SocketDiagnostics(Libc libc) {
    this.libc = libc;
    this.buffer = libc.allocate(BUFFER);
  }

  /** {@code TCP:[1.2.3.4:80->5.6.7.8:9]} and the like; null if the kind of socket is not known. */
  @Nullable String describe(int tid, int fd, long inode) {
    int slot = (int) inode & (CACHE - 1);
    String known = cachedInodes[slot] == inode ? cachedDetails[slot] : null;
    if (known != null) {
      return known;
    }
    String protocol = protocol(tid, fd);
    if (protocol == null) {
      return null;
    }
    String description = describe(protocol, inode);
    if (description == null) {
      return isKnown(protocol) ? protocol + ":[" + inode + "]" : null;
    }
    cachedInodes[slot] = inode;
    cachedDetails[slot] = description;
    return description;
  }

  /** The protocol of a netlink socket: see {@link FdResolver#netlinkProtocol}. */
  int netlinkProtocol(int tid, int fd, long inode) {
    String description = "NETLINK".equals(protocol(tid, fd)) ? describe(tid, fd, inode) : null;
    if (description == null) {
      return FdResolver.NOT_NETLINK;
    }
    for (int i = 0; i < NETLINK_PROTOCOLS.length; i++) {
      if (description.startsWith("NETLINK:[" + NETLINK_PROTOCOLS[i] + ":")) {
        return i;
      }
    }
    return FdResolver.UNKNOWN_NETLINK;
  }

  /** See {@link FdResolver#interfaceName}: netdevice(7). */
  byte @Nullable [] interfaceName(int index) {
    long fd = libc.syscall(Arch.current().sysSocket(), AF_UNIX, SOCK_DGRAM_CLOEXEC, 0, 0, 0);
    if (fd < 0) {
      return null;
    }
    try {
      buffer.clear(0, IFREQ);
      buffer.putInt(IFNAMSIZ, index);
      long result =
          libc.syscall(Arch.current().sysIoctl(), fd, SIOCGIFNAME, buffer.address(), 0, 0);
      if (result < 0) {
        return null;
      }
      int length = 0;
      while (length < IFNAMSIZ && buffer.getByte(length) != 0) {
        length++;
      }
      return buffer.bytes(0, length);
    } finally {
      libc.close((int) fd);
    }
  }

  /** Details of a socket of that protocol, or null if it cannot be found. */
  private @Nullable String describe(String protocol, long inode) {
    switch (protocol) {
      case "UDP-Lite":
        return labelled("UDPLITE", inet(AF_INET, IPPROTO_UDPLITE, inode));
      case "MPTCP":
        return labelled("TCP", inet(AF_INET, IPPROTO_TCP, inode));
      case "MPTCPv6":
        return labelled("TCPv6", inet(AF_INET6, IPPROTO_TCP, inode));
      default:
        return labelled(protocol, find(protocol, inode));
    }
  }

  private static @Nullable String labelled(String protocol, @Nullable String details) {
    return details == null ? null : protocol + ":[" + details + "]";
  }

  /** Whether strace names it; of packet(7) sockets and others it shows the link. */
  private static boolean isKnown(String protocol) {
    switch (protocol) {
      case "L2TP/IP":
      case "L2TP/IPv6":
      case "PING":
      case "PINGv6":
      case "NETLINK":
        return true;
      default:
        return protocol.startsWith("UNIX")
            || protocol.startsWith("TCP")
            || protocol.equals("UDP")
            || protocol.equals("UDPv6")
            || protocol.equals("UDPLITEv6")
            || protocol.startsWith("DCCP")
            || protocol.startsWith("SCTP")
            || protocol.startsWith("RAW");
    }
  }

  private @Nullable String find(String protocol, long inode) {
    switch (protocol) {
      case "UNIX":
      case "UNIX-STREAM":
        return unix(inode);
      case "NETLINK":
        return netlink(inode);
      case "TCP":
        return inet(AF_INET, IPPROTO_TCP, inode);
      case "TCPv6":
        return inet(AF_INET6, IPPROTO_TCP, inode);
      case "UDP":
        return inet(AF_INET, IPPROTO_UDP, inode);
      case "UDPv6":
        return inet(AF_INET6, IPPROTO_UDP, inode);
      case "UDPLITEv6":
        return inet(AF_INET6, IPPROTO_UDPLITE, inode);
      case "DCCP":
        return inet(AF_INET, IPPROTO_DCCP, inode);
      case "DCCPv6":
        return inet(AF_INET6, IPPROTO_DCCP, inode);
      case "SCTP":
        return inet(AF_INET, IPPROTO_SCTP, inode);
      case "SCTPv6":
        return inet(AF_INET6, IPPROTO_SCTP, inode);
      case "RAW":
        return inet(AF_INET, IPPROTO_RAW, inode);
      case "RAWv6":
        return inet(AF_INET6, IPPROTO_RAW, inode);
      default:
        return null;
    }
  }

  private @Nullable String protocol(int tid, int fd) {
    byte[] path = ProcFs.path(tid, "/fd/" + fd + "\0");
    buffer.put(0, path, 0, path.length);
    buffer.put(256, attribute, 0, attribute.length);
    long a = buffer.address();
    long length = libc.syscall(Arch.current().sysGetxattr(), a, a + 256, a + 512, 64, 0);
    if (length <= 0) {
      return null;
    }
    byte[] name = buffer.bytes(512, (int) length);
    int end = name[name.length - 1] == 0 ? name.length - 1 : name.length;
    return new String(name, 0, end, StandardCharsets.ISO_8859_1);
  }

  /** Sees the answers to a request; offsets are into the buffer. */
  private interface Answer {
    /**
     * Returns what the message at {@code offset} of {@code length} bytes says, or null if it is not
     * the one.
     */
    @Nullable String read(int offset, int length);
  }

  /**
   * Sends what stands in the buffer from 0 to {@code length} and looks for the first answer that
   * says something.
   */
  private @Nullable String ask(int length, Answer answer) {
    long fd =
        libc.syscall(
            Arch.current().sysSocket(), AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG, 0, 0);
    if (fd < 0) {
      return null;
    }
    try {
      if (libc.write((int) fd, buffer.address(), length) != length) {
        return null;
      }
      String found = null;
      while (true) {
        long got = libc.read((int) fd, buffer.address(), BUFFER);
        if (got < HEADER) {
          return found;
        }
        for (int at = 0; at + HEADER <= got; ) {
          int size = buffer.getInt(at);
          int type = buffer.getShort(at + 4) & 0xffff;
          if (size < HEADER || at + size > got || type == NLMSG_DONE || type == NLMSG_ERROR) {
            return found;
          }
          if (type == SOCK_DIAG_BY_FAMILY) {
            found = answer.read(at + HEADER, size - HEADER);
            if (found != null) {
              return found;
            }
          }
          if ((buffer.getShort(at + 6) & 2) == 0) {
            // A single answer, not part of a dump.
            return found;
          }
          at += (size + 3) & ~3;
        }
      }
    } finally {
      libc.close((int) fd);
    }
  }

  private void header(int length, int flags) {
    buffer.clear(0, length);
    buffer.putInt(0, length);
    buffer.putShort(4, (short) SOCK_DIAG_BY_FAMILY);
    buffer.putShort(6, (short) (NLM_F_REQUEST | flags));
  }

  /** struct inet_diag_req_v2 and inet_diag_msg of {@code linux/inet_diag.h}. */
  private @Nullable String inet(int family, int protocol, long inode) {
    int length = HEADER + 56;
    header(length, NLM_F_DUMP);
    buffer.putByte(HEADER, (byte) family);
    buffer.putByte(HEADER + 1, (byte) protocol);
    buffer.putInt(HEADER + 4, -1);
    return ask(
        length,
        (at, size) -> {
          if (size < 72 || (buffer.getInt(at + 68) & 0xffffffffL) != inode) {
            return null;
          }
          String local = address(family, at + 8) + ":" + port(at + 4);
          boolean connected = port(at + 6) != 0 || !isAny(at + 24, family == AF_INET ? 4 : 16);
          return connected ? local + "->" + address(family, at + 24) + ":" + port(at + 6) : local;
        });
  }

  private int port(int at) {
    return (buffer.getByte(at) & 0xff) << 8 | buffer.getByte(at + 1) & 0xff;
  }

  private boolean isAny(int at, int length) {
    for (int i = 0; i < length; i++) {
      if (buffer.getByte(at + i) != 0) {
        return false;
      }
    }
    return true;
  }

  private String address(int family, int at) {
    byte[] bytes = buffer.bytes(at, family == AF_INET ? 4 : 16);
    String text = io.github.jstrace.core.decode.InetText.format(bytes);
    return family == AF_INET ? text : "[" + text + "]";
  }

  /** struct unix_diag_req and unix_diag_msg of {@code linux/unix_diag.h}. */
  private @Nullable String unix(long inode) {
    int length = HEADER + 24;
    header(length, 0);
    buffer.putByte(HEADER, (byte) AF_UNIX);
    buffer.putInt(HEADER + 4, -1);
    buffer.putInt(HEADER + 8, (int) inode);
    buffer.putInt(HEADER + 12, UDIAG_SHOW_NAME | UDIAG_SHOW_PEER);
    buffer.putInt(HEADER + 16, -1);
    buffer.putInt(HEADER + 20, -1);
    return ask(length, (at, size) -> unixAnswer(at, size, inode));
  }

  private @Nullable String unixAnswer(int at, int size, long inode) {
    if (size < 16 || (buffer.getInt(at + 4) & 0xffffffffL) != inode) {
      return null;
    }
    long peer = 0;
    byte[] name = null;
    for (int a = at + 16; a + 4 <= at + size; ) {
      int length = buffer.getShort(a) & 0xffff;
      int type = buffer.getShort(a + 2) & 0xffff;
      if (length < 4 || a + length > at + size) {
        break;
      }
      if (type == UNIX_DIAG_PEER && length >= 8) {
        peer = buffer.getInt(a + 4) & 0xffffffffL;
      } else if (type == UNIX_DIAG_NAME) {
        name = buffer.bytes(a + 4, length - 4);
      }
      a += (length + 3) & ~3;
    }
    if (peer == 0 && (name == null || name.length == 0)) {
      return null;
    }
    String text = peer == 0 ? Long.toString(inode) : inode + "->" + peer;
    return name == null || name.length == 0 ? text : text + "," + quoted(name);
  }

  private static String quoted(byte[] name) {
    boolean isAbstract = name[0] == 0;
    int end = name.length;
    if (!isAbstract && name[end - 1] == 0) {
      end--;
    }
    StringBuilder s = new StringBuilder(isAbstract ? "@\"" : "\"");
    for (int i = isAbstract ? 1 : 0; i < end; i++) {
      int b = name[i] & 0xff;
      int escape = "\t\n\013\f\r\"\\".indexOf(b);
      if (escape >= 0) {
        s.append('\\').append("tnvfr\"\\".charAt(escape));
      } else if (b >= 0x20 && b < 0x7f) {
        s.append((char) b);
      } else {
        // Short, unless a digit follows.
        boolean digit = i + 1 < end && name[i + 1] >= '0' && name[i + 1] <= '9';
        String octal = Integer.toOctalString(b);
        s.append('\\').append(digit ? "000".substring(octal.length()) : "").append(octal);
      }
    }
    return s.append('"').toString();
  }

  /** struct netlink_diag_req and netlink_diag_msg of {@code linux/netlink_diag.h}. */
  private @Nullable String netlink(long inode) {
    int length = HEADER + 20;
    header(length, NLM_F_DUMP);
    buffer.putByte(HEADER, (byte) AF_NETLINK);
    buffer.putByte(HEADER + 1, (byte) NDIAG_PROTO_ALL);
    buffer.putInt(HEADER + 4, (int) inode);
    return ask(
        length,
        (at, size) -> {
          if (size < 20 || (buffer.getInt(at + 16) & 0xffffffffL) != inode) {
            return null;
          }
          int protocol = buffer.getByte(at + 2) & 0xff;
          String name = protocol < NETLINK_PROTOCOLS.length ? NETLINK_PROTOCOLS[protocol] : null;
          long port = buffer.getInt(at + 4) & 0xffffffffL;
          return (name == null ? Integer.toString(protocol) : name) + ":" + Long.toString(port);
        });
  }
}
