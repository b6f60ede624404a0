// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux.stack;

import io.github.jstrace.linux.Arch;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeLibrary;
import io.github.jstrace.linux.NativeMemory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is needed of libunwind(3) and libunwind-ptrace(3). For the tracer thread only: the library
 * asks the kernel by ptrace.
 */
final class Libunwind {
  private static final String PTRACE_LIBRARY = "libunwind-ptrace.so.0";

  /** More than unw_cursor_t has on any machine. */
  private static final int CURSOR_SIZE = 64 * 1024;

  private static final int NAME_SIZE = 16 * 1024;

  /** UNW_ENOMEM: the name did not fit. */
  private static final int TOO_LONG = -2;

  private final NativeLibrary machine;
  private final NativeMemory cursor;
  private final NativeMemory words;
  private final NativeMemory name;
  private final long createInfo;
  private final long destroyInfo;
  private final long initRemote;
  private final long getRegister;
  private final long getProcName;
  private final long step;
  private final long addressSpace;

  /** UNW_REG_IP. */
  private final int instructionPointer;

  private Libunwind(Libc libc, NativeLibrary ptrace, NativeLibrary machine, String prefix) {
    this.machine = machine;
    this.cursor = libc.allocate(CURSOR_SIZE);
    this.words = libc.allocate(16);
    this.name = libc.allocate(NAME_SIZE);
    this.createInfo = ptrace.symbol("_UPT_create");
    this.destroyInfo = ptrace.symbol("_UPT_destroy");
    this.initRemote = machine.symbol(prefix + "init_remote");
    this.getRegister = machine.symbol(prefix + "get_reg");
    this.getProcName = machine.symbol(prefix + "get_proc_name");
    this.step = machine.symbol(prefix + "step");
    this.instructionPointer = Arch.current() == Arch.AARCH64 ? 32 : 16;
    long create = machine.symbol(prefix + "create_addr_space");
    long accessors = ptrace.symbol("_UPT_accessors");
    this.addressSpace = create == 0 || accessors == 0 ? 0 : machine.call(create, accessors, 0);
  }

  /** Loads the library; null if it is not installed. */
  static @Nullable Libunwind load(Libc libc) {
    boolean arm = Arch.current() == Arch.AARCH64;
    // libunwind-ptrace does not say that it needs the other one
    NativeLibrary machine =
        InstalledLibrary.openForOthers(arm ? "libunwind-aarch64.so.8" : "libunwind-x86_64.so.8");
    NativeLibrary ptrace = InstalledLibrary.openForOthers(PTRACE_LIBRARY);
    if (machine == null || ptrace == null) {
      return null;
    }
    Libunwind result = new Libunwind(libc, ptrace, machine, arm ? "_Uaarch64_" : "_Ux86_64_");
    return result.isWhole() ? result : null;
  }

  private boolean isWhole() {
    return addressSpace != 0
        && createInfo != 0
        && destroyInfo != 0
        && initRemote != 0
        && getRegister != 0
        && getProcName != 0
        && step != 0;
  }

  private long info;

  /** Begins with the innermost frame of a stopped thread. Returns false if that is not possible. */
  boolean begin(int tid) {
    info = machine.call(createInfo, tid);
    if (info == 0) {
      return false;
    }
    if ((int) machine.call(initRemote, cursor.address(), addressSpace, info) < 0) {
      end();
      return false;
    }
    return true;
  }

  /** To be called after a {@link #begin} that returned true. */
  void end() {
    machine.call(destroyInfo, info);
    info = 0;
  }

  /** Goes to the caller's frame; false if there is none. */
  boolean step() {
    return (int) machine.call(step, cursor.address()) > 0;
  }

  /** The address that the frame is at; 0 if it cannot be had. */
  long instructionPointer() {
    int got =
        (int) machine.call(getRegister, cursor.address(), instructionPointer, words.address());
    return got < 0 ? 0 : words.getLong(0);
  }

  /** The function of the frame, which then is {@link #symbolOffset} bytes into it; or null. */
  byte @Nullable [] symbol() {
    int got =
        (int)
            machine.call(
                getProcName, cursor.address(), name.address(), NAME_SIZE, words.address() + 8);
    if (got < 0 && got != TOO_LONG) {
      return null;
    }
    byte[] bytes = name.bytes(0, NAME_SIZE);
    int length = 0;
    while (length < NAME_SIZE - 1 && bytes[length] != 0) {
      length++;
    }
    return length == 0 ? null : Arrays.copyOf(bytes, length);
  }

  long symbolOffset() {
    return words.getLong(8);
  }
}
