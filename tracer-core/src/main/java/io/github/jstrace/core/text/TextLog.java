// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.sink.Output;
import org.jspecify.annotations.Nullable;

/** One stream of lines: the common one, or a thread's own. */
final class TextLog {
  private static final byte[] UNFINISHED = {
    ' ', '<', 'u', 'n', 'f', 'i', 'n', 'i', 's', 'h', 'e', 'd', ' ', '.', '.', '.', '>', '\n'
  };

  private final Output output;

  /** The thread whose call stands at the end without its result, if any. */
  private @Nullable ThreadState partial;

  /** How wide the line is so far. */
  private int column;

  TextLog(Output output) {
    this.output = output;
  }

  Output output() {
    return output;
  }

  boolean endsWithCallOf(ThreadState thread) {
    return partial == thread;
  }

  int column() {
    return column;
  }

  /** Makes the next byte the first of a line, whoever's call stands at the end. */
  void startLine() {
    ThreadState unfinished = partial;
    if (unfinished != null) {
      output.write(UNFINISHED, 0, UNFINISHED.length);
      partial = null;
    }
    column = 0;
  }

  /** Appends part of a line, to be continued when the call of {@code thread} returns. */
  void appendPart(TextBuffer text, ThreadState thread, long now) {
    output.write(text.array(), 0, text.length());
    column += text.width();
    partial = thread;
    output.commit(now);
  }

  /** Appends the end of a line, a newline included. */
  void appendEnd(TextBuffer text, long now) {
    output.write(text.array(), 0, text.length());
    column = 0;
    partial = null;
    output.commit(now);
  }

  /** Appends what is no part of the trace, wherever the line is. */
  void interject(TextBuffer text, long now) {
    output.write(text.array(), 0, text.length());
    output.commit(now);
  }
}
