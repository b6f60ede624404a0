// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Builds a static ELF program that makes a list of system calls, and does nothing else. It is how a
 * command is launched, since the JVM cannot fork: the steps between fork and execve are the system
 * calls of this program. It is also how small processes are made that have to outlive the JVM.
 *
 * <p>A step is a system call with up to six arguments and the least result that counts as success.
 * It may store its result, for example as an argument of another step, and it names the steps that
 * follow success and failure. A step that loads a word of memory takes the place of a call. A
 * handful of instructions walk the list:
 *
 * <pre>
 *   step = first
 *   loop: result = step.number &gt;= 0 ? syscall(step.number, step.args…)
 *                                   : (*(step.args[0]) &amp; step.args[1]) + step.args[2]
 *         *step.store = result
 *         if (result &lt; step.least) { failure = {result, step}; step = step.otherwise }
 *         else step = step.next
 *         goto loop
 * </pre>
 *
 * <p>Addresses are fixed (a program without relocation): code at {@link #codeAddress}, steps and
 * data from the next page on. Building is pure; nothing here calls the system.
 */
final class StepProgram {
  /** Least result of a step that may fail. */
  static final long ANY_RESULT = Long.MIN_VALUE;

  /**
   * Where programs that a tracer starts from its own memory would have their strings roughly, so
   * that the addresses in {@code execve} are as long as they mostly are.
   */
  private static final long CODE_X86_64 = 0x555555400000L;

  private static final long CODE_AARCH64 = 0x400000;
  private static final int ELF_HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int CODE_OFFSET = ELF_HEADER + 3 * PROGRAM_HEADER;

  // A step: eight-byte words.
  private static final int NUMBER = 0;
  private static final int ARGUMENTS = 8;
  private static final int LEAST = 56;
  private static final int STORE = 64;
  private static final int NEXT = 72;
  private static final int OTHERWISE = 80;
  private static final int STEP = 88;

  /** Size of a step, each of which lies behind the one appended before. */
  static final int SIZE = STEP;

  /** Where the failed step's result and address are stored, and results that nobody wants. */
  private static final int STEPS = 24;

  private static final int UNWANTED = 16;

  private final Arch arch;

  /** Where the data begin in the file: at a page boundary, and pages of AArch64 may be of 64 KB. */
  private final int dataOffset;

  /** Where the file's beginning is in memory. */
  private final long codeAddress;

  /** Where the data begin in memory. */
  private final long dataAddress;

  private int steps;
  private final int maxSteps;
  private long onFailure;
  private ByteBuffer data;

  /**
   * Begins a program.
   *
   * @param maxSteps most steps there will be
   */
  StepProgram(Arch arch, int maxSteps) {
    this.arch = arch;
    this.maxSteps = maxSteps;
    this.dataOffset = arch == Arch.X86_64 ? 0x1000 : 0x10000;
    this.codeAddress = arch == Arch.X86_64 ? CODE_X86_64 : CODE_AARCH64;
    this.dataAddress = codeAddress + dataOffset;
    int stepsEnd = STEPS + maxSteps * STEP;
    this.data = ByteBuffer.allocate(stepsEnd + 4096).order(ByteOrder.LITTLE_ENDIAN);
    data.position(stepsEnd);
  }

  /** Address of the 16 bytes that hold result and step of the last failure. */
  long failureAddress() {
    return dataAddress;
  }

  private void reserve(int size) {
    if (data.remaining() < size) {
      int position = data.position();
      byte[] larger = Arrays.copyOf(data.array(), Math.max(2 * data.capacity(), position + size));
      data = ByteBuffer.wrap(larger).order(ByteOrder.LITTLE_ENDIAN);
      data.position(position);
    }
  }

  /** Adds bytes and a NUL. Returns their address. */
  long string(byte[] bytes) {
    reserve(bytes.length + 1);
    long address = dataAddress + data.position();
    data.put(bytes).put((byte) 0);
    return address;
  }

  /** Adds 64-bit words, aligned. Returns their address. */
  long words(long... words) {
    reserve(8 * words.length + 8);
    data.position((data.position() + 7) & ~7);
    long address = dataAddress + data.position();
    for (long word : words) {
      data.putLong(word);
    }
    return address;
  }

  /** Adds bytes, aligned to 8. Returns their address. */
  long block(byte[] bytes) {
    reserve(bytes.length + 8);
    data.position((data.position() + 7) & ~7);
    long address = dataAddress + data.position();
    data.put(bytes);
    return address;
  }

  /** Adds strings and a NULL-terminated array of pointers to them. Returns the array's address. */
  long strings(byte[][] strings) {
    long[] pointers = new long[strings.length + 1];
    for (int i = 0; i < strings.length; i++) {
      pointers[i] = string(strings[i]);
    }
    return words(pointers);
  }

  /** Appends a system call. Returns the step's address, which is how others name it. */
  long step(long least, long number, long... args) {
    if (steps == maxSteps) {
      throw new IllegalStateException("more than " + maxSteps + " steps");
    }
    int offset = STEPS + STEP * steps++;
    data.putLong(offset + NUMBER, number);
    for (int i = 0; i < args.length; i++) {
      data.putLong(offset + ARGUMENTS + 8 * i, args[i]);
    }
    data.putLong(offset + LEAST, least);
    data.putLong(offset + STORE, dataAddress + UNWANTED);
    data.putLong(offset + NEXT, dataAddress + offset + STEP);
    return dataAddress + offset;
  }

  /** Appends a step whose result is {@code (word at address & mask) + plus}. */
  long load(long least, long address, long mask, long plus) {
    return step(least, -1, address, mask, plus);
  }

  /** Makes a step store its result, 8 bytes. */
  void store(long step, long address) {
    data.putLong((int) (step - dataAddress) + STORE, address);
  }

  /** Where an argument of a step is, so that another step can store it. */
  static long argument(long step, int index) {
    return step + ARGUMENTS + 8L * index;
  }

  /** Where a step has the address to which it stores its result. */
  static long place(long step) {
    return step + STORE;
  }

  /** Sets an argument of a step that was appended. */
  void set(long step, int index, long value) {
    data.putLong((int) (argument(step, index) - dataAddress), value);
  }

  /** What follows a step that succeeds; by default the one appended next. */
  void then(long step, long next) {
    data.putLong((int) (step - dataAddress) + NEXT, next);
  }

  /** What follows a step that fails. */
  void otherwise(long step, long next) {
    data.putLong((int) (step - dataAddress) + OTHERWISE, next);
  }

  /** What follows the failure of any step of which nothing else is said. */
  void otherwise(long next) {
    onFailure = next;
  }

  /** The program, to be written to a file and executed. */
  byte[] build() {
    int dataSize = data.position();
    for (int i = 0; i < steps; i++) {
      int offset = STEPS + STEP * i + OTHERWISE;
      if (data.getLong(offset) == 0) {
        data.putLong(offset, onFailure);
      }
    }
    ByteBuffer file = ByteBuffer.allocate(dataOffset + dataSize).order(ByteOrder.LITTLE_ENDIAN);
    byte[] code = arch == Arch.X86_64 ? x86Code() : aarch64Code();
    putElfHeader(file);
    putSegment(file, 1, 5, 0, codeAddress, CODE_OFFSET + code.length); // PT_LOAD, R-X
    putSegment(file, 1, 6, dataOffset, dataAddress, dataSize); // PT_LOAD, RW-
    putSegment(file, 0x6474e551, 6, 0, 0, 0); // PT_GNU_STACK, RW-
    file.put(code);
    file.position(dataOffset);
    file.put(data.array(), 0, dataSize);
    return file.array();
  }

  private void putElfHeader(ByteBuffer file) {
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
    file.putShort((short) 2).putShort((short) arch.elfMachine()).putInt(1); // ET_EXEC
    file.putLong(codeAddress + CODE_OFFSET)
        .putLong(ELF_HEADER)
        .putLong(0); // e_entry, e_phoff, e_shoff
    file.putInt(0).putShort((short) ELF_HEADER);
    file.putShort((short) PROGRAM_HEADER).putShort((short) 3); // e_phentsize, e_phnum
    file.putShort((short) 0).putShort((short) 0).putShort((short) 0);
  }

  private void putSegment(
      ByteBuffer file, int type, int flags, long offset, long address, long size) {
    file.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address);
    file.putLong(size).putLong(size).putLong(dataOffset);
  }

  private byte[] x86Code() {
    ByteBuffer code = ByteBuffer.allocate(112).order(ByteOrder.LITTLE_ENDIAN);
    code.put(new byte[] {0x48, (byte) 0xbb}).putLong(dataAddress + STEPS); // mov rbx, steps
    int loop = code.position();
    code.put(new byte[] {0x48, (byte) 0x8b, 0x03}); // mov rax, [rbx]
    code.put(new byte[] {0x48, (byte) 0x8b, 0x7b, 8}); // mov rdi, [rbx+8]
    code.put(new byte[] {0x48, (byte) 0x8b, 0x73, 16}); // mov rsi, [rbx+16]
    code.put(new byte[] {0x48, (byte) 0x8b, 0x53, 24}); // mov rdx, [rbx+24]
    code.put(new byte[] {0x4c, (byte) 0x8b, 0x53, 32}); // mov r10, [rbx+32]
    code.put(new byte[] {0x4c, (byte) 0x8b, 0x43, 40}); // mov r8, [rbx+40]
    code.put(new byte[] {0x4c, (byte) 0x8b, 0x4b, 48}); // mov r9, [rbx+48]
    code.put(new byte[] {0x48, (byte) 0x85, (byte) 0xc0}); // test rax, rax
    code.put(new byte[] {0x78, 44}); // js load
    code.put(new byte[] {0x0f, 0x05}); // syscall
    int stored = code.position();
    code.put(new byte[] {0x48, (byte) 0x8b, 0x4b, STORE}); // mov rcx, [rbx+64]
    code.put(new byte[] {0x48, (byte) 0x89, 0x01}); // mov [rcx], rax
    code.put(new byte[] {0x48, 0x3b, 0x43, LEAST}); // cmp rax, [rbx+56]
    code.put(new byte[] {0x7c, 6}); // jl failed
    code.put(new byte[] {0x48, (byte) 0x8b, 0x5b, NEXT}); // mov rbx, [rbx+72]
    putX86Jump(code, loop);
    code.put(new byte[] {0x48, (byte) 0xb9}).putLong(dataAddress); // failed: mov rcx, failure
    code.put(new byte[] {0x48, (byte) 0x89, 0x01}); // mov [rcx], rax
    code.put(new byte[] {0x48, (byte) 0x89, 0x59, 8}); // mov [rcx+8], rbx
    code.put(new byte[] {0x48, (byte) 0x8b, 0x5b, OTHERWISE}); // mov rbx, [rbx+80]
    putX86Jump(code, loop);
    code.put(new byte[] {0x48, (byte) 0x8b, 0x07}); // load: mov rax, [rdi]
    code.put(new byte[] {0x48, 0x21, (byte) 0xf0}); // and rax, rsi
    code.put(new byte[] {0x48, 0x01, (byte) 0xd0}); // add rax, rdx
    putX86Jump(code, stored);
    return Arrays.copyOf(code.array(), code.position());
  }

  private static void putX86Jump(ByteBuffer code, int target) {
    code.put((byte) 0xeb).put((byte) (target - (code.position() + 1)));
  }

  private byte[] aarch64Code() {
    ByteBuffer code = ByteBuffer.allocate(96).order(ByteOrder.LITTLE_ENDIAN);
    putAdr(code, 19, dataAddress + STEPS); // adr x19, steps
    int loop = code.position();
    code.putInt(0xf9400268); // ldr x8, [x19]
    code.putInt(0xa9408660); // ldp x0, x1, [x19, #8]
    code.putInt(0xa9418e62); // ldp x2, x3, [x19, #24]
    code.putInt(0xa9429664); // ldp x4, x5, [x19, #40]
    code.putInt(0xb7f80188); // tbnz x8, #63, load
    code.putInt(0xd4000001); // svc #0
    int stored = code.position();
    code.putInt(0xa943aa69); // ldp x9, x10, [x19, #56]
    code.putInt(0xf9000140); // str x0, [x10]
    code.putInt(0xeb09001f); // cmp x0, x9
    code.putInt(0x5400006b); // b.lt failed
    code.putInt(0xf9402673); // ldr x19, [x19, #72]
    putAarch64Jump(code, loop);
    putAdr(code, 10, dataAddress); // failed: adr x10, failure
    code.putInt(0xa9004d40); // stp x0, x19, [x10]
    code.putInt(0xf9402a73); // ldr x19, [x19, #80]
    putAarch64Jump(code, loop);
    code.putInt(0xf9400000); // load: ldr x0, [x0]
    code.putInt(0x8a010000); // and x0, x0, x1
    code.putInt(0x8b020000); // add x0, x0, x2
    putAarch64Jump(code, stored);
    return Arrays.copyOf(code.array(), code.position());
  }

  private void putAdr(ByteBuffer code, int register, long target) {
    long distance = target - (codeAddress + CODE_OFFSET + code.position());
    int low = (int) distance & 3;
    int high = (int) (distance >> 2) & 0x7ffff;
    code.putInt(0x10000000 | low << 29 | high << 5 | register);
  }

  private static void putAarch64Jump(ByteBuffer code, int target) {
    code.putInt(0x14000000 | ((target - code.position()) >> 2) & 0x3ffffff);
  }
}
