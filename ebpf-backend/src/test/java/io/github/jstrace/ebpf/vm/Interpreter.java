// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.vm;

import io.github.jstrace.ebpf.asm.MapSpec;
import io.github.jstrace.ebpf.asm.Program;
import java.util.HashMap;
import java.util.Map;

/** One run of a program. */
final class Interpreter {
  private static final long MAP_HANDLES = 0xffff_9999_0000_0000L;
  private static final long FUNCTIONS = 0xffff_aaaa_0000_0000L;

  private static final int MAX_DEPTH = 8;

  private final Machine machine;
  private final Program program;
  private final Helpers helpers;
  private final Map<Integer, MapSpec> maps = new HashMap<>();
  private int steps;

  Interpreter(Machine machine, Program program) {
    this.machine = machine;
    this.program = program;
    this.helpers = new Helpers(machine, this);
    for (Program.MapReference reference : program.maps()) {
      maps.put(reference.slot(), reference.map());
    }
  }

  long run(long context) {
    Frame frame = new Frame(machine.kernel(), 1);
    frame.put(1, context);
    return run(frame, 0);
  }

  /** Runs a function of the program whose address the program has made. */
  long callback(Frame caller, long function, long... arguments) {
    Frame frame = new Frame(machine.kernel(), caller.depth + 1);
    for (int i = 0; i < arguments.length; i++) {
      frame.put(1 + i, arguments[i]);
    }
    long pc = function - FUNCTIONS;
    if (pc < 0 || pc >= program.size()) {
      throw new Fault("not a function: 0x" + Long.toHexString(function));
    }
    return run(frame, (int) pc);
  }

  /** The map behind a register that a program loaded it into. */
  MapSpec mapOf(long handle) {
    MapSpec map = maps.get((int) (handle - MAP_HANDLES));
    if (handle >>> 32 != MAP_HANDLES >>> 32 || map == null) {
      throw new Fault("not a map: 0x" + Long.toHexString(handle));
    }
    return map;
  }

  private long run(Frame frame, int start) {
    if (frame.depth > MAX_DEPTH) {
      throw new Fault("more than " + MAX_DEPTH + " frames");
    }
    int pc = start;
    try {
      while (true) {
        if (pc < 0 || pc >= program.size()) {
          throw new Fault("outside of the program");
        }
        if (++steps > machine.maxSteps) {
          throw new Fault("more than " + machine.maxSteps + " instructions executed");
        }
        long slot = program.slot(pc);
        if ((slot & 0xff) == 0x95) {
          return frame.get(0);
        }
        pc = step(frame, pc, slot);
      }
    } catch (Fault fault) {
      if (fault.getCause() != null) {
        throw fault; // of a function that was called
      }
      String where = program.name() + ": instruction " + pc + ": ";
      throw new Fault(where + fault.getMessage(), fault);
    } finally {
      machine.kernel().free(frame.stack);
    }
  }

  /** Executes one instruction; returns the number of the next. */
  private int step(Frame frame, int pc, long slot) {
    int opcode = (int) slot & 0xff;
    int dst = (int) (slot >> 8) & 15;
    int src = (int) (slot >> 12) & 15;
    int offset = (short) (slot >> 16);
    int imm = (int) (slot >> 32);
    switch (opcode & 7) {
      case 0 -> {
        if (opcode != 0x18) {
          throw new Fault("load of a packet");
        }
        frame.put(dst, wide(pc, src, imm));
        return pc + 2;
      }
      case 1 -> {
        int size = size(opcode);
        long value = load(frame.get(src) + offset, size);
        boolean signed = (opcode & 0xe0) == 0x80;
        frame.put(dst, signed ? Arithmetic.extend(value, size * 8) : value);
      }
      case 2 -> store(frame.get(dst) + offset, size(opcode), imm);
      case 3 -> {
        if ((opcode & 0xe0) == 0xc0) {
          atomic(frame, frame.get(dst) + offset, size(opcode), src, imm);
        } else {
          store(frame.get(dst) + offset, size(opcode), frame.get(src));
        }
      }
      case 4, 7 -> compute(frame, opcode, dst, src, offset, imm);
      default -> {
        return jump(frame, pc, slot);
      }
    }
    return pc + 1;
  }

