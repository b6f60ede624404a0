// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.jstrace.core.text.TextOptions.Constants;
import io.github.jstrace.tables.Abi;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sockets against lines that strace 6.1 printed for the same memory. */
class NetTypesTest {
  private static final int EBADF = -9;
  private static final int EFAULT = -14;
  private static final int EINVAL = -22;
  private static final int LOOPBACK = 0x0100007f;

  private DecodedLines t = new DecodedLines();

  @BeforeEach
  void fresh() {
    t = new DecodedLines();
  }

  private static short s(int value) {
    return (short) value;
  }

  private String bind(int length, Number... address) {
    return t.line("bind", EBADF, -1, t.numbers(address), length);
  }

  @Test
  void typesAndProtocols() {
    assertEquals(
        "socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_UDP) = 4",
        t.line("socket", 4, 2, 2 | 0x80000, 17));
    assertEquals("socket(AF_UNSPEC, 0, 0) = -1 EINVAL", t.line("socket", EINVAL, 0, 0, 0));
    assertEquals(
        "socket(0x63 /* AF_??? */, 0x4d /* SOCK_??? */, 5) = -1 EINVAL",
        t.line("socket", EINVAL, 99, 77, 5));
    assertEquals(
        "socket(0xffffffff /* AF_??? */, SOCK_CLOEXEC|SOCK_NONBLOCK|0xfff7f7ff,"
            + " 18446744073709551615) = -1 EINVAL",
        t.line("socket", EINVAL, -1, -1, -1));
    assertEquals(
        "socketpair(AF_UNIX, SOCK_RAW|0x60 /* SOCK_??? */, 0, 0x10000000) = -1 EINVAL",
        t.line("socketpair", EINVAL, 1, 99, 0, DecodedLines.BASE));
    assertEquals(
        "socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) = 7", t.line("socket", 7, 17, 3, 0x300));
    t.constants(Constants.VERBOSE);
    assertEquals(
        "socket(0xa /* AF_INET6 */, 0x2 /* SOCK_DGRAM */|0x80800 /* SOCK_CLOEXEC|SOCK_NONBLOCK */,"
            + " 0x11 /* IPPROTO_UDP */) = 3",
        t.line("socket", 3, 10, 2 | 0x80800, 17));
  }

  @Test
  void addresses() {
    assertEquals(
        "bind(-1, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"127.0.0.1\")}, 16)"
            + " = -1 EBADF",
        bind(16, s(2), s(0x3500), LOOPBACK, 0L));
    assertEquals(
        "bind(-1, {sa_family=AF_INET, sa_data=\"\\0005\\177\\0\\0\\1\"}, 8) = -1 EBADF",
        bind(8, s(2), s(0x3500), LOOPBACK));
    assertEquals("bind(-1, {sa_family=AF_INET}, 2) = -1 EBADF", bind(2, s(2)));
    assertEquals("bind(-1, 0x10000070, 1) = -1 EBADF", bind(1, s(2)));
    assertEquals(
        "bind(-1, {sa_family=AF_NETLINK, nl_pad=0x3130, nl_pid=892613426, nl_groups=0x39383736},"
            + " 12) = -1 EBADF",
        bind(12, s(16), s(0x3130), 892613426, 0x39383736));
    assertEquals(
        "bind(-1, {sa_family=AF_VSOCK, svm_cid=VMADDR_CID_HOST, svm_port=VMADDR_PORT_ANY,"
            + " svm_flags=VMADDR_FLAG_TO_HOST}, 16) = -1 EBADF",
        bind(16, s(40), s(0), -1, 2, 1));
    assertEquals(
        "bind(-1, {sa_family=AF_BLUETOOTH, sco_bdaddr=73:6f:6d:65:74:68}, 8) = -1 EBADF",
        bind(8, s(31), s(0x6f73), 0x6874656d));
    assertEquals(
        "bind(-1, {sa_family=AF_XDP, sxdp_flags=XDP_SHARED_UMEM, sxdp_ifindex=1, sxdp_queue_id=2,"
            + " sxdp_shared_umem_fd=3}, 16) = -1 EBADF",
        bind(16, s(44), s(1), 1, 2, 3));
  }

