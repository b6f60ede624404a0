// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.decode.CapturePlan.Phase;
import io.github.jstrace.core.decode.CapturePlan.Place;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.TypeExpr.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The argument and environment vectors of {@code execve}: NULL-terminated arrays of strings. */
final class ExecTypes {
  private ExecTypes() {}

  /** Pointers that are read with one request. */
  private static final int CHUNK = 32;

  /**
   * The kernel accepts up to 0x7fffffff strings (execve(2)); nobody wants to read more than this.
   */
  private static final int MAX_STRINGS = 1 << 16;

  /** {@code ["ls", "/tmp"]}; cut at {@code -s} elements when abbreviated. */
  static final class Argv extends JavaType {
    private final int word;

    Argv(Abi abi) {
      super(abi, Direction.IN);
      this.word = abi.wordSize();
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.strings(Phase.ENTRY, at, true);
    }

    @Override
    Value show(DecodeContext c, long raw) {
      int limit = c.brief() ? c.maxString() : MAX_STRINGS;
      List<Value> items = new ArrayList<>();
      for (int from = 0; ; from += CHUNK) {
        MemoryView m = c.readUpTo(raw + (long) from * word, CHUNK * word);
        int got = m.length() / word;
        for (int i = 0; i < got; i++) {
          long pointer = m.load(i * word, word, false);
          if (pointer == 0) {
            return new Value.Arr(items.toArray(new Value[0]), false);
          }
          if (items.size() >= limit) {
            return new Value.Arr(items.toArray(new Value[0]), true);
          }
          items.add(c.string(pointer, c.maxString(), false));
        }
        if (got < CHUNK) {
          if (items.isEmpty()) {
            return Value.unreadable(raw);
          }
          String at = "0x" + Long.toHexString(raw + (long) items.size() * word);
          items.add(new Value.Commented(new Value.Text("...", 0), at));
          return new Value.Arr(items.toArray(new Value[0]), false);
        }
      }
    }
  }

  /** {@code 0x7ffc… /* 24 vars *}{@code /}, or the whole environment when not abbreviated. */
  static final class Envp extends JavaType {
    private final int word;
    private final Argv whole;

    Envp(Abi abi) {
      super(abi, Direction.IN);
      this.word = abi.wordSize();
      this.whole = new Argv(abi);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      capture.strings(Phase.ENTRY, at, !capture.brief());
    }

    @Override
    Value show(DecodeContext c, long raw) {
      Value brief = count(c, raw);
      return c.brief() ? brief : new Value.Abbrev(brief, whole.show(c, raw));
    }

    private Value count(DecodeContext c, long raw) {
      int count = 0;
      while (true) {
        MemoryView m = c.readUpTo(raw + (long) count * word, CHUNK * word);
        int got = m.length() / word;
        for (int i = 0; i < got; i++, count++) {
          if (m.load(i * word, word, false) == 0) {
            return vars(raw, count, "");
          }
        }
        if (got < CHUNK || count > MAX_STRINGS) {
          return count == 0 ? Value.unreadable(raw) : vars(raw, count, ", unterminated");
        }
      }
    }

    private static Value vars(long raw, int count, String remark) {
      return new Value.Commented(Value.addr(raw), count + (count == 1 ? " var" : " vars") + remark);
    }
  }

  /** A thread's name, of at most 15 bytes (prctl(2), PR_SET_NAME). */
  static final class ThreadName extends JavaType {
    private static final int MAX = 15;

    ThreadName(Abi abi, Direction direction) {
      super(abi, direction);
    }

    @Override
    void needs(Capture capture, @Nullable Place at) {
      if (direction() == Direction.OUT) {
        capture.bytes(Phase.EXIT, at, MAX + 1);
      } else {
        capture.string(Phase.ENTRY, at);
      }
    }

    @Override
    Value show(DecodeContext c, long raw) {
      if (c.maxString() < MAX || direction() == Direction.OUT) {
        return c.string(raw, Math.min(MAX, c.maxString()), false);
      }
      // As strace, which does not look for the NUL behind the last byte of what is given.
      return c.shortString(raw, MAX);
    }
  }
}
