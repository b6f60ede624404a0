// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import org.jspecify.annotations.Nullable;

/**
 * What is in an eventfd or signalfd, from the text of {@code /proc/PID/fdinfo/N}
 * (proc_pid_fdinfo(5), {@code fs/eventfd.c} and {@code fs/signalfd.c} of Linux 7.2).
 */
final class FdContent {
  private FdContent() {}

  /**
   * The descriptor with its content, null if the text does not tell.
   *
   * @param kind {@link DecodeOptions#FD_EVENTFD} or {@link DecodeOptions#FD_SIGNALFD}
   */
  static @Nullable Value of(Abi abi, int fd, int kind, byte @Nullable [] information) {
    if (information == null) {
      return null;
    }
    String text = new String(information, ISO_8859_1);
    return kind == DecodeOptions.FD_EVENTFD ? eventfd(fd, text) : signalfd(abi, fd, text);
  }

  private static @Nullable Value eventfd(int fd, String text) {
    String count = field(text, "eventfd-count");
    if (count == null) {
      return null;
    }
    // The other two came later (Linux 5.2 and 6.5).
    String id = field(text, "eventfd-id");
    String semaphore = field(text, "eventfd-semaphore");
    Value.Field[] fields = new Value.Field[1 + (id == null ? 0 : 1) + (semaphore == null ? 0 : 1)];
    int n = 0;
    fields[n++] = Value.field("eventfd-count", Value.hex(number(count, 16)));
    if (id != null) {
      fields[n++] = Value.field("eventfd-id", Value.dec(number(id, 10)));
    }
    if (semaphore != null) {
      fields[n] = Value.field("eventfd-semaphore", Value.dec(number(semaphore, 10)));
    }
    return new Value.Fd(fd, null, null, false, null, new Value.Struct(fields, false));
  }

  private static @Nullable Value signalfd(Abi abi, int fd, String text) {
    String mask = field(text, "sigmask");
    return mask == null
        ? null
        : new Value.Fd(
            fd, null, null, false, "signalfd", SignalTypes.sigset(abi, number(mask, 16), 64));
  }

  /** What stands behind the name at the beginning of a line, without blanks; null if none does. */
  private static @Nullable String field(String text, String name) {
    int at = text.indexOf("\n" + name + ":");
    if (at < 0) {
      return null;
    }
    int from = at + name.length() + 2;
    int end = text.indexOf('\n', from);
    return text.substring(from, end < 0 ? text.length() : end).strip();
  }

  private static long number(String digits, int radix) {
    try {
      return Long.parseUnsignedLong(digits, radix);
    } catch (NumberFormatException e) {
      // Minus one, or what a kernel to come may write.
      return -1;
    }
  }
}