  /** As strace 7.2 shows them. */
  @Test
  void tipcAddresses() {
    assertEquals(
        "bind(-1, {sa_family=AF_TIPC, addrtype=TIPC_SERVICE_ADDR, scope=TIPC_NODE_SCOPE,"
            + " addr={name={name={type=5, instance=6}, domain=0x7}}}, 16) = -1 EBADF",
        bind(16, s(30), (byte) 2, (byte) 3, 5, 6, 7));
    assertEquals(
        "bind(-1, {sa_family=AF_TIPC, addrtype=TIPC_SOCKET_ADDR, scope=0 /* TIPC_???_SCOPE */,"
            + " addr={id={ref=5, node=0x6}}}, 16) = -1 EBADF",
        bind(16, s(30), (byte) 3, (byte) 0, 5, 6, 7));
    assertEquals(
        "bind(-1, {sa_family=AF_TIPC, addrtype=TIPC_SERVICE_RANGE, scope=TIPC_CLUSTER_SCOPE,"
            + " addr={nameseq={type=5, lower=6, upper=7}}}, 16) = -1 EBADF",
        bind(16, s(30), (byte) 1, (byte) 2, 5, 6, 7));
  }

  @Test
  void unixPaths() {
    long address = t.put("\1\0/tmp/nosuch");
    assertEquals(
        "connect(3, {sa_family=AF_UNIX, sun_path=\"/tmp/nosuch\"}, 14) = 0",
        t.line("connect", 0, 3, address, 14));
    assertEquals(
        "connect(3, {sa_family=AF_UNIX, sun_path=\"/tmp\"}, 6) = 0",
        t.line("connect", 0, 3, address, 6));
    assertEquals(
        "connect(3, {sa_family=AF_UNIX, sun_path=\"/tmp/nosuch\"}, 1073741824) = -1 EINVAL",
        t.line("connect", EINVAL, 3, address, 1 << 30));
    assertEquals(
        "connect(3, 0x10000000, -1) = -1 EINVAL", t.line("connect", EINVAL, 3, address, -1));
    assertEquals(
        "connect(3, {sa_family=AF_UNIX, sun_path=@\"x\\0\"}, 5) = 0",
        t.line("connect", 0, 3, t.put("\1\0\0x"), 5));
  }

  @Test
  void inet6AddressesAreShownAsTheCallThatMakesThem() {
    Number[] address = {s(10), s(0x3500), 0, 0L, 0x0100000000000000L, 3};
    assertEquals(
        "bind(-1, {sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0),"
            + " inet_pton(AF_INET6, \"::1\", &sin6_addr), sin6_scope_id=3}, 28) = -1 EBADF",
        bind(28, address));
    t.constants(Constants.RAW);
    assertEquals(
        "bind(-1, {sa_family=0xa, sin6_port=\"\\x00\\x35\", sin6_flowinfo=\"\\x00\\x00\\x00\\x00\","
            + " sin6_addr=\"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
            + "\\x00\\x01\"}, 24) = -1 EBADF",
        bind(24, address));
  }

  @Test
  void storedAddressesAreCutAtTheRoomForThem() {
    long address = t.put("\1\0/tmp/sk");
    long length = t.numbers(5);
    assertEquals(
        "recvfrom(4, \"\\1\", 10, MSG_DONTWAIT, {sa_family=AF_UNIX, sun_path=\"/tm\"}, [5 => 10])"
            + " = 1",
        t.line(
            Abi.X86_64,
            "recvfrom",
            1,
            () -> t.store(length, 10),
            4,
            address,
            10,
            0x40,
            address,
            length));
    assertEquals(
        "recvfrom(4, \"\\1\", 10, 0, NULL, 0x10000020) = 1",
        t.line("recvfrom", 1, 4, address, 10, 0, 0, length));
    assertEquals(
        "getsockname(-1, 0x10000000, [10]) = -1 EBADF",
        t.line("getsockname", EBADF, -1, address, length));
  }

