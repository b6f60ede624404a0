// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Netlink messages against lines that strace 6.1 printed for the same memory. */
class NetlinkTest {
  private static final int ROUTE = 3;
  private static final int SOCK_DIAG = 4;
  private static final int UNBOUND = 5;
  private static final int UEVENT = 6;
  private static final int GENERIC = 7;

  private static final FdResolver KNOWN =
      new FdResolver() {
        @Override
        public byte @Nullable [] path(int tid, int fd) {
          return null;
        }

        @Override
        public @Nullable String details(int tid, int fd, byte[] path) {
          return null;
        }

        @Override
        public int netlinkProtocol(int tid, int fd) {
          switch (fd) {
            case ROUTE:
              return 0;
            case SOCK_DIAG:
              return 4;
            case UNBOUND:
              return UNKNOWN_NETLINK;
            case UEVENT:
              return 15;
            case GENERIC:
              return 16;
            default:
              return NOT_NETLINK;
          }
        }

        @Override
        public byte @Nullable [] interfaceName(int index) {
          return index == 1 ? "lo".getBytes(StandardCharsets.US_ASCII) : null;
        }

        @Override
        public byte @Nullable [] genericFamily(int number) {
          return number == 16 ? "nlctrl".getBytes(StandardCharsets.US_ASCII) : null;
        }

        @Override
        public byte @Nullable [] comm(int pid) {
          return null;
        }
      };

  private final DecodedLines t = new DecodedLines().fds(KNOWN);

  private static short s(int value) {
    return (short) value;
  }

  private static byte b(int value) {
    return (byte) value;
  }

  private String sent(int fd, Number... message) {
    byte[] bytes = DecodedLines.bytes(message);
    String line = t.line("sendto", bytes.length, fd, t.put(bytes), bytes.length, 0, 0, 0);
    int from = "sendto(3, ".length();
    return line.substring(from, line.indexOf(", " + bytes.length + ", 0, NULL"));
  }

  private static final Number[] GETLINK = {32, s(18), s(0x301), 1, 0, s(0), s(0), 0, 0, 0};
  private static final String GETLINK_TEXT =
      "[{nlmsg_len=32, nlmsg_type=RTM_GETLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_DUMP, nlmsg_seq=1,"
          + " nlmsg_pid=0}, {ifi_family=AF_UNSPEC, ifi_type=ARPHRD_NETROM, ifi_index=0, ifi_flags=0,"
          + " ifi_change=0}]";

  private static Number[] join(Number[] a, Number... b) {
    Number[] both = new Number[a.length + b.length];
    System.arraycopy(a, 0, both, 0, a.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @Test
  void oneMessageOrSeveral() {
    assertEquals(GETLINK_TEXT, sent(ROUTE, GETLINK));
    assertEquals(
        "[" + GETLINK_TEXT + ", " + GETLINK_TEXT + "]", sent(ROUTE, join(GETLINK, GETLINK)));
    assertEquals(
        "{nlmsg_len=16, nlmsg_type=RTM_GETADDR, nlmsg_flags=NLM_F_REQUEST|NLM_F_DUMP, nlmsg_seq=1,"
            + " nlmsg_pid=0}",
        sent(ROUTE, 16, s(22), s(0x301), 1, 0));
  }

  @Test
  void messagesThatAreNotWhatTheySay() {
    assertEquals("\"\\x61\\x62\\x63\"", sent(ROUTE, b(0x61), b(0x62), b(0x63)));
    assertEquals("\"\"", sent(ROUTE));
    assertEquals(
        "{nlmsg_len=0, nlmsg_type=0 /* NLMSG_??? */, nlmsg_flags=0, nlmsg_seq=0, nlmsg_pid=0}",
        sent(ROUTE, 0, s(0), s(0), 0, 0));
    assertEquals(
        "[{nlmsg_len=16, nlmsg_type=RTM_GETLINK, nlmsg_flags=NLM_F_MULTI, nlmsg_seq=1,"
            + " nlmsg_pid=0}, \"\\x78\\x79\\x7a\"]",
        sent(ROUTE, 16, s(18), s(2), 1, 0, b(0x78), b(0x79), b(0x7a)));
    assertEquals(
        "[{nlmsg_len=1000, nlmsg_type=RTM_GETLINK, nlmsg_flags=NLM_F_MULTI, nlmsg_seq=1,"
            + " nlmsg_pid=0}, {ifi_family=0x78 /* AF_??? */, ...}]",
        sent(ROUTE, 1000, s(18), s(2), 1, 0, b(0x78), b(0x79), b(0x7a)));
    assertEquals(
        "[{nlmsg_len=32, nlmsg_type=0x270f /* RTM_??? */, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK,"
            + " nlmsg_seq=1, nlmsg_pid=0}, {family=AF_UNSPEC, data=\"\\x00\\x00\\x00\\x00\\x00\\x00"
            + "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"}]",
        sent(ROUTE, 32, s(9999), s(5), 1, 0, 0L, 0L));
  }

