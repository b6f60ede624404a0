// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The installed kernel headers of an ABI: gcc compiles constants to data, which is read from the
 * assembly, so that no other machine is needed.
 */
final class Headers {
  /** Headers that can be included together; a kernel that lacks one loses only that. */
  static final String[] HEADERS = {
    "asm/fcntl.h",
    "asm/mman.h",
    "asm/socket.h",
    "asm/signal.h",
    "asm/siginfo.h",
    "asm/ioctls.h",
    "asm/termbits.h",
    "asm/poll.h",
    "asm/resource.h",
    "asm/ptrace.h",
    "asm/sockios.h",
    "linux/audit.h",
    "linux/aio_abi.h",
    "linux/bpf.h",
    "linux/capability.h",
    "linux/close_range.h",
    "linux/dqblk_xfs.h",
    "linux/eventpoll.h",
    "linux/falloc.h",
    "linux/fadvise.h",
    "linux/fanotify.h",
    "linux/fcntl.h",
    "linux/fs.h",
    "linux/futex.h",
    "linux/if_addr.h",
    "linux/if_alg.h",
    "linux/if_ether.h",
    "linux/if_link.h",
    "linux/if_packet.h",
    "linux/if_pppol2tp.h",
    "linux/if_xdp.h",
    "linux/in.h",
    "linux/in6.h",
    "linux/inotify.h",
    "linux/io_uring.h",
    "linux/ioprio.h",
    "linux/ipc.h",
    "linux/kcm.h",
    "linux/kcmp.h",
    "linux/kexec.h",
    "linux/keyctl.h",
    "linux/landlock.h",
    "linux/magic.h",
    "linux/membarrier.h",
    "linux/memfd.h",
    "linux/mempolicy.h",
    "linux/mman.h",
    "linux/module.h",
    "linux/mount.h",
    "linux/mqueue.h",
    "linux/msg.h",
    "linux/neighbour.h",
    "linux/net_tstamp.h",
    "linux/netlink.h",
    "linux/nfc.h",
    "linux/openat2.h",
    "linux/perf_event.h",
    "linux/personality.h",
    "linux/pidfd.h",
    "linux/prctl.h",
    "linux/ptrace.h",
    "linux/quota.h",
    "linux/random.h",
    "linux/rds.h",
    "linux/reboot.h",
    "linux/rseq.h",
    "linux/rtnetlink.h",
    "linux/sched.h",
    "linux/seccomp.h",
    "linux/securebits.h",
    "linux/sem.h",
    "linux/shm.h",
    "linux/signalfd.h",
    "linux/sock_diag.h",
    "linux/stat.h",
    "linux/tcp.h",
    "linux/time.h",
    "linux/timerfd.h",
    "linux/timex.h",
    "linux/tipc.h",
    "linux/tls.h",
    "linux/udp.h",
    "linux/userfaultfd.h",
    "linux/wait.h",
    "linux/xattr.h",
  };

  /** Headers that include those of the C library, or need them. */
  static final String[] APART = {
    "stddef.h",
    "stdint.h",
    "sys/types.h",
    "sys/time.h",
    "sys/socket.h",
    "linux/btrfs.h",
    "linux/btrfs_tree.h",
    "linux/counter.h",
    "linux/dm-ioctl.h",
    "linux/ethtool.h",
    "linux/gpio.h",
    "linux/hdreg.h",
    "linux/if_arp.h",
    "linux/if_bonding.h",
    "linux/if_tun.h",
    "linux/if_vlan.h",
    "linux/input.h",
    "linux/kd.h",
    "linux/keyboard.h",
    "linux/kvm.h",
    "linux/lirc.h",
    "linux/loop.h",
    "linux/nsfs.h",
    "linux/ptp_clock.h",
    "linux/route.h",
    "linux/rtc.h",
    "linux/serial.h",
    "linux/tee.h",
    "linux/videodev2.h",
    "linux/vt.h",
    "mtd/mtd-abi.h",
    "mtd/ubi-user.h",
    "linux/fiemap.h",
    "linux/fib_rules.h",
    "linux/gen_stats.h",
    "linux/inet_diag.h",
    "linux/unix_diag.h",
    "linux/netlink_diag.h",
    "linux/packet_diag.h",
    "linux/icmp.h",
    "linux/un.h",
    "linux/can.h",
    "linux/vm_sockets.h",
    "linux/l2tp.h",
    "linux/lsm.h",
    "linux/cryptouser.h",
    "linux/if_bridge.h",
    "linux/smc_diag.h",
    "linux/selinux_netlink.h",
    "linux/snmp.h",
    "linux/ip.h",
    "linux/ipv6.h",
    "linux/pkt_cls.h",
    "linux/netfilter/nfnetlink.h",
    "linux/netfilter/nfnetlink_conntrack.h",
    "linux/netfilter/nfnetlink_queue.h",
    "linux/netfilter/nfnetlink_log.h",
    "linux/netfilter/nfnetlink_osf.h",
    "linux/netfilter/nfnetlink_acct.h",
    "linux/netfilter/nfnetlink_cttimeout.h",
    "linux/netfilter/nfnetlink_cthelper.h",
    "linux/netfilter/nfnetlink_hook.h",
    "linux/netfilter/nf_tables.h",
    "linux/netfilter/nf_tables_compat.h",
    "linux/netfilter/ipset/ip_set.h",
  };

