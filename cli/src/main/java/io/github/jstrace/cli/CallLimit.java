// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.sink.Sink;

/** Ends tracing after so many calls ({@code --syscall-limit}). */
final class CallLimit implements Sink {
  private final TracerBackend backend;
  private final boolean shown;
  private int left;

  /**
   * @param shown whether calls that a status filter drops do not count; else nothing is shown
   */
  CallLimit(TracerBackend backend, int limit, boolean shown) {
    this.backend = backend;
    this.left = limit;
    this.shown = shown;
  }

  @Override
  public boolean wantsValues() {
    return shown;
  }

  @Override
  public boolean wantsEntries() {
    return false;
  }

  @Override
  public void callExited(Tracee tracee, DecodedCall call) {
    if (left > 0 && --left == 0) {
      backend.stop(0);
    }
  }
}