  private static int size(int opcode) {
    return switch (opcode & 0x18) {
      case 0x00 -> 4;
      case 0x08 -> 2;
      case 0x10 -> 1;
      default -> 8;
    };
  }

  private long wide(int pc, int kind, int low) {
    int high = (int) (program.slot(pc + 1) >> 32);
    return switch (kind) {
      case 0 -> (long) high << 32 | low & 0xffffffffL;
      case 1 -> MAP_HANDLES + pc;
      case 2 -> machine.map(mapOf(MAP_HANDLES + pc)).get(0).address() + high;
      case 4 -> FUNCTIONS + pc + 1 + low;
      default -> throw new Fault("64-bit immediate of kind " + kind);
    };
  }

  private void compute(Frame frame, int opcode, int dst, int src, int offset, int imm) {
    int operation = opcode >> 4;
    boolean wide = (opcode & 7) == 7;
    boolean fromRegister = (opcode & 8) != 0;
    if (operation == 0xd) {
      frame.put(dst, Arithmetic.swap(frame.get(dst), imm, wide || fromRegister));
      return;
    }
    long left = operation == 0xb ? 0 : frame.get(dst);
    long right = fromRegister && operation != 8 ? frame.get(src) : imm;
    frame.put(dst, Arithmetic.compute(operation, wide, offset, left, right));
  }

  private int jump(Frame frame, int pc, long slot) {
    int opcode = (int) slot & 0xff;
    int dst = (int) (slot >> 8) & 15;
    int src = (int) (slot >> 12) & 15;
    int offset = (short) (slot >> 16);
    int imm = (int) (slot >> 32);
    boolean wide = (opcode & 7) == 5;
    switch (opcode >> 4) {
      case 0 -> {
        return pc + 1 + (wide ? offset : imm);
      }
      case 8 -> {
        if (src == 1) {
          Frame callee = new Frame(machine.kernel(), frame.depth + 1);
          callee.copyArguments(frame);
          frame.returned(run(callee, pc + 1 + imm));
        } else {
          frame.returned(helpers.call(imm, frame));
        }
        return pc + 1;
      }
      default -> {
        long right = (opcode & 8) != 0 ? frame.get(src) : imm;
        boolean holds = Arithmetic.holds(opcode >> 4, wide, frame.get(dst), right);
        return pc + 1 + (holds ? offset : 0);
      }
    }
  }

  private void atomic(Frame frame, long address, int size, int src, int operation) {
    if ((address & size - 1) != 0) {
      throw new Fault("atomic operation at unaligned 0x" + Long.toHexString(address));
    }
    long old = load(address, size);
    long operand = frame.get(src);
    if (operation == 0xf1) {
      long expected = frame.get(0);
      if (old == (size == 4 ? expected & 0xffffffffL : expected)) {
        store(address, size, operand);
      }
      frame.put(0, old);
      return;
    }
    store(
        address,
        size,
        switch (operation & ~1) {
          case 0x00 -> old + operand;
          case 0x40 -> old | operand;
          case 0x50 -> old & operand;
          case 0xa0 -> old ^ operand;
          case 0xe0 -> operand;
          default -> throw new Fault("atomic operation " + operation);
        });
    if ((operation & 1) != 0) {
      frame.put(src, old);
    }
  }

  private long load(long address, int size) {
    Region region = machine.find(address, size);
    if (region == null) {
      if (machine.readsZeroOutside && machine.find(address, 1) == null) {
        return 0;
      }
      throw new Fault("read of " + size + " bytes at 0x" + Long.toHexString(address) + ": nothing");
    }
    return region.load((int) (address - region.address()), size);
  }

  private void store(long address, int size, long value) {
    Region region = machine.find(address, size);
    if (region == null) {
      throw new Fault(
          "write of " + size + " bytes at 0x" + Long.toHexString(address) + ": nothing");
    }
    region.store((int) (address - region.address()), size, value);
  }
}
