// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.linux.RemoteMemory;

/**
 * The memory of a stopped tracee, read when asked for; nothing is kept from one read to the next.
 */
final class LiveMemory implements TraceeMemory {
  private final RemoteMemory remote;
  private final int tid;

  /**
   * @param remote shared by all tracees of a tracer thread
   */
  LiveMemory(RemoteMemory remote, int tid) {
    this.remote = remote;
    this.tid = tid;
  }

  @Override
  public int read(long address, byte[] into, int offset, int length) {
    return Math.max(0, remote.read(tid, address, into, offset, length));
  }
}
