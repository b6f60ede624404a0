// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jstrace.core.decode.FdResolver;
import java.io.File;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What sockets of this very process are, as Java's own API says. */
class LinuxFdResolverTest {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 02000000;

  private final int pid = (int) ProcessHandle.current().pid();
  private final Libc libc = Libc.get();
  private final LinuxFdResolver resolver = new LinuxFdResolver(libc);

  private List<String> details() {
    List<String> all = new ArrayList<>();
    for (String name : requireNonNull(new File("/proc/self/fd").list())) {
      int fd = Integer.parseInt(name);
      byte[] path = resolver.path(pid, fd);
      String details = path == null ? null : resolver.details(pid, fd, path);
      if (details != null) {
        all.add(details);
      }
    }
    return all;
  }

  private void assertFound(String expected) {
    List<String> all = details();
    assertTrue(all.contains(expected), () -> expected + " is not in " + all);
  }

  private static String text(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    String host = ip.getHostAddress();
    return (ip instanceof Inet4Address ? host : "[::1]") + ":" + address.getPort();
  }

  private void connection(String protocol, StandardProtocolFamily family, String loopback)
      throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open(family)) {
      server.bind(new InetSocketAddress(InetAddress.getByName(loopback), 0));
      InetSocketAddress at = (InetSocketAddress) server.getLocalAddress();
      try (SocketChannel client = SocketChannel.open(family)) {
        client.connect(at);
        try (SocketChannel accepted = server.accept()) {
          InetSocketAddress from = (InetSocketAddress) client.getLocalAddress();
          assertFound(protocol + ":[" + text(at) + "]");
          assertFound(protocol + ":[" + text(from) + "->" + text(at) + "]");
          assertFound(protocol + ":[" + text(at) + "->" + text(from) + "]");
          assertTrue(accepted.isConnected());
        }
      }
    }
  }

  @Test
  void connections() throws IOException {
    connection("TCP", StandardProtocolFamily.INET, "127.0.0.1");
  }

  @Test
  void datagrams() throws IOException {
    try (DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET)) {
      socket.bind(new InetSocketAddress("127.0.0.1", 0));
      InetSocketAddress at = (InetSocketAddress) socket.getLocalAddress();
      socket.connect(new InetSocketAddress("127.0.0.1", 53));
      assertFound("UDP:[" + text(at) + "->127.0.0.1:53]");
    }
  }

  @Test
  void unixSocketsWithPathsThatNeedQuotes(@TempDir Path dir) throws IOException {
    Path path = dir.resolve("a\"b\\c\n\0011");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      String quoted = dir + "/a\\\"b\\\\c\\n\\0011";
      List<String> all = details();
      assertTrue(
          all.stream().anyMatch(s -> s.matches("UNIX-STREAM:\\[\\d+,\"\\Q" + quoted + "\\E\"]")),
          () -> quoted + " is not in " + all);
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
          SocketChannel accepted = server.accept()) {
        List<String> connected = details();
        assertTrue(
            connected.stream().anyMatch(s -> s.matches("UNIX-STREAM:\\[\\d+->\\d+]")),
            connected::toString);
        assertTrue(client.isConnected() && accepted.isConnected());
      }
    }
  }

  @Test
  void netlinkSocketsHaveAProtocolOnceTheyAreBound() throws IOException {
    int socket = Arch.current().sysSocket();
    int fd = (int) libc.syscall(socket, AF_NETLINK, SOCK_RAW_CLOEXEC, 4, 0, 0);
    try {
      assertEquals(FdResolver.UNKNOWN_NETLINK, resolver.netlinkProtocol(pid, fd));
      // A request binds it; this one is too short to be answered.
      NativeMemory message = libc.allocate(16);
      message.clear(0, 16);
      message.putInt(0, 16);
      assertEquals(16, libc.write(fd, message.address(), 16));
      assertEquals(4, resolver.netlinkProtocol(pid, fd));
      byte[] path = requireNonNull(resolver.path(pid, fd));
      String details = requireNonNull(resolver.details(pid, fd, path));
      assertTrue(details.startsWith("NETLINK:[SOCK_DIAG:"), details);
    } finally {
      libc.close(fd);
    }
    try (SocketChannel other = SocketChannel.open()) {
      for (String name : requireNonNull(new File("/proc/self/fd").list())) {
        assertEquals(FdResolver.NOT_NETLINK, resolver.netlinkProtocol(pid, Integer.parseInt(name)));
      }
      assertTrue(other.isOpen());
    }
  }

  @Test
  void interfaces() throws IOException {
    NetworkInterface loopback =
        requireNonNull(NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1")));
    assertArrayEquals(
        loopback.getName().getBytes(StandardCharsets.UTF_8),
        resolver.interfaceName(loopback.getIndex()));
    assertNull(resolver.interfaceName(Integer.MAX_VALUE));
  }
}
