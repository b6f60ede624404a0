// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;

/**
 * The kernel refused a map, a program or a link. The message names it and, where that can be told,
 * what lacks and the remedy.
 */
public class BpfException extends TraceException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  public BpfException(String message, int errno) {
    super(message);
    this.errno = errno;
  }

  /** The error number, positive. */
  public int errno() {
    return errno;
  }
}