  @Test
  void addressesWithAttributes() {
    assertEquals(
        "[{nlmsg_len=76, nlmsg_type=RTM_NEWADDR, nlmsg_flags=NLM_F_MULTI, nlmsg_seq=1,"
            + " nlmsg_pid=7}, {ifa_family=AF_INET, ifa_prefixlen=8, ifa_flags=IFA_F_PERMANENT,"
            + " ifa_scope=RT_SCOPE_HOST, ifa_index=if_nametoindex(\"lo\")},"
            + " [[{nla_len=8, nla_type=IFA_ADDRESS}, inet_addr(\"127.0.0.1\")],"
            + " [{nla_len=8, nla_type=IFA_LOCAL}, inet_addr(\"127.0.0.1\")],"
            + " [{nla_len=7, nla_type=IFA_LABEL}, \"lo\"],"
            + " [{nla_len=8, nla_type=IFA_FLAGS}, IFA_F_PERMANENT],"
            + " [{nla_len=20, nla_type=IFA_CACHEINFO}, {ifa_prefered=4294967295,"
            + " ifa_valid=4294967295, cstamp=20, tstamp=20}]]]",
        sent(
            ROUTE,
            76,
            s(20),
            s(2),
            1,
            7,
            b(2),
            b(8),
            b(0x80),
            b(254),
            1,
            s(8),
            s(1),
            0x0100007f,
            s(8),
            s(2),
            0x0100007f,
            s(7),
            s(3),
            0x6f6c,
            s(8),
            s(8),
            0x80,
            s(20),
            s(6),
            -1,
            -1,
            20,
            20));
  }

  /** As strace 7.2 shows them. */
  @Test
  void multicastGroupsAndWhatCameToLinks() {
    assertEquals(
        "[{nlmsg_len=32, nlmsg_type=RTM_NEWMULTICAST, nlmsg_flags=NLM_F_MULTI, nlmsg_seq=1,"
            + " nlmsg_pid=0}, {ifa_family=AF_INET, ifa_prefixlen=24, ifa_flags=0,"
            + " ifa_scope=RT_SCOPE_UNIVERSE, ifa_index=if_nametoindex(\"lo\")},"
            + " [{nla_len=8, nla_type=IFA_MULTICAST}, inet_addr(\"224.0.0.1\")]]",
        sent(ROUTE, 32, s(56), s(2), 1, 0, b(2), b(24), b(0), b(0), 1, s(8), s(7), 0x010000e0));
    String link =
        ", nlmsg_type=RTM_GETLINK, nlmsg_flags=NLM_F_MULTI, nlmsg_seq=1, nlmsg_pid=0},"
            + " {ifi_family=AF_BRIDGE, ifi_type=ARPHRD_NETROM, ifi_index=0, ifi_flags=0,"
            + " ifi_change=0}, ";
    Number[] head = {s(18), s(2), 1, 0, s(7), s(0), 0, 0, 0};
    assertEquals(
        "[{nlmsg_len=44"
            + link
            + "[{nla_len=12, nla_type=IFLA_PROTINFO},"
            + " [{nla_len=5, nla_type=IFLA_BRPORT_MAB}, 1]]]",
        sent(ROUTE, join(join(new Number[] {44}, head), s(12), s(12), s(5), s(40), 1)));
    assertEquals(
        "[{nlmsg_len=40" + link + "[{nla_len=6, nla_type=IFLA_HEADROOM}, 513]]",
        sent(ROUTE, join(join(new Number[] {40}, head), s(6), s(68), 513)));
  }

