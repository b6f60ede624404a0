// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.text;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.DecodeOptions.SecurityContexts;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.core.decode.SecurityContext;
import io.github.jstrace.core.sink.WallClock;
import io.github.jstrace.core.text.TextOptions.PidPrefix;
import io.github.jstrace.core.text.TextOptions.Precision;
import io.github.jstrace.core.text.TextOptions.Timestamps;
import java.util.TimeZone;

/**
 * What lines begin with: the thread's id, times, the number of the call, the instruction pointer.
 */
final class LineLeader {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int SECONDS_PER_DAY = 24 * 60 * 60;
  private static final int PID_WIDTH = 5;
  private static final int NUMBER_WIDTH = 4;
  private static final int RELATIVE_WIDTH = 6;

  private final TextBuffer out;
  private final TextOptions options;
  private final TextRenderer renderer;
  private final FdResolver resolver;
  private final WallClock clock = new WallClock();
  private long lastTime;
  private boolean anyLine;
  private int attached;

  LineLeader(TextBuffer out, TextOptions options, TextRenderer renderer, FdResolver resolver) {
    this.out = out;
    this.options = options;
    this.renderer = renderer;
    this.resolver = resolver;
  }

  /** So many more threads were attached to by request. */
  void attached(int count) {
    attached += count;
  }

  /**
   * Appends the beginning of a line.
   *
   * @param state of the thread, to know its name by when it is gone
   * @param threads how many threads are traced
   * @param now time of the event, of {@link System#nanoTime}
   * @param alive whether there is an instruction pointer to show
   */
  void append(Tracee tracee, ThreadState state, int number, int threads, long now, boolean alive) {
    pid(state, threads);
    if (options.securityContexts() != SecurityContexts.NONE) {
      securityContext(state.tid);
    }
    boolean absolute = options.timestamps() != Timestamps.NONE;
    if (absolute) {
      absolute(clock.at(now));
    }
    if (options.relativeTimestamps()) {
      relative(now, absolute);
    }
    if (options.syscallNumber()) {
      out.raw('[');
      if (number >= 0) {
        out.rightAligned(number, NUMBER_WIDTH);
      } else {
        out.ascii(number == -1 ? "???" : Long.toUnsignedString(number));
      }
      out.raw(']').raw(' ');
    }
    if (options.instructionPointer()) {
      int digits = tracee.abi().wordSize() * 2;
      out.raw('[');
      if (alive) {
        out.hexDigits(tracee.instructionPointer(), digits);
      } else {
        for (int i = 0; i < digits; i++) {
          out.raw('?');
        }
      }
      out.raw(']').raw(' ');
    }
  }

  private void pid(ThreadState state, int threads) {
    if (options.pidPrefix() == PidPrefix.ALWAYS
        || (options.pidPrefix() == PidPrefix.IF_SEVERAL_ATTACHED && attached > 1)) {
      int start = out.length();
      out.dec(state.tid);
      if (options.pidComms()) {
        name(state);
      } else {
        out.spaces(PID_WIDTH - (out.length() - start));
      }
      out.raw(' ');
    } else if (options.pidPrefix() == PidPrefix.ALWAYS_IN_BRACKETS
        || (options.pidPrefix() == PidPrefix.WHEN_SEVERAL && threads > 1)) {
      out.ascii("[pid ").rightAligned(state.tid, PID_WIDTH);
      name(state);
      out.raw(']').raw(' ');
    }
  }

  private void securityContext(int tid) {
    byte[] context = resolver.threadContext(tid);
    if (context != null) {
      boolean full = options.securityContexts() == SecurityContexts.FULL;
      renderer.context(SecurityContext.shown(context, full));
      out.raw(' ');
    }
  }

  private void name(ThreadState state) {
    if (options.pidComms()) {
      remember(state);
      renderer.comm(state.comm);
    }
  }

  /** Notes what a thread is called, for when it is gone. */
  void remember(ThreadState state) {
    byte[] comm = options.pidComms() ? resolver.comm(state.tid) : null;
    if (comm != null) {
      state.comm = comm;
    }
  }

  private void absolute(long wall) {
    long seconds = Math.floorDiv(wall, NANOS_PER_SECOND);
    if (options.timestamps() == Timestamps.UNIX) {
      out.dec(seconds);
    } else {
      int offset = TimeZone.getDefault().getOffset(seconds * 1000) / 1000;
      int second = (int) Math.floorMod(seconds + offset, (long) SECONDS_PER_DAY);
      out.zeroPadded(second / 3600, 2).raw(':').zeroPadded(second / 60 % 60, 2);
      out.raw(':').zeroPadded(second % 60, 2);
    }
    fraction(out, Math.floorMod(wall, NANOS_PER_SECOND), options.timestampPrecision());
    out.raw(' ');
  }

  private void relative(long now, boolean inParentheses) {
    // a line that was held back for a status filter bears the time of its entry, which may lie
    // before the last line's
    long delta = anyLine ? Math.max(0, now - lastTime) : 0;
    if (!anyLine || now - lastTime > 0) {
      lastTime = now;
    }
    anyLine = true;
    if (inParentheses) {
      out.raw('(').raw('+');
    }
    out.rightAligned(delta / NANOS_PER_SECOND, RELATIVE_WIDTH);
    fraction(out, delta % NANOS_PER_SECOND, options.relativePrecision());
    if (inParentheses) {
      out.raw(')');
    }
    out.raw(' ');
  }

  /** Seconds of a duration and their fraction. */
  static void duration(TextBuffer out, long nanos, Precision precision) {
    out.dec(nanos / NANOS_PER_SECOND);
    fraction(out, nanos % NANOS_PER_SECOND, precision);
  }

  private static void fraction(TextBuffer out, long nanos, Precision precision) {
    switch (precision) {
      case S -> {}
      case MS -> out.raw('.').zeroPadded(nanos / 1_000_000, precision.digits());
      case US -> out.raw('.').zeroPadded(nanos / 1_000, precision.digits());
      case NS -> out.raw('.').zeroPadded(nanos, precision.digits());
    }
  }
}