  @Test
  void options() {
    long value = t.numbers(1, 5, 3);
    assertEquals(
        "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
        t.line("setsockopt", 0, 3, 1, 2, value, 4));
    assertEquals(
        "setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0",
        t.line("setsockopt", 0, 3, 1, 13, value, 8));
    assertEquals(
        "setsockopt(3, SOL_SOCKET, SO_LINGER, 0x10000000, 4) = -1 EINVAL",
        t.line("setsockopt", EINVAL, 3, 1, 13, value, 4));
    assertEquals(
        "setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, \"\\1\\0\\0\\0\\5\\0\\0\\0\", 8) = 0",
        t.line("setsockopt", 0, 3, 1, 20, value, 8));
    assertEquals(
        "setsockopt(-1, 0x7777 /* SOL_?? */, 13, \"\\1\\0\", 2) = -1 EBADF",
        t.line("setsockopt", EBADF, -1, 0x7777, 13, value, 2));
    assertEquals(
        "setsockopt(3, SOL_IP, IP_ADD_MEMBERSHIP, {imr_multiaddr=inet_addr(\"1.0.0.0\"),"
            + " imr_interface=inet_addr(\"5.0.0.0\")}, 12) = 0",
        t.line("setsockopt", 0, 3, 0, 35, value, 12));
    assertEquals(
        "setsockopt(3, SOL_RAW, ICMP_FILTER, [ICMP_ECHOREPLY], 4) = 0",
        t.line("setsockopt", 0, 3, 255, 1, value, 4));
  }

  @Test
  void optionsAsTheKernelStoresThem() {
    long value = t.numbers(111, 0, 0);
    assertEquals(
        "getsockopt(3, SOL_SOCKET, SO_PEERCRED, {pid=111, uid=0, gid=0}, [64 => 12]) = 0",
        get(17, value, 64, 12));
    assertEquals(
        "getsockopt(3, SOL_SOCKET, SO_PEERCRED, {pid=111, uid=\"\\x00\\x00\"}, [6]) = 0",
        get(17, value, 6, 6));
    assertEquals(
        "getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0", get(4, value, 4, 4));
    assertEquals(
        "getsockopt(3, SOL_SOCKET, SO_DEBUG, \"\\x6f\\x00\", [2]) = 0", get(1, value, 2, 2));
    assertEquals("getsockopt(3, SOL_SOCKET, SO_TYPE, \"o\\0\", [2]) = 0", get(3, value, 2, 2));
    assertEquals(
        "getsockopt(3, SOL_SOCKET, SO_TYPE, NULL, [4]) = -1 EFAULT",
        t.line("getsockopt", EFAULT, 3, 1, 3, 0, t.numbers(4)));
  }

  private String get(int option, long value, int room, int length) {
    long lengthAt = t.numbers(room);
    return t.line(
        Abi.X86_64,
        "getsockopt",
        0,
        () -> t.store(lengthAt, length),
        3,
        1,
        option,
        value,
        lengthAt);
  }

  private long header(long name, int nameLength, long vector, long count, long control, long size) {
    return t.numbers(name, nameLength, 0, vector, count, control, size, 0, 0);
  }

