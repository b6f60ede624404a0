// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.TraceHandler;
import io.github.jstrace.core.Tracee;

/** What is told of tracees that are followed only because they have our filter: nothing. */
final class Silence implements TraceHandler {
  @Override
  public void attached(Tracee tracee, int parentTid) {}

  @Override
  public void syscallEntered(Tracee tracee) {}

  @Override
  public void syscallExited(Tracee tracee) {}

  @Override
  public boolean traces(Tracee tracee) {
    return false;
  }

  @Override
  public void signalled(Tracee tracee, int signal, byte[] siginfo) {}

  @Override
  public void stopped(Tracee tracee, int signal) {}

  @Override
  public void exited(Tracee tracee, int status) {}

  @Override
  public void killed(Tracee tracee, int signal, boolean coreDumped) {}

  @Override
  public void superseded(Tracee tracee, Tracee byTid) {}

  @Override
  public void detached(Tracee tracee) {}

  @Override
  public void lost(long count) {}

  @Override
  public void idle() {}

  @Override
  public void finished() {}
}
