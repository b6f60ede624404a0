// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Builds a static ELF program that makes a list of system calls, one after the other, and does
 * nothing else. It is how a command is launched: the JVM cannot fork, so the steps between fork and
 * execve are the system calls of this program.
 *
 * <p>A step is a system call with up to six arguments and the least result that counts as success.
 * At the first step that gives less, the result and the step's address are stored and the steps of
 * the second list run instead. A handful of instructions walk the lists:
 *
 * <pre>
 *   step = first
 *   loop: result = syscall(step.number, step.args…)
 *         if (result &lt; step.least) { failure = {result, step}; step = onFailure }
 *         else step++
 *         goto loop
 * </pre>
 *
 * <p>Addresses are fixed (a program without relocation): code at {@value #CODE}, lists and data
 * from the next page on. Building is pure; nothing here calls the system.
 */
final class LaunchImage {
  /** A step that may fail. */
  static final long ANY_RESULT = Long.MIN_VALUE;

  private static final long CODE = 0x400000;
  private static final int ELF_HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int CODE_OFFSET = ELF_HEADER + 3 * PROGRAM_HEADER;
  private static final int STEP = 64;

  /** Where the failed step's result and address are stored, then the two lists. */
  private static final int FAILURE_SIZE = 16;

  private final Arch arch;

  /** Where the data begin in the file: at a page boundary, and pages of AArch64 may be of 64 KB. */
  private final int dataOffset;

  /** Where the data begin in memory. */
  private final long dataAddress;

  private final int onFailureOffset;
  private final int stepsOffset;
  private int steps;
  private int failureSteps;
  private final int maxSteps;
  private ByteBuffer data;

  /**
   * Begins an image.
   *
   * @param maxSteps most steps there will be
   * @param maxFailureSteps most steps of the list run on failure
   */
  LaunchImage(Arch arch, int maxSteps, int maxFailureSteps) {
    this.arch = arch;
    this.maxSteps = maxSteps;
    this.dataOffset = arch == Arch.X86_64 ? 0x1000 : 0x10000;
    this.dataAddress = CODE + dataOffset;
    this.onFailureOffset = FAILURE_SIZE;
    this.stepsOffset = onFailureOffset + maxFailureSteps * STEP;
    int listsEnd = stepsOffset + maxSteps * STEP;
    this.data = ByteBuffer.allocate(listsEnd + 4096).order(ByteOrder.LITTLE_ENDIAN);
    data.position(listsEnd);
  }

  /** Address of the 16 bytes that hold result and step of a failure. */
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

  /** Appends a step. Returns its address, which is how a failure names it. */
  long step(long least, long number, long... args) {
    if (steps == maxSteps) {
      throw new IllegalStateException("more than " + maxSteps + " steps");
    }
    return put(stepsOffset + STEP * steps++, least, number, args);
  }

  /** Appends a step to the list that runs on failure; its result does not matter. */
  void failureStep(long number, long... args) {
    put(onFailureOffset + STEP * failureSteps++, ANY_RESULT, number, args);
  }

  private long put(int offset, long least, long number, long[] args) {
    data.putLong(offset, number);
    for (int i = 0; i < args.length; i++) {
      data.putLong(offset + 8 + 8 * i, args[i]);
    }
    data.putLong(offset + 56, least);
    return dataAddress + offset;
  }

  /** The program, to be written to a file and executed. */
  byte[] build() {
    int dataSize = data.position();
    ByteBuffer file = ByteBuffer.allocate(dataOffset + dataSize).order(ByteOrder.LITTLE_ENDIAN);
    byte[] code = arch == Arch.X86_64 ? x86Code() : aarch64Code();
    putElfHeader(file);
    putSegment(file, 1, 5, 0, CODE, CODE_OFFSET + code.length); // PT_LOAD, R-X
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
    file.putLong(CODE + CODE_OFFSET).putLong(ELF_HEADER).putLong(0); // e_entry, e_phoff, e_shoff
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
    ByteBuffer code = ByteBuffer.allocate(80).order(ByteOrder.LITTLE_ENDIAN);
    code.put((byte) 0xbb).putInt((int) dataAddress + stepsOffset); // mov ebx, steps
    int loop = code.position();
    code.put(new byte[] {0x48, (byte) 0x8b, 0x03}); // mov rax, [rbx]
    code.put(new byte[] {0x48, (byte) 0x8b, 0x7b, 8}); // mov rdi, [rbx+8]
    code.put(new byte[] {0x48, (byte) 0x8b, 0x73, 16}); // mov rsi, [rbx+16]
    code.put(new byte[] {0x48, (byte) 0x8b, 0x53, 24}); // mov rdx, [rbx+24]
    code.put(new byte[] {0x4c, (byte) 0x8b, 0x53, 32}); // mov r10, [rbx+32]
    code.put(new byte[] {0x4c, (byte) 0x8b, 0x43, 40}); // mov r8, [rbx+40]
    code.put(new byte[] {0x4c, (byte) 0x8b, 0x4b, 48}); // mov r9, [rbx+48]
    code.put(new byte[] {0x0f, 0x05}); // syscall
    code.put(new byte[] {0x48, 0x3b, 0x43, 56}); // cmp rax, [rbx+56]
    code.put(new byte[] {0x7c, 6}); // jl failed
    code.put(new byte[] {0x48, (byte) 0x83, (byte) 0xc3, STEP}); // add rbx, 64
    putX86Jump(code, loop);
    code.put(new byte[] {0x48, (byte) 0x89, 0x04, 0x25})
        .putInt((int) dataAddress); // mov [dataAddress], rax
    code.put(new byte[] {0x48, (byte) 0x89, 0x1c, 0x25})
        .putInt((int) dataAddress + 8); // mov …, rbx
    code.put((byte) 0xbb).putInt((int) dataAddress + onFailureOffset); // mov ebx, onFailure
    putX86Jump(code, loop);
    return Arrays.copyOf(code.array(), code.position());
  }

  private static void putX86Jump(ByteBuffer code, int target) {
    code.put((byte) 0xeb).put((byte) (target - (code.position() + 1)));
  }

  private byte[] aarch64Code() {
    ByteBuffer code = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    putAdr(code, 19, dataAddress + stepsOffset); // adr x19, steps
    int loop = code.position();
    code.putInt(0xf9400268); // ldr x8, [x19]
    code.putInt(0xa9408660); // ldp x0, x1, [x19, #8]
    code.putInt(0xa9418e62); // ldp x2, x3, [x19, #24]
    code.putInt(0xa9429664); // ldp x4, x5, [x19, #40]
    code.putInt(0xd4000001); // svc #0
    code.putInt(0xf9401e69); // ldr x9, [x19, #56]
    code.putInt(0xeb09001f); // cmp x0, x9
    code.putInt(0x5400006b); // b.lt failed
    code.putInt(0x91010273); // add x19, x19, #64
    putAarch64Jump(code, loop);
    putAdr(code, 10, dataAddress); // adr x10, failure
    code.putInt(0xa9004d40); // stp x0, x19, [x10]
    putAdr(code, 19, dataAddress + onFailureOffset); // adr x19, onFailure
    putAarch64Jump(code, loop);
    return Arrays.copyOf(code.array(), code.position());
  }

  private static void putAdr(ByteBuffer code, int register, long target) {
    long distance = target - (CODE + CODE_OFFSET + code.position());
    int low = (int) distance & 3;
    int high = (int) (distance >> 2) & 0x7ffff;
    code.putInt(0x10000000 | low << 29 | high << 5 | register);
  }

  private static void putAarch64Jump(ByteBuffer code, int target) {
    code.putInt(0x14000000 | ((target - code.position()) >> 2) & 0x3ffffff);
  }
}
