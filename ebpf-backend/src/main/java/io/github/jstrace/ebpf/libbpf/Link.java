// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.lang.ref.Reference;

/**
 * A program at work. It runs until {@link #close}, or until this process ends in whatever way: only
 * a descriptor holds it.
 */
public final class Link implements AutoCloseable {
  private int fd;

  private Link(int fd) {
    this.fd = fd;
  }

  /**
   * Attaches a program where it was loaded for.
   *
   * @throws TraceException if the kernel refuses
   */
  public static Link attach(LoadedProgram program) throws TraceException {
    Libbpf libbpf = Libbpf.get();
    String tracepoint = program.where().tracepoint();
    int fd;
    if (tracepoint == null) {
      fd = libbpf.rawTracepointOpen(0, program.fd());
    } else {
      NativeMemory name = Libbpf.string(tracepoint);
      fd = libbpf.rawTracepointOpen(name.address(), program.fd());
      Reference.reachabilityFence(name);
    }
    if (fd < 0) {
      throw new Refusal(KernelFacts.read()).ofLink(program.where().toString(), program.name(), -fd);
    }
    return new Link(fd);
  }

  /** The descriptor; -1 after close. */
  public int fd() {
    return fd;
  }

  /** Detaches the program. */
  @Override
  public void close() {
    if (fd >= 0) {
      int closing = fd;
      fd = -1;
      Libc.get().close(closing);
    }
  }
}
