// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

/** Is told of what the kernel reports, before anything is made of it: for {@code -d}. */
public interface StopObserver {
  /** The options of ptrace(2) that tracees are seized with. */
  void options(int ptraceOptions);

  /** What wait4(2) returned. */
  void reported(int tid, int status);
}
