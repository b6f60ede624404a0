// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.trace;

import io.github.jstrace.core.Tracee;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A thread that records tell of. */
final class TracedThread {
  final Tracee tracee;
  final CapturedMemory memory;

  /** The entry of its call is known and not reported yet: more of its memory may come. */
  boolean held;

  /** Its call has returned to be restarted: told when it is known not to end in that moment. */
  boolean restarts;

  long restartResult;
  long restartTime;

  /** The last signal that was delivered to it. */
  int deliveredSignal;

  /** Of a leader: signals sent to it or its process whose delivery was not seen yet. */
  @Nullable SentSignals sentSignals;

  /** What it was doing when it was attached to, until that is reported or known to be over. */
  @Nullable FoundState found;

  /** When it was found to be in the call it is in; 0 if a record told of that. */
  long foundTime;

  /** The handler knows it. */
  boolean shown;

  /** The thread that made it, 0 if none that is traced. */
  final int parentTid;

  /** A leader that has ended before other threads of its process, which is told after them. */
  boolean ended;

  int exitCode;

  /** Signals that it ignores, sent while it was in a call: they are told when that returns. */
  @Nullable ArrayDeque<byte[]> ignoredSignals;

  TracedThread(int tid, int tgid, int parentTid) {
    this.parentTid = parentTid;
    memory = new CapturedMemory();
    tracee = new Tracee(tid, tgid, memory);
  }

  int tid() {
    return tracee.tid();
  }

  boolean isLeader() {
    return tracee.tid() == tracee.tgid();
  }
}
