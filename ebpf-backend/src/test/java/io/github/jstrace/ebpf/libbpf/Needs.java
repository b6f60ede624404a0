// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.linux.NativeLibrary;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a test needs. It is skipped where that lacks, and the reason says what; where it is there
 * the test runs and must pass.
 */
public final class Needs {
  private Needs() {}

  /** The privilege to load tracing programs, and libbpf. */
  public static void bpf() {
    library();
    long capabilities = KernelFacts.effectiveCapabilities();
    boolean admin = (capabilities >>> KernelFacts.CAP_SYS_ADMIN & 1) != 0;
    boolean both =
        (capabilities >>> KernelFacts.CAP_BPF & 1) != 0
            && (capabilities >>> KernelFacts.CAP_PERFMON & 1) != 0;
    assumeTrue(admin || both, "needs root, or CAP_BPF and CAP_PERFMON");
  }

  public static void library() {
    boolean installed = true;
    try {
      NativeLibrary.open(Libbpf.NAME);
    } catch (UnsatisfiedLinkError e) {
      installed = false;
    }
    assumeTrue(installed, "needs libbpf.so.1 (package libbpf1)");
  }

  /** The types of the kernel. */
  public static void btf() {
    assumeTrue(
        new File(BtfFile.KERNEL).exists(),
        "needs " + BtfFile.KERNEL + " (a kernel with CONFIG_DEBUG_INFO_BTF)");
  }

  /**
   * What the descriptors of the kind used here refer to that this process has open: BPF objects,
   * eventfds, the types of the kernel; sorted. (The JVM opens others when it likes, also in sysfs.)
   */
  public static List<String> openDescriptors() {
    String[] open = new File("/proc/self/fd").list();
    List<String> targets = new ArrayList<>();
    for (String fd : open == null ? new String[0] : open) {
      try {
        String target = Files.readSymbolicLink(Path.of("/proc/self/fd", fd)).toString();
        if (target.startsWith("anon_inode:bpf")
            || target.equals("anon_inode:[eventfd]")
            || target.equals(BtfFile.KERNEL)) {
          targets.add(target);
        }
      } catch (IOException e) {
        // that of the listing itself
      }
    }
    Collections.sort(targets);
    return targets;
  }
}
