// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import com.kenai.jffi.DirectCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * {@link Libc} over jffi, the engine of jnr-ffi: its generated stubs would cost 70 ms at start. A
 * symbol is looked up at its first call.
 *
 * <p>All arguments are passed as machine words, which is right for every integer and pointer on
 * 64-bit Linux. Of an {@code int} result only the low half is defined, hence {@link #intResult} and
 * {@link #longResult}.
 */
final class JffiLibc implements Libc {
  // Lookup indexes of the functions; the names are in the same order.
  private static final int PTRACE = 0;
  private static final int WAIT4 = 1;
  private static final int PROCESS_VM_READV = 2;
  private static final int PROCESS_VM_WRITEV = 3;
  private static final int GETPID = 4;
  private static final int GETPPID = 5;
  private static final int SYSCALL = 6;
  private static final int GETUID = 7;
  private static final int GETEUID = 8;
  private static final int GETGID = 9;
  private static final int GETEGID = 10;
  private static final int GETPGID = 11;
  private static final int SETPGID = 12;
  private static final int TCGETPGRP = 13;
  private static final int TCSETPGRP = 14;
  private static final int SCHED_GETAFFINITY = 15;
  private static final int SCHED_SETAFFINITY = 16;
  private static final int PRCTL = 17;
  private static final int PRLIMIT = 18;
  private static final int UMASK = 19;
  private static final int EXIT = 20;
  private static final int POSIX_SPAWN = 21;
  private static final int SPAWNATTR_INIT = 22;
  private static final int SPAWNATTR_DESTROY = 23;
  private static final int SPAWNATTR_SETFLAGS = 24;
  private static final int SPAWNATTR_SETSIGMASK = 25;
  private static final int SPAWNATTR_SETSIGDEFAULT = 26;
  private static final int FILE_ACTIONS_INIT = 27;
  private static final int FILE_ACTIONS_DESTROY = 28;
  private static final int FILE_ACTIONS_ADDDUP2 = 29;
  private static final int KILL = 30;
  private static final int SIGACTION = 31;
  private static final int PTHREAD_SIGMASK = 32;
  private static final int OPEN = 33;
  private static final int CLOSE = 34;
  private static final int READ = 35;
  private static final int PREAD = 36;
  private static final int WRITE = 37;
  private static final int PWRITE = 38;
  private static final int PIPE2 = 39;
  private static final int DUP2 = 40;
  private static final int FCNTL = 41;
  private static final int READLINK = 42;
  private static final int UNLINK = 43;
  private static final int ISATTY = 44;
  private static final int CLOCK_GETTIME = 45;
  private static final int SYSCONF = 46;
  private static final int GETGROUPLIST = 47;
  private static final int ABS = 48;
  private static final int MMAP = 49;
  private static final int MUNMAP = 50;

  private static final String[] NAMES = {
    "ptrace",
    "wait4",
    "process_vm_readv",
    "process_vm_writev",
    "getpid",
    "getppid",
    "syscall",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getpgid",
    "setpgid",
    "tcgetpgrp",
    "tcsetpgrp",
    "sched_getaffinity",
    "sched_setaffinity",
    "prctl",
    "prlimit64",
    "umask",
    "_exit",
    "posix_spawn",
    "posix_spawnattr_init",
    "posix_spawnattr_destroy",
    "posix_spawnattr_setflags",
    "posix_spawnattr_setsigmask",
    "posix_spawnattr_setsigdefault",
    "posix_spawn_file_actions_init",
    "posix_spawn_file_actions_destroy",
    "posix_spawn_file_actions_adddup2",
    "kill",
    "sigaction",
    "pthread_sigmask",
    "open",
    "close",
    "read",
    "pread64",
    "write",
    "pwrite64",
    "pipe2",
    "dup2",
    "fcntl",
    "readlink",
    "unlink",
    "isatty",
    "clock_gettime",
    "sysconf",
    "getgrouplist",
    "abs",
    "mmap",
    "munmap",
  };

  /** O_CLOEXEC, asm-generic/fcntl.h. */
  private static final long O_CLOEXEC = 0x80000;

  private static final int AT_FDCWD = -100;
  private static final int PATH_SIZE = 8192;

  /** NGROUPS_MAX, linux/limits.h. */
  private static final int MAX_GROUPS = 65536;

  private static final JffiLibc INSTANCE = new JffiLibc();

  private final long[] contexts = new long[7];
  private final long[] addresses = new long[NAMES.length];
  private final Arch arch = Arch.current();

  /** Where paths are put for C; used under its monitor. */
  private final NativeMemory pathMemory = allocate(PATH_SIZE);

  private final ThreadLocal<NativeMemory> timespec = new ThreadLocal<>();

  static Libc instance() {
    return INSTANCE;
  }

  /**
   * Address of a function without effect on memory, fit to be a signal handler that does nothing.
   */
  static long harmlessFunction() {
    return INSTANCE.address(ABS);
  }

  private long context(int parameters) {
    long context = contexts[parameters];
    if (context == 0) {
      context = DirectCalls.context(parameters);
      contexts[parameters] = context;
    }
    return context;
  }

  private long address(int function) {
    long address = addresses[function];
    if (address == 0) {
      address = DirectCalls.symbol(NAMES[function]);
      addresses[function] = address;
    }
    return address;
  }

  private int intResult(long word) {
    int result = (int) word;
    return result == -1 ? -DirectCalls.errno() : result;
  }

  private long longResult(long word) {
    return word == -1 ? -DirectCalls.errno() : word;
  }

  private long call0(int function) {
    return DirectCalls.call(context(0), address(function));
  }

  private long call1(int function, long a) {
    return DirectCalls.call(context(1), address(function), a);
  }

  private long call2(int function, long a, long b) {
    return DirectCalls.call(context(2), address(function), a, b);
  }

  private long call3(int function, long a, long b, long c) {
    return DirectCalls.call(context(3), address(function), a, b, c);
  }

  private long call4(int function, long a, long b, long c, long d) {
    return DirectCalls.call(context(4), address(function), a, b, c, d);
  }

  private long call5(int function, long a, long b, long c, long d, long e) {
    return DirectCalls.call(context(5), address(function), a, b, c, d, e);
  }

  private long call6(int function, long a, long b, long c, long d, long e, long f) {
    return DirectCalls.call(context(6), address(function), a, b, c, d, e, f);
  }

  /**
   * Puts a path where C can read it; the caller holds the monitor of {@link #pathMemory}. False if
   * it is too long.
   */
  private boolean putPath(byte[] path) {
    if (path.length >= PATH_SIZE) {
      return false;
    }
    pathMemory.put(0, path, 0, path.length);
    pathMemory.putByte(path.length, (byte) 0);
    return true;
  }

  @Override
  public NativeMemory allocate(int size) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(size);
    return new NativeMemory(buffer, DirectCalls.addressOf(buffer));
  }

  @Override
  public long ptrace(int request, int tid, long address, long data) {
    return longResult(call4(PTRACE, request, tid, address, data));
  }

  @Override
  public int wait4(int pid, long statusAddress, int options, long rusageAddress) {
    return intResult(call4(WAIT4, pid, statusAddress, options, rusageAddress));
  }

  @Override
  public long processVmReadv(
      int pid, long localIov, int localCount, long remoteIov, int remoteCount) {
    return longResult(
        call6(PROCESS_VM_READV, pid, localIov, localCount, remoteIov, remoteCount, 0));
  }

  @Override
  public long processVmWritev(
      int pid, long localIov, int localCount, long remoteIov, int remoteCount) {
    return longResult(
        call6(PROCESS_VM_WRITEV, pid, localIov, localCount, remoteIov, remoteCount, 0));
  }

  @Override
  public int getpid() {
    return (int) call0(GETPID);
  }

  @Override
  public int getppid() {
    return (int) call0(GETPPID);
  }

  @Override
  public int gettid() {
    return (int) call1(SYSCALL, arch.sysGettid());
  }

  @Override
  public int getuid() {
    return (int) call0(GETUID);
  }

  @Override
  public int geteuid() {
    return (int) call0(GETEUID);
  }

  @Override
  public int getgid() {
    return (int) call0(GETGID);
  }

  @Override
  public int getegid() {
    return (int) call0(GETEGID);
  }

  @Override
  public int getpgid(int pid) {
    return intResult(call1(GETPGID, pid));
  }

  @Override
  public int setpgid(int pid, int pgid) {
    return intResult(call2(SETPGID, pid, pgid));
  }

  @Override
  public int tcgetpgrp(int fd) {
    return intResult(call1(TCGETPGRP, fd));
  }

  @Override
  public int tcsetpgrp(int fd, int pgid) {
    return intResult(call2(TCSETPGRP, fd, pgid));
  }

  @Override
  public int schedGetaffinity(int tid, int size, long maskAddress) {
    return intResult(call3(SCHED_GETAFFINITY, tid, size, maskAddress));
  }

  @Override
  public int schedSetaffinity(int tid, int size, long maskAddress) {
    return intResult(call3(SCHED_SETAFFINITY, tid, size, maskAddress));
  }

  @Override
  public int prctl(int option, long arg2, long arg3, long arg4, long arg5) {
    return intResult(call5(PRCTL, option, arg2, arg3, arg4, arg5));
  }

  @Override
  public int prlimit(int pid, int resource, long newLimitAddress, long oldLimitAddress) {
    return intResult(call4(PRLIMIT, pid, resource, newLimitAddress, oldLimitAddress));
  }

  @Override
  public int umask(int mask) {
    return (int) call1(UMASK, mask);
  }

  @Override
  public void exitNow(int status) {
    call1(EXIT, status);
  }

  @Override
  public int posixSpawn(
      long pidAddress, byte[] path, long fileActions, long attributes, long argv, long envp) {
    synchronized (pathMemory) {
      if (!putPath(path)) {
        return -Errno.ENAMETOOLONG;
      }
      return -(int)
          call6(POSIX_SPAWN, pidAddress, pathMemory.address(), fileActions, attributes, argv, envp);
    }
  }

  @Override
  public int posixSpawnattrInit(long attributes) {
    return -(int) call1(SPAWNATTR_INIT, attributes);
  }

  @Override
  public int posixSpawnattrDestroy(long attributes) {
    return -(int) call1(SPAWNATTR_DESTROY, attributes);
  }

  @Override
  public int posixSpawnattrSetflags(long attributes, int flags) {
    return -(int) call2(SPAWNATTR_SETFLAGS, attributes, flags);
  }

  @Override
  public int posixSpawnattrSetsigmask(long attributes, long signalSet) {
    return -(int) call2(SPAWNATTR_SETSIGMASK, attributes, signalSet);
  }

  @Override
  public int posixSpawnattrSetsigdefault(long attributes, long signalSet) {
    return -(int) call2(SPAWNATTR_SETSIGDEFAULT, attributes, signalSet);
  }

  @Override
  public int posixSpawnFileActionsInit(long actions) {
    return -(int) call1(FILE_ACTIONS_INIT, actions);
  }

  @Override
  public int posixSpawnFileActionsDestroy(long actions) {
    return -(int) call1(FILE_ACTIONS_DESTROY, actions);
  }

  @Override
  public int posixSpawnFileActionsAdddup2(long actions, int fd, int newFd) {
    return -(int) call3(FILE_ACTIONS_ADDDUP2, actions, fd, newFd);
  }

  @Override
  public int kill(int pid, int signal) {
    return intResult(call2(KILL, pid, signal));
  }

  @Override
  public int tgkill(int tgid, int tid, int signal) {
    return intResult(call4(SYSCALL, arch.sysTgkill(), tgid, tid, signal));
  }

  @Override
  public int sigaction(int signal, long newAddress, long oldAddress) {
    return intResult(call3(SIGACTION, signal, newAddress, oldAddress));
  }

  @Override
  public int pthreadSigmask(int how, long setAddress, long oldAddress) {
    return -(int) call3(PTHREAD_SIGMASK, how, setAddress, oldAddress);
  }

  @Override
  public int open(byte[] path, int flags, int mode) {
    synchronized (pathMemory) {
      if (!putPath(path)) {
        return -Errno.ENAMETOOLONG;
      }
      return intResult(call3(OPEN, pathMemory.address(), flags | O_CLOEXEC, mode));
    }
  }

  @Override
  public int close(int fd) {
    return intResult(call1(CLOSE, fd));
  }

  @Override
  public long read(int fd, long address, long size) {
    return longResult(call3(READ, fd, address, size));
  }

  @Override
  public long pread(int fd, long address, long size, long position) {
    return longResult(call4(PREAD, fd, address, size, position));
  }

  @Override
  public long write(int fd, long address, long size) {
    return longResult(call3(WRITE, fd, address, size));
  }

  @Override
  public long pwrite(int fd, long address, long size, long position) {
    return longResult(call4(PWRITE, fd, address, size, position));
  }

  @Override
  public int pipe2(long fdsAddress, int flags) {
    return intResult(call2(PIPE2, fdsAddress, flags));
  }

  @Override
  public int dup2(int fd, int newFd) {
    return intResult(call2(DUP2, fd, newFd));
  }

  @Override
  public int fcntl(int fd, int command, long argument) {
    return intResult(call3(FCNTL, fd, command, argument));
  }

  @Override
  public int readlink(byte[] path, long address, int size) {
    synchronized (pathMemory) {
      if (!putPath(path)) {
        return -Errno.ENAMETOOLONG;
      }
      return (int) longResult(call3(READLINK, pathMemory.address(), address, size));
    }
  }

  @Override
  public int statx(byte[] path, int flags, int mask, long statxAddress) {
    synchronized (pathMemory) {
      if (!putPath(path)) {
        return -Errno.ENAMETOOLONG;
      }
      return (int)
          syscall(arch.sysStatx(), AT_FDCWD, pathMemory.address(), flags, mask, statxAddress);
    }
  }

  @Override
  public int unlink(byte[] path) {
    synchronized (pathMemory) {
      return putPath(path) ? intResult(call1(UNLINK, pathMemory.address())) : -Errno.ENAMETOOLONG;
    }
  }

  @Override
  public int getdents64(int fd, long address, int size) {
    return (int) longResult(call4(SYSCALL, arch.sysGetdents64(), fd, address, size));
  }

  @Override
  public int memfdCreate(byte[] name, int flags) {
    synchronized (pathMemory) {
      if (!putPath(name)) {
        return -Errno.EINVAL;
      }
      return (int) longResult(call3(SYSCALL, arch.sysMemfdCreate(), pathMemory.address(), flags));
    }
  }

  @Override
  public int isatty(int fd) {
    int result = (int) call1(ISATTY, fd);
    return result == 1 ? 1 : -DirectCalls.errno();
  }

  @Override
  public long mmap(long address, long size, int protection, int flags, int fd, long offset) {
    return longResult(call6(MMAP, address, size, protection, flags, fd, offset));
  }

  @Override
  public int munmap(long address, long size) {
    return intResult(call2(MUNMAP, address, size));
  }

  @Override
  public long syscall(long number, long a0, long a1, long a2, long a3, long a4) {
    return longResult(call6(SYSCALL, number, a0, a1, a2, a3, a4));
  }

  @Override
  public long realTime() {
    NativeMemory memory = timespec.get();
    if (memory == null) {
      memory = allocate(16);
      timespec.set(memory);
    }
    call2(CLOCK_GETTIME, 0, memory.address());
    return memory.getLong(0) * 1_000_000_000L + memory.getLong(8);
  }

  @Override
  public long sysconf(int name) {
    long result = call1(SYSCONF, name);
    return result == -1 ? -Errno.EINVAL : result;
  }

  @Override
  public int[] groupsOf(byte[] name, int gid) {
    NativeMemory groups = allocate(4 * MAX_GROUPS);
    NativeMemory count = allocate(4);
    count.putInt(0, MAX_GROUPS);
    synchronized (pathMemory) {
      if (!putPath(name)) {
        return new int[] {gid};
      }
      call4(GETGROUPLIST, pathMemory.address(), gid, groups.address(), count.address());
    }
    int[] result = new int[Math.max(0, Math.min(count.getInt(0), MAX_GROUPS))];
    for (int i = 0; i < result.length; i++) {
      result[i] = groups.getInt(4 * i);
    }
    Reference.reachabilityFence(groups);
    Reference.reachabilityFence(count);
    return result;
  }
}
