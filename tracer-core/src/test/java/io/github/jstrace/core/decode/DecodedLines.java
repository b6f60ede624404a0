// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.text.TextBuffer;
import io.github.jstrace.core.text.TextOptions;
import io.github.jstrace.core.text.TextRenderer;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.Errno;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A tracee whose memory a test fills, and the lines that its calls are shown as. */
final class DecodedLines {
  /** Where the readable memory begins; what lies before it and behind it is not there. */
  static final long BASE = 0x10000000L;

  private static final int SIZE = 1 << 16;

  private final byte[] memory = new byte[SIZE];
  private final TextOptions text = new TextOptions();
  private final DecodeOptions options = new DecodeOptions();
  private FdResolver fds = FdResolver.NONE;
  private int used;

  /** As {@code -v}. */
  DecodedLines verbose() {
    options.setAbbreviated(DecodeOptions.SyscallSet.NONE);
    return this;
  }

  /** What the system knows of descriptors and other numbers. */
  DecodedLines fds(FdResolver resolver) {
    fds = resolver;
    return this;
  }

  /** As {@code -X verbose} and {@code -X raw}. */
  DecodedLines constants(TextOptions.Constants constants) {
    text.setConstants(constants);
    return this;
  }

  /** Puts bytes into memory, 16-byte aligned, and tells where. */
  long put(byte... bytes) {
    int at = used;
    System.arraycopy(bytes, 0, memory, at, bytes.length);
    used = (used + bytes.length + 32) / 16 * 16;
    return BASE + at;
  }

  long put(String string) {
    return put((string + "\0").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Puts little-endian numbers; an {@code Integer} takes 4 bytes, and so on. */
  long numbers(Number... numbers) {
    return put(bytes(numbers));
  }

  static byte[] bytes(Number... numbers) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    for (Number n : numbers) {
      if (n instanceof Byte b) {
        buffer.put(b);
      } else if (n instanceof Short s) {
        buffer.putShort(s);
      } else if (n instanceof Integer i) {
        buffer.putInt(i);
      } else {
        buffer.putLong(n.longValue());
      }
    }
    byte[] result = new byte[buffer.position()];
    System.arraycopy(buffer.array(), 0, result, 0, result.length);
    return result;
  }

  /** Overwrites memory, as a call does. */
  void store(long address, Number... numbers) {
    byte[] bytes = bytes(numbers);
    System.arraycopy(bytes, 0, memory, (int) (address - BASE), bytes.length);
  }

  private int read(long address, byte[] into, int offset, int length) {
    if (address < BASE || address >= BASE + SIZE) {
      return 0;
    }
    int count = (int) Math.min(length, BASE + SIZE - address);
    System.arraycopy(memory, (int) (address - BASE), into, offset, count);
    return count;
  }

  /** The last bytes before unreadable memory. */
  static long edge(int bytes) {
    return BASE + SIZE - bytes;
  }

  /** The line of a call that returned {@code result}; -errno for a failure. */
  String line(String name, long result, long... args) {
    return line(Abi.X86_64, name, result, null, args);
  }

  /** The same of any ABI; {@code between} happens between entry and exit. */
  String line(Abi abi, String name, long result, @Nullable Runnable between, long... args) {
    TraceeMemory readable = this::read;
    Tracee tracee = new Tracee(1, 1, readable);
    SyscallDecoder decoder = new SyscallDecoder(options, fds);
    SyscallDecoder.State state = decoder.newState(tracee);
    tracee.enter(abi, number(abi, name), 0, 0, 0, 0);
    for (int i = 0; i < 6; i++) {
      tracee.setArg(i, i < args.length ? args[i] : 0);
    }
    decoder.enter(state);
    if (between != null) {
      between.run();
    }
    int errno = result < 0 ? (int) -result : 0;
    tracee.exit(result, errno, 1, 1);
    decoder.exit(state);
    return text(state.call(), errno);
  }

  private String text(DecodedCall call, int errno) {
    TextBuffer out = new TextBuffer();
    TextRenderer renderer = new TextRenderer(out, text);
    out.ascii(call.name()).ascii("(");
    boolean first = true;
    for (int i = 0; i < call.argCount(); i++) {
      if (call.arg(i) instanceof Value.Omitted) {
        continue;
      }
      out.ascii(first ? "" : ", ");
      first = false;
      renderer.render(call.arg(i), call.abbreviated());
    }
    out.ascii(") = ");
    Value result = call.result();
    if (errno != 0 || result == null) {
      out.ascii("-1 ").ascii(String.valueOf(Errno.name(errno)));
    } else {
      renderer.render(result, call.abbreviated());
      Value note = call.note();
      if (note != null) {
        out.ascii(" (");
        renderer.renderNote(note, call.abbreviated());
        out.ascii(")");
      }
    }
    return new String(out.array(), 0, out.length(), StandardCharsets.ISO_8859_1);
  }

  private static int number(Abi abi, String name) {
    for (Syscall syscall : SyscallTable.all()) {
      if (syscall.name().equals(name) && syscall.number(abi) >= 0) {
        return syscall.number(abi);
      }
    }
    throw new IllegalArgumentException(name);
  }
}
