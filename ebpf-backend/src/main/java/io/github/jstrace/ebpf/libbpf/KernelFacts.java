// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What decides whether bpf(2) may be used. Read only to explain a refusal.
 *
 * @param capabilities the effective set, a bit per capability; capabilities(7)
 * @param release of the kernel, as {@code 6.1.0-18-amd64}
 * @param seccomp mode of this process: 0 none, 2 a filter; proc(5)
 * @param initialNamespace whether this is the machine's own user namespace, as far as its map of
 *     user ids tells
 * @param lockdown what is between the brackets in /sys/kernel/security/lockdown; empty if unknown
 * @param memlock soft RLIMIT_MEMLOCK in bytes, -1 for none
 */
record KernelFacts(
    long capabilities,
    String release,
    int seccomp,
    boolean initialNamespace,
    String lockdown,
    long memlock) {
  /** linux/capability.h. */
  static final int CAP_SYS_PTRACE = 19;

  static final int CAP_SYS_ADMIN = 21;

  static final int CAP_PERFMON = 38;
  static final int CAP_BPF = 39;

  private static final int LINUX_CAPABILITY_VERSION_3 = 0x20080522;
  private static final int RLIMIT_MEMLOCK = 8;

  static KernelFacts read() {
    return new KernelFacts(
        effectiveCapabilities(),
        text("/proc/sys/kernel/osrelease").strip(),
        seccompMode(text("/proc/self/status")),
        isInitial(text("/proc/self/uid_map")),
        bracketed(text("/sys/kernel/security/lockdown")),
        memlockLimit());
  }

  boolean has(int capability) {
    return (capabilities >>> capability & 1) != 0;
  }

  /** Whether the kernel is at least that version; true if its release is not a version. */
  boolean isAtLeast(int major, int minor) {
    int dot = release.indexOf('.');
    if (dot <= 0) {
      return true;
    }
    int haveMajor = leadingNumber(release, 0);
    int haveMinor = leadingNumber(release, dot + 1);
    return haveMajor < 0 || haveMajor > major || (haveMajor == major && haveMinor >= minor);
  }

  private static int leadingNumber(String text, int start) {
    int value = -1;
    for (int i = start; i < text.length() && i < start + 6; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        break;
      }
      value = Math.max(value, 0) * 10 + (c - '0');
    }
    return value;
  }

  /** The effective capabilities of this thread; 0 if they cannot be had. */
  static long effectiveCapabilities() {
    Libc libc = Libc.get();
    NativeMemory header = libc.allocate(8);
    NativeMemory data = libc.allocate(24);
    header.putInt(0, LINUX_CAPABILITY_VERSION_3);
    long result =
        libc.syscall(Arch.current().sysCapget(), header.address(), data.address(), 0, 0, 0);
    long low = data.getInt(0) & 0xffffffffL;
    long high = data.getInt(12) & 0xffffffffL;
    Reference.reachabilityFence(header);
    Reference.reachabilityFence(data);
    return result < 0 ? 0 : high << 32 | low;
  }

  private static long memlockLimit() {
    Libc libc = Libc.get();
    NativeMemory limits = libc.allocate(16);
    int result = libc.prlimit(0, RLIMIT_MEMLOCK, 0, limits.address());
    return result < 0 ? -1 : limits.getLong(0);
  }

  private static int seccompMode(String status) {
    int line = status.indexOf("\nSeccomp:\t");
    return line < 0 ? 0 : Math.max(0, leadingNumber(status, line + 10));
  }

  /** The initial namespace maps every id to itself; user_namespaces(7). */
  private static boolean isInitial(String uidMap) {
    String map = uidMap.strip().replaceAll("\\s+", " ");
    return map.isEmpty() || map.equals("0 0 4294967295");
  }

  private static String bracketed(String choices) {
    int open = choices.indexOf('[');
    int close = choices.indexOf(']');
    return open >= 0 && close > open ? choices.substring(open + 1, close) : "";
  }

  private static String text(String file) {
    try {
      return new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
