// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.filter;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.decode.FdResolver;
import io.github.jstrace.tables.Signature;
import io.github.jstrace.tables.Syscall;
import io.github.jstrace.tables.SyscallTable;
import io.github.jstrace.tables.TypeExpr;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Selects calls by what they work on: a path among their arguments, or a descriptor that refers to
 * it ({@code -P}), or a descriptor by its number ({@code -e trace-fds=}). One match is enough.
 */
public final class OperandFilter {
  private static final int MAX_PATH = 4096;

  /** The most descriptors of one call that are looked at. */
  private static final int MAX_FDS = 1024;

  private final byte[][] paths;
  private final @Nullable FdSet numbers;
  private final FdResolver resolver;
  private final byte[] buffer = new byte[MAX_PATH + 1];

  /**
   * @param paths as calls give them, and as the kernel knows them
   * @param numbers null: no descriptor is selected by its number
   */
  public OperandFilter(byte[][] paths, @Nullable FdSet numbers, FdResolver resolver) {
    this.paths = paths.clone();
    this.numbers = numbers;
    this.resolver = resolver;
  }

  /** Whether the call that the thread is entering is selected. */
  public boolean matches(Tracee tracee) {
    Syscall call = SyscallTable.byNumber(tracee.abi(), tracee.number());
    if (call == null) {
      return false;
    }
    Signature signature = call.signature();
    Signature.Param[] params = signature.params();
    for (int i = 0; i < params.length; i++) {
      TypeExpr.Core type = params[i].type().core();
      if (type instanceof TypeExpr.Switch choice) {
        type = chosen(choice, tracee, signature);
      }
      if (!(type instanceof TypeExpr.Named named)) {
        continue;
      }
      int slot = params[i].slot() < 0 ? i : params[i].slot();
      switch (named.name()) {
        case "fd":
        case "dirfd":
          if (fd((int) argument(tracee, signature, slot), tracee)) {
            return true;
          }
          break;
        case "path":
          if (path(argument(tracee, signature, slot), tracee)) {
            return true;
          }
          break;
        case "pollfds":
          if (pollfds(tracee, signature, slot)) {
            return true;
          }
          break;
        case "fdset":
          if (fdset(tracee, signature, slot)) {
            return true;
          }
          break;
        default:
          break;
      }
    }
    return false;
  }

  /** What an argument is that depends on another, as the value of fsconfig(2); null if unknown. */
  private TypeExpr.@Nullable Core chosen(
      TypeExpr.Switch choice, Tracee tracee, Signature signature) {
    Signature.Param[] params = signature.params();
    for (int i = 0; i < params.length; i++) {
      if (params[i].name().equals(choice.ref().name())) {
        int slot = params[i].slot() < 0 ? i : params[i].slot();
        long value = argument(tracee, signature, slot) & choice.ref().mask();
        String number = Integer.toUnsignedString((int) value);
        for (TypeExpr.Case each : choice.cases()) {
          if (Arrays.asList(each.constants()).contains(number)) {
            return each.type().core();
          }
        }
      }
    }
    return null;
  }

  private long argument(Tracee tracee, Signature signature, int slot) {
    boolean narrow = tracee.abi().wordSize() == 4;
    long first = narrow ? tracee.arg(0) & 0xffffffffL : tracee.arg(0);
    if (signature.indirect()) {
      return word(tracee, first + (long) slot * tracee.abi().wordSize());
    }
    if (slot > 5) {
      return -1;
    }
    return narrow ? tracee.arg(slot) & 0xffffffffL : tracee.arg(slot);
  }

  private long word(Tracee tracee, long address) {
    int size = tracee.abi().wordSize();
    if (tracee.memory().read(address, buffer, 0, size) != size) {
      return -1;
    }
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << 8 | (buffer[i] & 0xff);
    }
    return value;
  }

  private boolean fd(int fd, Tracee tracee) {
    if (fd < 0) {
      return false;
    }
    if (numbers != null && numbers.contains(fd)) {
      return true;
    }
    if (paths.length == 0) {
      return false;
    }
    byte[] path = resolver.path(tracee.tid(), fd);
    return path != null && isWanted(path, path.length);
  }

  private boolean path(long address, Tracee tracee) {
    if (address == 0 || paths.length == 0) {
      return false;
    }
    int got = tracee.memory().read(address, buffer, 0, buffer.length);
    for (int i = 0; i < got; i++) {
      if (buffer[i] == 0) {
        return isWanted(buffer, i);
      }
    }
    return false;
  }

  private boolean isWanted(byte[] bytes, int length) {
    for (byte[] path : paths) {
      if (path.length == length && Arrays.equals(path, 0, length, bytes, 0, length)) {
        return true;
      }
    }
    return false;
  }

  /** {@code struct pollfd} is 8 bytes, the descriptor first. */
  private boolean pollfds(Tracee tracee, Signature signature, int slot) {
    long address = argument(tracee, signature, slot);
    long count = Math.min(argument(tracee, signature, slot + 1) & 0xffffffffL, MAX_FDS);
    byte[] entries = new byte[(int) count * 8];
    int got = tracee.memory().read(address, entries, 0, entries.length);
    for (int at = 0; at + 8 <= got; at += 8) {
      int fd =
          (entries[at] & 0xff)
              | (entries[at + 1] & 0xff) << 8
              | (entries[at + 2] & 0xff) << 16
              | entries[at + 3] << 24;
      if (fd(fd, tracee)) {
        return true;
      }
    }
    return false;
  }

  /**
   * A bit for each descriptor below the first argument, in words, as the kernel reads them. A set
   * that cannot be read as a whole has no descriptors.
   */
  private boolean fdset(Tracee tracee, Signature signature, int slot) {
    long address = argument(tracee, signature, slot);
    int count = (int) Math.max(0, Math.min((int) argument(tracee, signature, 0), MAX_FDS));
    int word = tracee.abi().wordSize();
    byte[] bits = new byte[(count + 8 * word - 1) / (8 * word) * word];
    if (address == 0 || tracee.memory().read(address, bits, 0, bits.length) != bits.length) {
      return false;
    }
    for (int fd = 0; fd < count; fd++) {
      if ((bits[fd / 8] & 1 << (fd & 7)) != 0 && fd(fd, tracee)) {
        return true;
      }
    }
    return false;
  }
}