  @Test
  void messages() {
    long vector = t.numbers(t.put("hello"), 5L, t.put("world"), 60L);
    long rights = t.numbers(24L, 1, 1, 0, 1);
    assertEquals(
        "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"hello\", iov_len=5}],"
            + " msg_iovlen=1, msg_control=[{cmsg_len=24, cmsg_level=SOL_SOCKET,"
            + " cmsg_type=SCM_RIGHTS, cmsg_data=[0, 1]}], msg_controllen=24, msg_flags=0},"
            + " MSG_NOSIGNAL) = 5",
        t.line("sendmsg", 5, 3, header(0, 0, vector, 1, rights, 24), 0x4000));
    long address = t.put("\1\0/tmp/sk");
    long header = header(address, 110, vector, 2, 0, 0);
    assertEquals(
        "recvmsg(3, {msg_name=0x"
            + Long.toHexString(address)
            + ", msg_namelen=110 => 0,"
            + " msg_iov=[{iov_base=\"hello\", iov_len=5}, {iov_base=\"wor\", iov_len=60}],"
            + " msg_iovlen=2, msg_controllen=0, msg_flags=0}, 0) = 8",
        t.line(Abi.X86_64, "recvmsg", 8, () -> t.store(header + 8, 0), 3, header, 0));
    assertEquals(
        "recvmsg(3, {msg_namelen=0}, 0) = -1 EBADF", t.line("recvmsg", EBADF, 3, header, 0));
    assertEquals("sendmsg(3, 0x1, 0) = -1 EFAULT", t.line("sendmsg", EFAULT, 3, 1, 0));
  }

  private String control(Number... control) {
    byte[] bytes = DecodedLines.bytes(control);
    String line = t.line("sendmsg", 0, 3, header(0, 0, 0, 0, t.put(bytes), bytes.length), 0);
    int from = line.indexOf("msg_control=") + "msg_control=".length();
    return line.substring(from, line.indexOf(", msg_controllen"));
  }

  @Test
  void controlMessages() {
    assertEquals(
        "[{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS,"
            + " cmsg_data={pid=7, uid=0, gid=0}}, {cmsg_len=20, cmsg_level=SOL_SOCKET,"
            + " cmsg_type=SCM_RIGHTS, cmsg_data=[2]}]",
        control(28L, 1, 2, 7, 0, 0, 0, 20L, 1, 1, 2, 0));
    assertEquals(
        "[{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={ipi_ifindex=9,"
            + " ipi_spec_dst=inet_addr(\"127.0.0.1\"), ipi_addr=inet_addr(\"127.0.0.1\")}}]",
        control(28L, 0, 8, 9, LOOPBACK, LOOPBACK));
    // As strace 7.2 shows them: 6.1 knows neither the one nor data of what it does not know.
    assertEquals(
        "[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_PIDFD, cmsg_data=5}]",
        control(20L, 1, 4, 5));
    assertEquals(
        "[{cmsg_len=20, cmsg_level=SOL_IPV6, cmsg_type=0x32, cmsg_data=\"\\x05\\x00\\x00\\x00\"}]",
        control(20L, 41, 50, 5));
    assertEquals(
        "[{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_PROTOCOL, cmsg_data=[IPPROTO_TCP]}]",
        control(20L, 0, 52, 6));
    // What follows a message that is too short to be one is not looked at.
    byte[] garbage = DecodedLines.bytes(24L, 0, 8, 3, 1, 2L, 1, 1, 0);
    long at = t.put(garbage);
    assertEquals(
        "sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=NULL, msg_iovlen=0,"
            + " msg_control=[{cmsg_len=24, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO,"
            + " cmsg_data=\"\\x03\\x00\\x00\\x00\\x01\\x00\\x00\\x00\"},"
            + " {cmsg_len=2, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS}, ... /* 0x"
            + Long.toHexString(at + 40)
            + " */], msg_controllen=44, msg_flags=0}, 0) = -1 EINVAL",
        t.line("sendmsg", EINVAL, 3, header(0, 0, 0, 0, at, garbage.length), 0));
    assertEquals(
        "[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SO_TIMESTAMP_OLD, cmsg_data=???}]",
        control(20L, 1, 29, 3));
    assertEquals(
        "[{cmsg_len=16, cmsg_level=0x63 /* SOL_??? */, cmsg_type=0x1}]", control(16L, 99, 1));
  }

