// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.core.TraceException;
import io.github.jstrace.ebpf.asm.Program;
import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.MappedMemory;
import io.github.jstrace.linux.NativeMemory;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A program that the kernel has verified and compiled. It lives until {@link #close} and as long as
 * a {@link Link} runs it.
 */
public final class LoadedProgram implements AutoCloseable {
  /** The licence that the kernel asks for before it lets tracing programs call some helpers. */
  private static final String LICENSE = "GPL";

  // struct bpf_prog_load_opts
  private static final int OPTIONS_SIZE = 104;
  private static final int OPTIONS_EXPECTED_ATTACH_TYPE = 12;
  private static final int OPTIONS_PROG_BTF_FD = 16;
  private static final int OPTIONS_ATTACH_BTF_ID = 32;
  private static final int OPTIONS_FUNC_INFO = 56;
  private static final int OPTIONS_FUNC_INFO_CNT = 64;
  private static final int OPTIONS_FUNC_INFO_REC_SIZE = 68;
  private static final int OPTIONS_LOG_LEVEL = 88;
  private static final int OPTIONS_LOG_SIZE = 92;
  private static final int OPTIONS_LOG_BUF = 96;

  private static final int FIRST_LOG_SIZE = 256 << 10;

  /** Beyond, the log is cut; a program of ours has some 1000 instructions. */
  private static final int MAX_LOG_SIZE = 128 << 20;

  private final String name;
  private final AttachPoint where;
  private int fd;

  private LoadedProgram(String name, AttachPoint where, int fd) {
    this.name = name;
    this.where = where;
    this.fd = fd;
  }

  /**
   * bpf_prog_load.
   *
   * @param maps knows the descriptor of every map that the program refers to
   * @throws ProgramRejected if the verifier does not accept it
   * @throws TraceException {@link Unavailable} if the kernel or this process lacks what is needed,
   *     {@link BpfException} if it was refused for another reason
   */
  public static LoadedProgram load(Program program, AttachPoint where, Program.MapDescriptors maps)
      throws TraceException {
    int[] functions = program.functions();
    if (functions.length == 0) {
      return load(program.name(), program.link(maps), where);
    }
    try (FunctionTypes types = FunctionTypes.load(functions)) {
      return load(program.name(), program.link(maps), where, types);
    }
  }

  /**
   * As {@link #load(Program, AttachPoint, Program.MapDescriptors)}.
   *
   * @param instructions 8 bytes each, as the kernel takes them
   */
  static LoadedProgram load(String name, long[] instructions, AttachPoint where)
      throws TraceException {
    return load(name, instructions, where, null);
  }

  private static LoadedProgram load(
      String name, long[] instructions, AttachPoint where, @Nullable FunctionTypes types)
      throws TraceException {
    try (Loading loading = new Loading(name, instructions, where)) {
      if (types != null) {
        loading.functions(types);
      }
      int fd = loading.load(0);
      if (fd >= 0) {
        return new LoadedProgram(name, where, fd);
      }
      if (fd == -Errno.EPERM || fd == -Errno.ENOSYS || fd == -Errno.ENOMEM || fd == -Errno.EMFILE) {
        throw new Refusal(KernelFacts.read()).ofProgram(where.toString(), name, -fd);
      }
      return loading.again(-fd);
    }
  }

  /**
   * The verifier's log of a program that it accepts, for comparison.
   *
   * @param level 2 for the state at every instruction, 1 for what it tells when it rejects
   */
  static String log(String name, long[] instructions, AttachPoint where, int level)
      throws TraceException {
    try (Loading loading = new Loading(name, instructions, where)) {
      int fd = loading.load(level);
      if (fd < 0) {
        throw ProgramRejected.of(name, -fd, loading.log());
      }
      Libc.get().close(fd);
      return loading.log();
    }
  }

  /** One program on its way: memory that is given back at the end, the log included. */
  private static final class Loading implements AutoCloseable {
    private final Libbpf libbpf;
    private final String name;
    private final AttachPoint where;
    private final NativeMemory nameMemory;
    private final NativeMemory license;
    private final NativeMemory code;
    private final NativeMemory options;
    private final int count;
    private @Nullable MappedMemory log;

    Loading(String name, long[] instructions, AttachPoint where) throws Unavailable {
      libbpf = Libbpf.get();
      this.name = name;
      this.where = where;
      nameMemory = Libbpf.string(name);
      license = Libbpf.string(LICENSE);
      count = instructions.length;
      code = Libc.get().allocate(8 * Math.max(1, count));
      for (int i = 0; i < count; i++) {
        code.putLong(8 * i, instructions[i]);
      }
      options = Libc.get().allocate(OPTIONS_SIZE);
      options.putLong(0, OPTIONS_SIZE);
      options.putInt(OPTIONS_EXPECTED_ATTACH_TYPE, where.expectedAttachType());
      options.putInt(OPTIONS_ATTACH_BTF_ID, where.btfId());
    }

    /** Tells where functions begin; {@code types} stays open until the program is loaded. */
    void functions(FunctionTypes types) {
      options.putInt(OPTIONS_PROG_BTF_FD, types.fd());
      options.putLong(OPTIONS_FUNC_INFO, types.records().address());
      options.putInt(OPTIONS_FUNC_INFO_CNT, types.count());
      options.putInt(OPTIONS_FUNC_INFO_REC_SIZE, FunctionTypes.RECORD);
    }

    /**
     * The descriptor or {@code -errno}; with a level the log is kept, in a buffer that holds it.
     */
    int load(int logLevel) throws TraceException {
      if (logLevel == 0) {
        return call();
      }
      int size = FIRST_LOG_SIZE;
      while (true) {
        allocateLog(size);
        options.putInt(OPTIONS_LOG_LEVEL, logLevel);
        int fd = call();
        boolean full = fd == -Errno.ENOSPC;
        if (!full || size >= MAX_LOG_SIZE) {
          return fd;
        }
        size *= 4;
      }
    }

    private int call() {
      int fd =
          libbpf.progLoad(
              where.programType(),
              nameMemory.address(),
              license.address(),
              code.address(),
              count,
              options.address());
      Reference.reachabilityFence(this);
      return fd;
    }

    /** Loads what was rejected once more, for the log. */
    LoadedProgram again(int errno) throws TraceException {
      int fd = load(1);
      if (fd >= 0) {
        // the first time it lacked something that it has now
        return new LoadedProgram(name, where, fd);
      }
      String text = log();
      int reason = fd == -Errno.ENOSPC ? errno : -fd;
      if (text.isEmpty()) {
        throw new Refusal(KernelFacts.read()).ofProgram(where.toString(), name, reason);
      }
      throw ProgramRejected.of(name, reason, text);
    }

    private void allocateLog(int size) throws BpfException {
      closeLog();
      MappedMemory memory = MappedMemory.anonymous(size);
      if (memory == null) {
        throw new BpfException(
            "no memory for the verifier's log of the eBPF program " + name, Errno.ENOMEM);
      }
      log = memory;
      options.putInt(OPTIONS_LOG_SIZE, size);
      options.putLong(OPTIONS_LOG_BUF, memory.memory().address());
    }

    /** The log up to its NUL, with nothing in it that a terminal would obey. */
    String log() {
      if (log == null) {
        return "";
      }
      NativeMemory memory = log.memory();
      int length = 0;
      while (length < memory.size() && memory.getByte(length) != 0) {
        length++;
      }
      byte[] bytes = memory.bytes(0, length);
      for (int i = 0; i < length; i++) {
        if (bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\t' || bytes[i] == 0x7f) {
          bytes[i] = '?';
        }
      }
      return new String(bytes, StandardCharsets.US_ASCII);
    }

    private void closeLog() {
      if (log != null) {
        log.close();
        log = null;
      }
    }

    @Override
    public void close() {
      closeLog();
    }
  }

  public String name() {
    return name;
  }

  /** Where it is to be attached. */
  public AttachPoint where() {
    return where;
  }

  /** The descriptor; -1 after close. */
  public int fd() {
    return fd;
  }

  /** Closes its descriptor. */
  @Override
  public void close() {
    if (fd >= 0) {
      int closing = fd;
      fd = -1;
      Libc.get().close(closing);
    }
  }
}
