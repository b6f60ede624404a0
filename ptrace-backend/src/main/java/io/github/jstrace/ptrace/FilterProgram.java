// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.tables.Abi;
import io.github.jstrace.tables.SyscallTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Writes the seccomp-BPF program (seccomp(2)) that makes a ptrace stop of the calls of a {@link
 * SyscallFilter} and lets all others pass. It may ask for more calls than the filter has, never for
 * fewer: those whose effects the tracer has to know, and all of an unknown ABI.
 */
final class FilterProgram {
  /** BPF_MAXINSNS. */
  static final int MAX_INSTRUCTIONS = 4096;

  static final int RET_TRACE = 0x7ff00000;
  static final int RET_USER_NOTIF = 0x7fc00000;
  static final int RET_ALLOW = 0x7fff0000;

  // linux/bpf_common.h
  private static final int LOAD_WORD = 0x20;
  private static final int JUMP = 0x05;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int JUMP_IF_NOT_BELOW = 0x35;
  private static final int RETURN = 0x06;

  // struct seccomp_data; the low half of an argument on a little-endian machine
  private static final int NUMBER = 0;
  private static final int ARCH = 4;
  private static final int FIRST_ARGUMENT = 16;

  /** No call has a number as high, but those of x32. */
  private static final int NUMBERS = SyscallTable.FIRST_SUBCALL;

  /** {@code __X32_SYSCALL_BIT}. */
  private static final int X32 = 0x40000000;

  private static final int PR_SET_SECCOMP = 22;

  /** Pseudo return value: prctl, of which only PR_SET_SECCOMP makes a stop. */
  private static final int LOOK_AT_OPTION = 1;

  private static final int LONGEST_JUMP = 255;

  private final SyscallFilter filter;
  private final boolean maskCalls;
  private final ByteBuffer code =
      ByteBuffer.allocate(8 * MAX_INSTRUCTIONS).order(ByteOrder.LITTLE_ENDIAN);

  /** The numbers at which the answer changes, ascending from 0, and the answers from there on. */
  private final int[] from = new int[NUMBERS + 2];

  private final int[] answers = new int[NUMBERS + 2];
  private int count;

  private FilterProgram(SyscallFilter filter, boolean maskCalls) {
    this.filter = filter;
    this.maskCalls = maskCalls;
  }

  /**
   * The program.
   *
   * @param maskCalls whether it has to tell of what {@link MaskCalls} are, too
   * @param abis those whose calls are decided by the filter
   * @return {@code struct sock_filter} instructions; null if there would be too many
   */
  static byte @Nullable [] of(SyscallFilter filter, boolean maskCalls, Abi... abis) {
    return new FilterProgram(filter, maskCalls).build(abis);
  }

