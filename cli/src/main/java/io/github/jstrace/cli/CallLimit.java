// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.core.decode.DecodedCall;
import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.sink.Sink;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Ends tracing after so many calls ({@code --syscall-limit}). */
final class CallLimit implements Sink {
  private final TracerBackend backend;
  private final boolean shown;
  private final @Nullable Output stderr;
  private long left;

  /**
   * @param shown whether calls that a status filter drops do not count; else nothing is shown
   * @param stderr where the end is told; null to be quiet
   */
  CallLimit(TracerBackend backend, long limit, boolean shown, @Nullable Output stderr) {
    this.backend = backend;
    this.left = limit;
    this.shown = shown;
    this.stderr = stderr;
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
      if (stderr != null) {
        byte[] line =
            (Console.name() + ": System call limit has been reached, detaching tracees\n")
                .getBytes(StandardCharsets.US_ASCII);
        stderr.write(line, 0, line.length);
        stderr.flush();
      }
      backend.stop(0);
    }
  }
}