  @Test
  void severalMessages() {
    long vector = t.numbers(t.put("hello"), 5L);
    Number[] one = {0L, 0, 0, vector, 1L, 0L, 0L, 0L, 5, 0};
    Number[] two = new Number[20];
    System.arraycopy(one, 0, two, 0, 10);
    System.arraycopy(one, 0, two, 10, 10);
    long messages = t.numbers(two);
    String header =
        "{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"hello\", iov_len=5}],"
            + " msg_iovlen=1, msg_controllen=0, msg_flags=0}";
    assertEquals(
        "sendmmsg(3, [" + header + ", msg_len=5}, " + header + "}], 2, 0) = 1",
        t.line("sendmmsg", 1, 3, messages, 2, 0));
    long timeout = t.numbers(1L, 0L);
    assertEquals(
        "recvmmsg(3, ["
            + header
            + ", msg_len=5}], 3, 0, {tv_sec=1, tv_nsec=0}) = 1 (left {tv_sec=0, tv_nsec=7})",
        t.line(
            Abi.X86_64, "recvmmsg", 1, () -> t.store(timeout, 0L, 7L), 3, messages, 3, 0, timeout));
    assertEquals(
        "recvmmsg(3, [], 0, 0, NULL) = 0 (Timeout)", t.line("recvmmsg", 0, 3, messages, 0, 0, 0));
  }

  @Test
  void vectors() {
    long vector = t.numbers(t.put("hello"), 5L, 1L, 3L);
    assertEquals(
        "writev(1, [{iov_base=\"hello\", iov_len=5}, {iov_base=0x1, iov_len=3}], 2) = -1 EFAULT",
        t.line("writev", EFAULT, 1, vector, 2));
    assertEquals("writev(1, [], 0) = 0", t.line("writev", 0, 1, vector, 0));
    assertEquals(
        "writev(1, 0x10000020, 18446744073709551615) = -1 EINVAL",
        t.line("writev", EINVAL, 1, vector, -1));
    assertEquals(
        "readv(1, [{iov_base=0x10000000, iov_len=5}], 1) = -1 EBADF",
        t.line("readv", EBADF, 1, vector, 1));
    assertEquals(
        "writev(1, [{iov_base=NULL, iov_len=0}, ... /* 0x10010000 */], 3) = -1 EFAULT",
        t.line("writev", EFAULT, 1, DecodedLines.edge(16), 3));
  }

  @Test
  void i386HasWordsOfFourBytes() {
    int data = (int) t.put("hey");
    int vector = (int) t.numbers(data, 3);
    int control = (int) t.numbers(16, 1, 1, 1);
    assertEquals(
        "sendmsg(-1, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"hey\", iov_len=3}],"
            + " msg_iovlen=1, msg_control=[{cmsg_len=16, cmsg_level=SOL_SOCKET,"
            + " cmsg_type=SCM_RIGHTS, cmsg_data=[1]}], msg_controllen=16, msg_flags=0}, 0)"
            + " = -1 EBADF",
        t.line(
            Abi.I386, "sendmsg", EBADF, null, -1, t.numbers(0, 0, vector, 1, control, 16, 0), 0));
  }

  @Test
  void manyMessagesWithOneLongVectorDoNotFillTheMemory() {
    t.verbose();
    Number[] longVector = new Number[2 * 1000];
    Arrays.fill(longVector, 0L);
    long vector = t.numbers(longVector);
    Number[] message = {0L, 0, 0, vector, 1000L, 0L, 0L, 0L, 0, 0};
    Number[] all = new Number[600 * message.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = message[i % message.length];
    }
    String line = t.line("sendmmsg", 0, 3, t.numbers(all), 600, 0);
    assertEquals(66, line.split("msg_hdr", -1).length - 1);
  }
}
