// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it.behaviour;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.libbpf.Features;
import io.github.jstrace.linux.Libc;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests of the eBPF backend need of the machine. */
public final class EbpfNeeds {
  private EbpfNeeds() {}

  /** Skips a test where the backend cannot be had, and fails it where it ought to be. */
  public static void assume() {
    try {
      Features.check();
    } catch (TraceException e) {
      boolean expected =
          Libc.get().geteuid() == 0
              && Files.exists(Path.of("/sys/kernel/btf/vmlinux"))
              && !String.valueOf(e.getMessage()).contains("libbpf");
      if (expected) {
        fail("root, and a kernel with BTF, but: " + e.getMessage());
      }
      assumeTrue(false, String.valueOf(e.getMessage()));
    }
  }
}
