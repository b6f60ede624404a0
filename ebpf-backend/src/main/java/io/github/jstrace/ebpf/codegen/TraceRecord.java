// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.codegen;

/**
 * What the programs of a trace put into the ring buffer: byte offsets in a record, all numbers in
 * the machine's order. A record begins with its type, flags, time and thread; those of calls end
 * with chunks of captured memory: address (8 bytes), bytes there are (4), bytes that were wanted
 * (4), the bytes themselves, padded to a multiple of 8.
 */
public final class TraceRecord {
  /** A call was entered. */
  public static final int ENTRY = 1;

  /** A call has returned. */
  public static final int EXIT = 2;

  /** A thread or process was made: by the record's thread, or for it. */
  public static final int FORK = 3;

  /** A thread has become its process's only one and leader by an execve. */
  public static final int EXEC = 4;

  /** A thread has ended. */
  public static final int END = 5;

  /** A signal is about to be delivered. */
  public static final int SIGNAL = 6;

  /** A signal was sent to a thread that ignores it. */
  public static final int IGNORED_SIGNAL = 7;

  /** What an execve asked for, copied once more before the memory that has it goes away. */
  public static final int LATE_ENTRY = 8;

  /** A signal was sent to a thread or its process, and will be dealt with. */
  public static final int SENT_SIGNAL = 9;

  public static final int TYPE = 0;

  /** See {@link #INCOMPLETE}, {@link #CUT}, {@link #KEPT}, and those of signals and ends. */
  public static final int FLAGS = 4;

  /** Nanoseconds of CLOCK_MONOTONIC. */
  public static final int TIME = 8;

  public static final int TID = 16;
  public static final int TGID = 20;

  /** Of {@link #ENTRY} and {@link #EXIT}. */
  public static final int NUMBER = 24;

  /** 0 for the machine's own ABI, 1 for i386 on x86-64. */
  public static final int ABI = 28;

  /** Of {@link #ENTRY}: six registers. */
  public static final int ARGS = 32;

  public static final int STACK_POINTER = 80;
  public static final int INSTRUCTION_POINTER = 88;

  /** Of an entry with {@link #KEPT}: when the call was entered. */
  public static final int ENTERED = 96;

  public static final int ENTRY_CHUNKS = 104;

  /** Of {@link #EXIT}. */
  public static final int RESULT = 32;

  public static final int EXIT_CHUNKS = 40;

  /** Of {@link #FORK}: the new thread's ids; of {@link #EXEC}: the id it had before. */
  public static final int OTHER_TID = 24;

  public static final int OTHER_TGID = 28;

  /** Of {@link #END}: {@code task_struct.exit_code}, as wait(2) has it. */
  public static final int EXIT_CODE = 24;

  /** Of signals. */
  public static final int SIGNAL_NUMBER = 24;

  /** Of {@link #SIGNAL}: whether the default action is taken, that is: no handler. */
  public static final int DEFAULT_ACTION = 28;

  /** The beginning of a {@code siginfo_t}. */
  public static final int SIGINFO = 32;

  /** {@code sizeof(struct kernel_siginfo)}. */
  public static final int SIGINFO_SIZE = 48;

  /** Flag: some memory could not be read without waiting for it, or is not there. */
  public static final int INCOMPLETE = 0xffff;

  /** Flag: there was no room for all that was to be captured. */
  public static final int CUT = 0x10000;

  /** Flag: an entry that was not sent before the call had returned, which is its time. */
  public static final int KEPT = 0x20000;

  /** Flag of a signal: its thread is in a call whose entry is kept. */
  public static final int IN_KEPT_CALL = 0x40000;

  /** Flag of a signal: the kernel ends the process by it, and asks no tracer. */
  public static final int IMMUTABLE = 0x80000;

  /** Flag of an end: the thread has the name and the control group that are selected. */
  public static final int FITTING = 0x100000;

  /** Of a chunk. */
  public static final int CHUNK_ADDRESS = 0;

  public static final int CHUNK_LENGTH = 8;
  public static final int CHUNK_WANTED = 12;
  public static final int CHUNK_BYTES = 16;

  private TraceRecord() {}
}
