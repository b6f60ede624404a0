// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ptrace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a seccomp-BPF program, as the kernel does after it has checked it (seccomp(2), bpf(4)). */
final class BpfInterpreter {
  private final ByteBuffer code;

  BpfInterpreter(byte[] program) {
    code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
  }

  int length() {
    return code.capacity() / 8;
  }

  /** The action for a call. */
  int run(int arch, int number, long... args) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, number).putInt(4, arch);
    for (int i = 0; i < args.length; i++) {
      data.putLong(16 + 8 * i, args[i]);
    }
    int accumulator = 0;
    int at = 0;
    while (true) {
      int operation = code.getShort(8 * at) & 0xffff;
      int ifTrue = code.get(8 * at + 2) & 0xff;
      int ifFalse = code.get(8 * at + 3) & 0xff;
      int value = code.getInt(8 * at + 4);
      at++;
      switch (operation) {
        case 0x20:
          accumulator = data.getInt(value);
          break;
        case 0x05:
          at += value;
          break;
        case 0x15:
          at += accumulator == value ? ifTrue : ifFalse;
          break;
        case 0x35:
          at += Integer.compareUnsigned(accumulator, value) >= 0 ? ifTrue : ifFalse;
          break;
        case 0x06:
          return value;
        default:
          throw new IllegalArgumentException("operation " + operation + " at " + (at - 1));
      }
    }
  }
}
