// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.sink;

/** Opens the output of a thread ({@code -ff -o FILE}). */
public interface ThreadOutputs {
  Output open(int tid);
}
