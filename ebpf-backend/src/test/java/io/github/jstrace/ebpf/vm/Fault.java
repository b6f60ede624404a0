// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

/** A program did what the verifier would have refused or what would have crashed a kernel. */
public final class Fault extends RuntimeException {
  public Fault(String message) {
    super(message);
  }

  Fault(String message, Throwable cause) {
    super(message, cause);
  }
}
