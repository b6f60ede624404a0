// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TracerBackend;
import io.github.jstrace.core.sink.Output;
import io.github.jstrace.core.sink.Sink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells on stderr what became of the requests on the command line: processes attached to, the
 * command launched.
 */
final class ProcessMessages implements Sink {
  private final Output stderr;
  private final TracerBackend backend;
  private final boolean quietAttach;
  private boolean launched;

  private final boolean tellsDetached;
  private final List<Integer> attached = new ArrayList<>();

  /**
   * @param tellsDetached whether no other sink says who is let go of
   */
  ProcessMessages(Settings settings, Output stderr, TracerBackend backend, boolean tellsDetached) {
    this.stderr = stderr;
    this.backend = backend;
    this.quietAttach = (settings.quiet() & Settings.QUIET_ATTACH) != 0;
    this.launched = settings.command.length > 0;
    this.tellsDetached = tellsDetached && !quietAttach;
  }

  private void say(String message) {
    byte[] line = (Console.name() + ": " + message + "\n").getBytes(StandardCharsets.ISO_8859_1);
    stderr.write(line, 0, line.length);
    stderr.flush();
  }

  @Override
  public void processAttached(int pid, int threads) {
    if (!quietAttach) {
      say("Process " + pid + " attached" + (threads > 1 ? " with " + threads + " threads" : ""));
      attached.add(pid);
    }
  }

  @Override
  public void detached(Tracee tracee) {
    if (tellsDetached && attached.remove((Integer) tracee.tid())) {
      say("Process " + tracee.tid() + " detached");
    }
  }

  @Override
  public void attachFailed(int pid, String message) {
    say(message);
  }

  @Override
  public void tamperingFailed(Tracee tracee, String message) {
    say(message);
  }

  @Override
  public void exited(Tracee tracee, int status) {
    if (launched && backend.exitResult() != null) {
      launched = false;
      String failure = backend.launchFailure();
      if (failure != null) {
        say(failure);
      }
    }
  }

  @Override
  public boolean wantsValues() {
    return false;
  }

  @Override
  public boolean wantsEntries() {
    return false;
  }
}