  @Test
  void attributesThatAreCutUnknownOrNested() {
    Number[] link = {s(0), s(0), 0, 0, 0};
    Number[] head = {37, s(18), s(2), 1, 0};
    String text =
        "[{nlmsg_len=37, nlmsg_type=RTM_GETLINK, nlmsg_flags=NLM_F_MULTI, nlmsg_seq=1,"
            + " nlmsg_pid=0}, {ifi_family=AF_UNSPEC, ifi_type=ARPHRD_NETROM, ifi_index=0,"
            + " ifi_flags=0, ifi_change=0}, ";
    assertEquals(
        text + "[{nla_len=5, nla_type=IFLA_IFNAME}, \"a\"...]]",
        sent(ROUTE, join(join(head, link), s(5), s(3), b(0x61))));
    assertEquals(
        text + "[{nla_len=5, nla_type=0x3fff /* IFLA_??? */}, \"\\x01\"]]",
        sent(ROUTE, join(join(head, link), s(5), s(0x3fff), b(1))));
    assertEquals(
        text.replace("37", "49")
            + "[[{nla_len=12, nla_type=NLA_F_NESTED|IFLA_LINKINFO}, [{nla_len=8,"
            + " nla_type=IFLA_INFO_KIND}, \"veth\"...]],"
            + " {nla_len=4, nla_type=NLA_F_NESTED|0x3ffe /* IFLA_??? */}, \"\\x00\"]]",
        sent(
            ROUTE,
            join(
                join(new Number[] {49, s(18), s(2), 1, 0}, link),
                s(12),
                s(0x8012),
                s(8),
                s(1),
                0x68746576,
                s(4),
                s(0xbffe),
                b(0))));
  }

  @Test
  void errorsAndAcknowledgements() {
    assertEquals(
        "[{nlmsg_len=52, nlmsg_type=NLMSG_ERROR, nlmsg_flags=0, nlmsg_seq=1, nlmsg_pid=7},"
            + " {error=-EINVAL, msg="
            + GETLINK_TEXT
            + "}]",
        sent(ROUTE, join(new Number[] {52, s(2), s(0), 1, 7, -22}, GETLINK)));
    assertEquals(
        "[{nlmsg_len=20, nlmsg_type=NLMSG_DONE, nlmsg_flags=NLM_F_MULTI, nlmsg_seq=1, nlmsg_pid=7},"
            + " 0]",
        sent(ROUTE, 20, s(3), s(2), 1, 7, 0));
    assertEquals(
        "[{nlmsg_len=48, nlmsg_type=NLMSG_ERROR, nlmsg_flags=NLM_F_CAPPED|NLM_F_ACK_TLVS,"
            + " nlmsg_seq=1, nlmsg_pid=7}, [{error=-EINVAL, msg={nlmsg_len=32,"
            + " nlmsg_type=RTM_GETLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_DUMP, nlmsg_seq=1,"
            + " nlmsg_pid=0}}, [{nla_len=12, nla_type=NLMSGERR_ATTR_MSG}, \"too bad\"]]]",
        sent(
            ROUTE,
            48,
            s(2),
            s(0x300),
            1,
            7,
            -22,
            32,
            s(18),
            s(0x301),
            1,
            0,
            s(12),
            s(1),
            0x206f6f74,
            0x00646162));
  }

