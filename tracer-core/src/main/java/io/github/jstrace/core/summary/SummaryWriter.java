// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.summary;

/** Shows a summary at the end of a trace. */
public interface SummaryWriter {
  void write(Summary summary);
}
