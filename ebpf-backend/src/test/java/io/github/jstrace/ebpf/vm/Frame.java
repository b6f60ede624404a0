// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

/** The registers of one function's run and its stack. */
final class Frame {
  static final int STACK = 512;

  final int depth;
  final Region stack;
  private final long[] registers = new long[11];
  private final boolean[] set = new boolean[11];

  Frame(AddressSpace memory, int depth) {
    this.depth = depth;
    this.stack = memory.allocateUndefined("the stack", STACK);
    put(10, stack.address() + STACK);
  }

  long get(int register) {
    if (register > 10) {
      throw new Fault("there is no register " + register);
    }
    if (!set[register]) {
      throw new Fault("R" + register + " is read but not set");
    }
    return registers[register];
  }

  void put(int register, long value) {
    if (register > 10 || register == 10 && set[10]) {
      throw new Fault("write of register " + register);
    }
    registers[register] = value;
    set[register] = true;
  }

  /** A call has been made: R1 to R5 are lost. */
  void returned(long result) {
    for (int register = 1; register <= 5; register++) {
      set[register] = false;
    }
    put(0, result);
  }

  /** The arguments of a function of the program. */
  void copyArguments(Frame caller) {
    for (int register = 1; register <= 5; register++) {
      if (caller.set[register]) {
        put(register, caller.registers[register]);
      }
    }
  }
}
