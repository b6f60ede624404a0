// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * The C library and the kernel behind it: the only native calls of jstrace. Methods have the names
 * of section 2 of the manual.
 *
 * <p>Every call returns at least 0, or the error number negated ({@code -Errno.ESRCH}); none
 * throws, none allocates but where an array is returned. Addresses are those of {@link
 * NativeMemory}, which the caller keeps reachable for the time of the call; a wrong one crashes.
 * Paths and other strings are exact bytes without the final NUL; one that contains a NUL ends
 * there. All methods may be called from any thread, though the kernel answers {@link #ptrace} only
 * on the thread that attached.
 */
public interface Libc {
  /** The C library of this process; the first call loads it. */
  static Libc get() {
    return JffiLibc.instance();
  }

  /** Allocates zeroed memory, aligned to 8 bytes or better. */
  NativeMemory allocate(int size);

  // --- tracing

  /** ptrace(2). {@code PTRACE_PEEK*} cannot be told from errors here; use {@link RemoteMemory}. */
  long ptrace(int request, int tid, long address, long data);

  /** wait4(2); either address may be 0. See {@link ChildWait}. */
  int wait4(int pid, long statusAddress, int options, long rusageAddress);

  /** process_vm_readv(2) with flags 0. See {@link RemoteMemory}. */
  long processVmReadv(int pid, long localIov, int localCount, long remoteIov, int remoteCount);

  /** process_vm_writev(2) with flags 0. */
  long processVmWritev(int pid, long localIov, int localCount, long remoteIov, int remoteCount);

  // --- processes and threads

  int getpid();

  int getppid();

  /** gettid(2): the calling thread, as the kernel numbers it. */
  int gettid();

  int getuid();

  int geteuid();

  int getgid();

  int getegid();

  int getpgid(int pid);

  int setpgid(int pid, int pgid);

  /** tcgetpgrp(3): the foreground process group of a terminal. */
  int tcgetpgrp(int fd);

  int tcsetpgrp(int fd, int pgid);

  /** sched_getaffinity(2); the rest of the mask is zeroed. Returns 0. */
  int schedGetaffinity(int tid, int size, long maskAddress);

  int schedSetaffinity(int tid, int size, long maskAddress);

  int prctl(int option, long arg2, long arg3, long arg4, long arg5);

  /** prlimit(2); either address of two 64-bit words (soft, hard) may be 0. */
  int prlimit(int pid, int resource, long newLimitAddress, long oldLimitAddress);

  /** umask(2): returns the old one. */
  int umask(int mask);

  /** _exit(2): ends the process without shutdown hooks. */
  void exitNow(int status);

  /**
   * posix_spawn(3). Addresses as in C; the pid is stored at {@code pidAddress}.
   *
   * @param fileActions address of initialised file actions, or 0
   * @param attributes address of initialised attributes, or 0
   */
  int posixSpawn(
      long pidAddress, byte[] path, long fileActions, long attributes, long argv, long envp);

  int posixSpawnattrInit(long attributes);

  int posixSpawnattrDestroy(long attributes);

  int posixSpawnattrSetflags(long attributes, int flags);

  int posixSpawnattrSetsigmask(long attributes, long signalSet);

  int posixSpawnattrSetsigdefault(long attributes, long signalSet);

  int posixSpawnFileActionsInit(long actions);

  int posixSpawnFileActionsDestroy(long actions);

  int posixSpawnFileActionsAdddup2(long actions, int fd, int newFd);

  // --- signals

  int kill(int pid, int signal);

  int tgkill(int tgid, int tid, int signal);

  /**
   * sigaction(2) with the {@code struct sigaction} of libc; either address may be 0. See {@link
   * Signals}.
   */
  int sigaction(int signal, long newAddress, long oldAddress);

  /** pthread_sigmask(3) of the calling thread; either address of a {@code sigset_t} may be 0. */
  int pthreadSigmask(int how, long setAddress, long oldAddress);

  // --- files

  /** open(2), always with {@code O_CLOEXEC}. */
  int open(byte[] path, int flags, int mode);

  int close(int fd);

  long read(int fd, long address, long size);

  long pread(int fd, long address, long size, long position);

  long write(int fd, long address, long size);

  long pwrite(int fd, long address, long size, long position);

  /** pipe2(2): two ints are stored at {@code fdsAddress}, the reading end first. */
  int pipe2(long fdsAddress, int flags);

  int dup2(int fd, int newFd);

  int fcntl(int fd, int command, long argument);

  /** readlink(2): returns the length, which is at most {@code size} and then may be cut. */
  int readlink(byte[] path, long address, int size);

  /** statx(2) relative to the current directory; {@code flags} as {@code AT_*}. */
  int statx(byte[] path, int flags, int mask, long statxAddress);

  /** unlink(2). */
  int unlink(byte[] path);

  /** getdents64(2): returns the bytes stored, 0 at the end. */
  int getdents64(int fd, long address, int size);

  int memfdCreate(byte[] name, int flags);

  /** isatty(3): 1, or -ENOTTY, -EBADF. */
  int isatty(int fd);

  /** mmap(2): the address, or -errno. */
  long mmap(long address, long size, int protection, int flags, int fd, long offset);

  int munmap(long address, long size);

  /** A system call by number, for those that libc lacks: up to 5 arguments. */
  long syscall(long number, long a0, long a1, long a2, long a3, long a4);

  // --- clocks, system, users

  /**
   * CLOCK_REALTIME in nanoseconds since 1970. ({@link System#nanoTime()} is CLOCK_MONOTONIC in
   * nanoseconds, so needs no method here.)
   */
  long realTime();

  /** sysconf(3): the value or -EINVAL. */
  long sysconf(int name);

  /**
   * getgrouplist(3): the groups of a user, with {@code gid} among them.
   *
   * @param name of the user; one that is not known has {@code gid} alone
   */
  int[] groupsOf(byte[] name, int gid);
}
