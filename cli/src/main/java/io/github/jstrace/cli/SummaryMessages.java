// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.sink.Messages;
import io.github.jstrace.core.sink.Sink;

/** Tells what else is to be told when the kernel counts and there are no events. */
final class SummaryMessages implements Sink {
  private final Messages messages;

  SummaryMessages(Messages messages) {
    this.messages = messages;
  }

  @Override
  public boolean wantsValues() {
    return false;
  }

  @Override
  public boolean wantsEntries() {
    return false;
  }

  @Override
  public void detached(Tracee tracee) {
    messages.detached(tracee.tid());
  }

  @Override
  public void lost(long count) {
    messages.uncounted(count);
  }

  @Override
  public void finished() {
    messages.flush();
  }
}
