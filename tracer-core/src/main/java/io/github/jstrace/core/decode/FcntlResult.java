// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.FlagSet;
import io.github.jstrace.tables.Signals;

/** The result of fcntl(2), which means what the command asked for. */
final class FcntlResult extends ScalarType {
  private static final int F_DUPFD = 0;
  private static final int F_GETFD = 1;
  private static final int F_GETFL = 3;
  private static final int F_GETOWN = 9;
  private static final int F_GETSIG = 11;
  private static final int F_GETLEASE = 1025;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_GET_SEALS = 1034;

  private final Abi abi;
  private final Ref command;

  FcntlResult(Abi abi, Ref command) {
    super(abi, 4, true, Value.Base.DEC);
    this.abi = abi;
    this.command = command;
  }

  @Override
  Value decode(DecodeContext c, long raw) {
    switch ((int) command.get(c)) {
      case F_DUPFD:
      case F_DUPFD_CLOEXEC:
        return c.fd((int) raw);
      case F_GETOWN:
        return c.pid((int) raw);
      case F_GETFD:
        return noted(c, raw, "flags ", Sets.flags("fcntl_fd_flags", abi, raw));
      case F_GETFL:
        return raw == 0
            ? hexNoted(c, 0, "flags ", "O_RDONLY")
            : hexNoted(c, raw, "flags ", names("open", raw));
      case F_GETSIG:
        String signal = Signals.name(raw);
        if (signal != null) {
          c.setNote(signal);
        }
        return Value.dec(raw);
      case F_GETLEASE:
        return hexNoted(c, raw, "", names("lock_type", raw));
      case F_GET_SEALS:
        return noted(c, raw, "seals ", Sets.flags("file_seals", abi, raw));
      default:
        return Value.dec(raw);
    }
  }

  private static Value noted(DecodeContext c, long raw, String prefix, Value flags) {
    if (raw != 0) {
      c.setNote(new Value.Prefixed(prefix, flags));
    }
    return Value.hex(raw);
  }

  /** Names that stay names whatever {@code -X} says, as in strace. */
  private static Value hexNoted(DecodeContext c, long raw, String prefix, String names) {
    if (!names.isEmpty()) {
      c.setNote(prefix + names);
    }
    return Value.hex(raw);
  }

  private String names(String set, long raw) {
    FlagSet.Decomposition parts = Sets.get(set).decompose(raw & 0xffffffffL, abi);
    StringBuilder text = new StringBuilder();
    for (String name : parts.names()) {
      text.append(text.length() == 0 ? "" : "|").append(name);
    }
    if (parts.rest() != 0) {
      text.append(text.length() == 0 ? "" : "|")
          .append("0x")
          .append(Long.toHexString(parts.rest()));
    }
    return text.toString();
  }
}