  @Test
  void questionsAboutSockets() {
    assertEquals(
        "[{nlmsg_len=72, nlmsg_type=SOCK_DIAG_BY_FAMILY, nlmsg_flags=NLM_F_REQUEST|NLM_F_DUMP,"
            + " nlmsg_seq=123456, nlmsg_pid=0}, {sdiag_family=AF_INET, sdiag_protocol=IPPROTO_TCP,"
            + " idiag_ext=0, idiag_states=1<<TCP_ESTABLISHED|1<<TCP_LISTEN|0x1,"
            + " id={idiag_sport=htons(0), idiag_dport=htons(0), idiag_src=inet_addr(\"0.0.0.0\"),"
            + " idiag_dst=inet_addr(\"0.0.0.0\"), idiag_if=0, idiag_cookie=[0, 0]}}]",
        sent(
            SOCK_DIAG, 72, s(20), s(0x301), 123456, 0, b(2), b(6), s(0), 0x403, 0, 0L, 0L, 0L, 0L,
            0L, 0));
    assertEquals(
        "[{nlmsg_len=24, nlmsg_type=0x14 /* NLMSG_??? */, nlmsg_flags=NLM_F_REQUEST|0x300,"
            + " nlmsg_seq=1, nlmsg_pid=0}, \"\\x02\\x06\\x00\\x00\\xff\\xff\\xff\\xff\"]",
        sent(UNBOUND, 24, s(20), s(0x301), 1, 0, b(2), b(6), s(0), -1));
  }

  @Test
  void eventsAreStringsAndOtherSocketsHaveBytes() {
    assertEquals("\"add@\\0\"", sent(UEVENT, 0x40646461, b(0)));
    assertEquals(
        "\"\\20\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\"", sent(9, 16, s(0), s(0), 0, 0));
  }

  @Test
  void longListsAreCutWhenBrief() {
    Number[] messages = {};
    for (int i = 0; i < 40; i++) {
      messages = join(messages, 16, s(18), s(1), i, 0);
    }
    String brief = sent(ROUTE, messages);
    assertEquals(32, brief.split("nlmsg_len", -1).length - 1);
    assertEquals("}, ...]", brief.substring(brief.length() - 7));
    t.verbose();
    assertEquals(40, sent(ROUTE, messages).split("nlmsg_len", -1).length - 1);
  }

  @Tag("any-java")
  @Test
  void garbageIsShownSomehow() {
    Random random = new Random(1);
    for (int round = 0; round < 20000; round++) {
      Number[] garbage = new Number[random.nextInt(120)];
      for (int i = 0; i < garbage.length; i++) {
        garbage[i] = b(random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(4));
      }
      if (garbage.length > 16 && random.nextInt(4) > 0) {
        // A length, a type and flags that lead somewhere.
        garbage[0] = b(random.nextInt(128));
        garbage[1] = garbage[2] = garbage[3] = garbage[5] = b(0);
        garbage[4] = b(random.nextInt(48));
      }
      DecodedLines fresh = new DecodedLines().fds(KNOWN);
      byte[] bytes = DecodedLines.bytes(garbage);
      int fd = random.nextBoolean() ? ROUTE : SOCK_DIAG;
      long at = DecodedLines.edge(bytes.length);
      fresh.store(at, garbage);
      String line = fresh.line("sendto", 0, fd, at, bytes.length, 0, 0, 0);
      assertTrue(line.startsWith("sendto("), line);
    }
  }