  private final List<String> gcc;
  private final Path directory;

  Headers(Abi abi, Path directory, String... options) {
    this.gcc = Tools.gcc(abi);
    gcc.addAll(List.of(options));
    this.directory = directory;
  }

  /**
   * The values of those words that the headers make constants; null if the headers cannot be
   * compiled together.
   */
  @Nullable Map<String, Long> constants(String[] includes, Set<String> words) {
    List<String> left = new ArrayList<>(words);
    String headers = source(includes);
    int first = headers.split("\n").length + 1;
    while (true) {
      StringBuilder source = new StringBuilder(headers);
      for (int i = 0; i < left.size(); i++) {
        source.append("long long v_").append(i).append(" = (").append(left.get(i)).append(");\n");
      }
      Tools.write(directory.resolve("constants.c"), source.toString());
      List<String> command = new ArrayList<>(gcc);
      command.addAll(List.of("-S", "-O0", "-o", "constants.s", "constants.c"));
      Tools.Result result = Tools.run(directory, command);
      if (result.status() == 0) {
        return assembled(left);
      }
      Set<String> bad = new HashSet<>();
      Matcher line = Pattern.compile("(?m)^constants\\.c:(\\d+):").matcher(result.output());
      while (line.find()) {
        int index = Integer.parseInt(line.group(1)) - first;
        if (index >= 0 && index < left.size()) {
          bad.add(left.get(index));
        }
      }
      if (!left.removeAll(bad)) {
        return null;
      }
    }
  }

  static String source(String[] includes) {
    StringBuilder source = new StringBuilder();
    for (String header : includes) {
      source.append("#if __has_include(<").append(header).append(">)\n#include <");
      source.append(header).append(">\n#endif\n");
    }
    return source.toString();
  }

  /** The values of those names that the headers define. */
  Map<String, Long> compile(String[] includes, Set<String> all) {
    List<String> names = new ArrayList<>(all);
    StringBuilder source = new StringBuilder(source(includes));
    Set<String> defined = words(source.toString());
    for (int i = 0; i < names.size(); i++) {
      if (defined.contains(names.get(i))) {
        source.append("long long v_").append(i).append(" = (").append(names.get(i)).append(");\n");
      }
    }
    run(source.toString(), "-S", "-O0", "-o", "constants.s");
    return assembled(names);
  }

  private Map<String, Long> assembled(List<String> names) {
    Map<String, Long> values = new HashMap<>();
    Matcher symbol =
        Pattern.compile("(?m)^v_(\\d+):\\n((?:\\s+\\.\\w+.*\\n)+)")
            .matcher(Tools.read(directory.resolve("constants.s")));
    while (symbol.find()) {
      Long value = value(symbol.group(2));
      if (value != null) {
        values.put(names.get(Integer.parseInt(symbol.group(1))), value);
      }
    }
    return values;
  }

  /** All macros without parameters, and all words of the preprocessed text: enum constants. */
  Set<String> words(String source) {
    Set<String> words = new HashSet<>();
    Matcher macro = Pattern.compile("#define (\\w+) \\S").matcher(run(source, "-E", "-dM"));
    while (macro.find()) {
      words.add(macro.group(1));
    }
    Matcher word = Pattern.compile("[A-Z_]\\w+").matcher(run(source, "-E", "-P"));
    while (word.find()) {
      words.add(word.group());
    }
    return words;
  }

  String run(String source, String... options) {
    Tools.write(directory.resolve("constants.c"), source);
    List<String> command = new ArrayList<>(gcc);
    command.addAll(List.of(options));
    command.add("constants.c");
    Tools.Result result = Tools.run(directory, command);
    assertEquals(0, result.status(), result::output);
    return result.output();
  }

  private static @Nullable Long value(String directives) {
    Matcher quad = Pattern.compile("\\.(?:quad|xword)\\s+(-?\\d+)").matcher(directives);
    if (quad.find()) {
      return Long.valueOf(quad.group(1));
    }
    Matcher halves =
        Pattern.compile("\\.long\\s+(-?\\d+)\\s+\\.long\\s+(-?\\d+)").matcher(directives);
    if (halves.find()) {
      return Long.parseLong(halves.group(1)) & 0xffffffffL | Long.parseLong(halves.group(2)) << 32;
    }
    return directives.contains(".zero\t8") ? Long.valueOf(0) : null;
  }

  /** The constants of each enum in preprocessed text. */
  List<Set<String>> enums(String source) {
    List<Set<String>> enums = new ArrayList<>();
    Matcher block =
        Pattern.compile("enum\\s*\\w*\\s*\\{([^{}]*)\\}").matcher(run(source, "-E", "-P"));
    while (block.find()) {
      Set<String> constants = new LinkedHashSet<>();
      Matcher constant = Pattern.compile("(?:^|,)\\s*([A-Za-z_]\\w*)").matcher(block.group(1));
      while (constant.find()) {
        constants.add(constant.group(1));
      }
      enums.add(constants);
    }
    return enums;
  }
}
