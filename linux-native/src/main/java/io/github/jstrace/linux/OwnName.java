// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/**
 * What this process is called by others, as ps(1), pgrep(1) and {@code --decode-pids=comm} do: a
 * JVM is {@code java} otherwise.
 */
public final class OwnName {
  private static final int O_WRONLY = 1;

  /** {@code TASK_COMM_LEN} without the NUL; the kernel cuts what is longer. */
  private static final int LENGTH = 15;

  private OwnName() {}

  /**
   * Names the process; that it cannot be named does no harm.
   *
   * <p>It is the first thread that has the name of a process, which main does not run on, so
   * prctl(2) cannot be used.
   */
  public static void set(Libc libc, String name) {
    int file = libc.open(ProcFs.ascii("/proc/self/comm"), O_WRONLY, 0);
    if (file < 0) {
      return;
    }
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    NativeMemory memory = libc.allocate(LENGTH + 1);
    int length = Math.min(bytes.length, LENGTH);
    memory.put(0, bytes, 0, length);
    libc.write(file, memory.address(), length);
    Reference.reachabilityFence(memory);
    libc.close(file);
  }
}
