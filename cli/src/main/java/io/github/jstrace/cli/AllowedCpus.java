// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import io.github.jstrace.linux.ProcFs;
import java.nio.charset.StandardCharsets;

/** Whether {@code --cpu=N} names a CPU that this process may run on. */
final class AllowedCpus {
  /** Bytes of a mask: 8192 CPUs, the most that a kernel is built for. */
  private static final int SIZE = 1024;

  private AllowedCpus() {}

  /**
   * Refuses a CPU that cannot be shared with a tracee.
   *
   * @param cpu negative if none was named
   */
  static void check(Libc libc, int cpu) throws UsageException {
    if (cpu < 0) {
      return;
    }
    NativeMemory mask = libc.allocate(SIZE);
    int word = cpu / 64 * 8;
    if (libc.schedGetaffinity(0, SIZE, mask.address()) >= 0
        && (word >= SIZE || (mask.getLong(word) & 1L << (cpu % 64)) == 0)) {
      byte[] list = new ProcFs(libc).statusField(libc.getpid(), "Cpus_allowed_list");
      throw new UsageException(
          "--cpu="
              + cpu
              + ": there is no such CPU, or this process may not run on it"
              + (list == null
                  ? ""
                  : " (it may on " + new String(list, StandardCharsets.ISO_8859_1) + ")"),
          false);
    }
  }
}