  /**
   * The same program for threads that are not traced: it notifies a listener (seccomp_unotify(2))
   * instead, which the kernel prefers to a tracer.
   */
  static byte[] forListener(byte[] program) {
    ByteBuffer copy = ByteBuffer.wrap(program.clone()).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < program.length; at += 8) {
      if (copy.getShort(at) == RETURN && copy.getInt(at + 4) == RET_TRACE) {
        copy.putInt(at + 4, RET_USER_NOTIF);
      }
    }
    return copy.array();
  }

  /**
   * Whether a call may install a seccomp filter: for {@code prctl} it depends on its first
   * argument.
   */
  static boolean installsFilter(Abi abi, int number, long firstArgument) {
    return number == seccomp(abi)
        || (number == prctl(abi) && (int) firstArgument == PR_SET_SECCOMP);
  }

  static int seccomp(Abi abi) {
    return abi == Abi.X86_64 ? 317 : abi == Abi.I386 ? 354 : 277;
  }

  private static int prctl(Abi abi) {
    return abi == Abi.X86_64 ? 157 : abi == Abi.I386 ? 172 : 167;
  }

  private byte @Nullable [] build(Abi[] abis) {
    emit(LOAD_WORD, 0, 0, ARCH);
    for (Abi abi : abis) {
      changes(abi);
      // from the comparison and the jump behind it to what follows the part of this ABI
      int skipped = 1 + length(0, count);
      if (code.position() / 8 + 2 + skipped + 1 > MAX_INSTRUCTIONS) {
        return null;
      }
      emit(JUMP_IF_EQUAL, 1, 0, abi.auditArch());
      emit(JUMP, 0, 0, skipped);
      emit(LOAD_WORD, 0, 0, NUMBER);
      search(0, count);
    }
    emit(RETURN, 0, 0, RET_TRACE);
    byte[] program = new byte[code.position()];
    code.flip();
    code.get(program);
    return program;
  }

  /** Lists the ranges of numbers with equal answers. */
  private void changes(Abi abi) {
    count = 0;
    int last = 0;
    for (int number = 0; number < NUMBERS; number++) {
      int answer = answer(abi, number);
      if (answer != last) {
        from[count] = number;
        answers[count++] = answer;
        last = answer;
      }
    }
    from[count] = NUMBERS;
    answers[count++] = filter.containsUnknown(abi) ? RET_TRACE : RET_ALLOW;
    if (abi == Abi.X86_64) {
      from[count] = X32;
      answers[count++] = RET_TRACE;
    }
  }

  private int answer(Abi abi, int number) {
    if (filter.contains(abi, number)
        || number == seccomp(abi)
        || abi.multiplexes(number) // what it does is known when its arguments are read
        || (maskCalls && MaskCalls.maySee(abi.auditArch(), number))
        || (isRestarted(abi, number) && filter.contains(abi, restartSyscall(abi)))) {
      return RET_TRACE;
    }
    return number == prctl(abi) ? LOOK_AT_OPTION : RET_ALLOW;
  }

  private static int restartSyscall(Abi abi) {
    return abi == Abi.X86_64 ? 219 : abi == Abi.I386 ? 0 : 128;
  }

  /**
   * Whether the kernel continues the call by restart_syscall: who is shown that is told what is
   * continued, and so has to have seen it. They are nanosleep, clock_nanosleep, poll and futex.
   */
  private static boolean isRestarted(Abi abi, int number) {
    switch (abi) {
      case X86_64:
        return number == 35 || number == 230 || number == 7 || number == 202;
      case I386:
        return number == 162
            || number == 267
            || number == 407
            || number == 168
            || number == 240
            || number == 422;
      default:
        return number == 101 || number == 115 || number == 98;
    }
  }

  /** Number of instructions that {@link #search} makes. */
  private int length(int low, int high) {
    if (high - low == 1) {
      return answers[low] == LOOK_AT_OPTION ? 4 : 1;
    }
    int middle = (low + high) >>> 1;
    int left = length(low, middle);
    return (left > LONGEST_JUMP ? 2 : 1) + left + length(middle, high);
  }

  /** Finds the answer for the loaded number among the ranges {@code low} to {@code high - 1}. */
  private void search(int low, int high) {
    if (high - low == 1) {
      answer(answers[low]);
      return;
    }
    int middle = (low + high) >>> 1;
    int left = length(low, middle);
    if (left > LONGEST_JUMP) {
      emit(JUMP_IF_NOT_BELOW, 0, 1, from[middle]);
      emit(JUMP, 0, 0, left);
    } else {
      emit(JUMP_IF_NOT_BELOW, left, 0, from[middle]);
    }
    search(low, middle);
    search(middle, high);
  }

  private void answer(int answer) {
    if (answer == LOOK_AT_OPTION) {
      emit(LOAD_WORD, 0, 0, FIRST_ARGUMENT);
      emit(JUMP_IF_EQUAL, 0, 1, PR_SET_SECCOMP);
      emit(RETURN, 0, 0, RET_TRACE);
      emit(RETURN, 0, 0, RET_ALLOW);
    } else {
      emit(RETURN, 0, 0, answer);
    }
  }

  private void emit(int operation, int ifTrue, int ifFalse, int value) {
    code.putShort((short) operation).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
  }
}