  /** strace shows its bytes. */
  @Test
  void controllerOfGenericNetlink() {
    assertEquals(
        "[{nlmsg_len=32, nlmsg_type=nlctrl, nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=1, nlmsg_pid=0},"
            + " {cmd=CTRL_CMD_GETFAMILY, version=1}, [{nla_len=11, nla_type=CTRL_ATTR_FAMILY_NAME},"
            + " \"nlctrl\"]]",
        sent(
            GENERIC,
            32,
            s(16),
            s(1),
            1,
            0,
            b(3),
            b(1),
            s(0),
            s(11),
            s(2),
            0x74636c6e,
            s(0x6c72),
            s(0)));
    assertEquals(
        "{nlmsg_len=16, nlmsg_type=0x11 /* GENERIC_FAMILY_??? */, nlmsg_flags=NLM_F_REQUEST,"
            + " nlmsg_seq=1, nlmsg_pid=0}",
        sent(GENERIC, 16, s(17), s(1), 1, 0));
  }

  /** A pair of devices is made by a message within the message. */
  @Test
  void linksWithinLinks() {
    Number[] kind = {s(8), s(1), 0x68746576};
    Number[] name = {s(6), s(3), s(0x31), s(0)};
    Number[] link = {s(0), s(0), 0, 0, 0};
    Number[] data = join(new Number[] {s(32), s(2), s(28), s(1)}, join(link, name));
    Number[] info = join(join(new Number[] {s(44), s(18)}, kind), data);
    assertEquals(
        "[{nlmsg_len=76, nlmsg_type=RTM_NEWLINK, nlmsg_flags=NLM_F_CREATE, nlmsg_seq=1,"
            + " nlmsg_pid=0}, {ifi_family=AF_UNSPEC, ifi_type=ARPHRD_NETROM, ifi_index=0,"
            + " ifi_flags=0, ifi_change=0}, [{nla_len=44, nla_type=IFLA_LINKINFO}, [[{nla_len=8,"
            + " nla_type=IFLA_INFO_KIND}, \"veth\"...], [{nla_len=32, nla_type=IFLA_INFO_DATA},"
            + " [{nla_len=28, nla_type=VETH_INFO_PEER}, {ifi_family=AF_UNSPEC,"
            + " ifi_type=ARPHRD_NETROM, ifi_index=0, ifi_flags=0, ifi_change=0}, [{nla_len=6,"
            + " nla_type=IFLA_IFNAME}, \"1\"]]]]]]",
        sent(ROUTE, join(new Number[] {76, s(16), s(0x400), 1, 0}, join(link, info))));
    Number[] nested = name;
    int size = 8;
    for (int i = 0; i < 800; i++) {
      nested = join(join(new Number[] {s(size + 20), s(1)}, link), nested);
      nested = join(new Number[] {s(size + 24), s(2)}, nested);
      nested = join(join(new Number[] {s(size + 36), s(18)}, kind), nested);
      size += 36;
    }
    String line = sent(ROUTE, join(join(new Number[] {1 << 20, s(16), s(0), 1, 0}, link), nested));
    assertEquals(10, line.split("VETH_INFO_PEER", -1).length - 1);
  }

  @Test
  void errorsWithinErrorsEndSomewhere() {
    Number[] nested = {};
    for (int i = 0; i < 1000; i++) {
      nested = join(nested, 1 << 20, s(2), s(0), 1, 0, -22);
    }
    String line = sent(ROUTE, nested);
    assertEquals(8, line.split("error=", -1).length - 1);
  }

  /** As strace 7.2 shows them. */
  @Test
  void otherFamiliesOfGenericNetlink() {
    assertEquals(
        "[{nlmsg_len=28, nlmsg_type=0x11 /* GENERIC_FAMILY_??? */,"
            + " nlmsg_flags=NLM_F_REQUEST|NLM_F_DUMP, nlmsg_seq=1, nlmsg_pid=0},"
            + " {cmd=0x3, version=2, reserved=0x55},"
            + " [{nla_len=8, nla_type=NLA_F_NESTED|0x3}, \"\\x07\\x00\\x00\\x00\"]]",
        sent(GENERIC, 28, s(17), s(0x301), 1, 0, b(3), b(2), s(0x55), s(8), s(0x8003), 7));
  }
}
