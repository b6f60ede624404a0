// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.Tracee;
import org.jspecify.annotations.Nullable;

/** What the backend knows of a traced thread beside its {@link Tracee}. */
final class TraceeState {
  final Tracee tracee;

  /** The launched command before its execve: what it does is our launching, not to be shown. */
  boolean hidden;

  /**
   * Attached to by request, first stop not seen yet: it may be in a call whose entry nobody saw.
   */
  boolean grabbed;

  /**
   * In a group-stop with PTRACE_LISTEN: it is stopped, but no request other than INTERRUPT works.
   */
  boolean listening;

  /** In the call that is to install our seccomp filter. */
  boolean installing;

  /**
   * It has, or may have, a seccomp filter of its own: that may answer calls in place of ours, which
   * then tells nothing.
   */
  boolean ownFilter;

  /** Let in before its parent's event, so that it is not known whose filters it has. */
  boolean unknownOrigin;

  /** What is being done to its calls; null before the first such call. */
  @Nullable TamperState tampering;

  /** Not to be reported: followed only because it has our filter. */
  boolean silent;

  /** The leader whose number it took by its execve, and whose end is to be reported as its own. */
  @Nullable TraceeState former;

  /** To be let go of at its first stop. */
  boolean releasable;

  /** The stack pointer of its parent when it was made. */
  long parentStack;

  /** Its place in the guardian's list, or -1. */
  int guarded = -1;

  /** Next in its bucket of {@link TraceeTable}. */
  @Nullable TraceeState next;

  TraceeState(Tracee tracee) {
    this.tracee = tracee;
    tracee.setBackendState(this);
  }

  int tid() {
    return tracee.tid();
  }
}
