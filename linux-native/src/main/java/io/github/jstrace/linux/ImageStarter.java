// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;

/**
 * Starts a generated program ({@link StepProgram}) from memory, with every signal blocked and every
 * action the default.
 */
final class ImageStarter {
  private static final int MFD_CLOEXEC = 1;

  /** Since Linux 6.3; without it a memfd may be made not executable. */
  private static final int MFD_EXEC = 0x10;

  private static final int SPAWN_SETSIGDEF = 4;
  private static final int SPAWN_SETSIGMASK = 8;

  /** Generous: 336 and 80 bytes in glibc 2.36. */
  private static final int ATTRIBUTES_SIZE = 1024;

  private static final int SIGNAL_SET = 128;

  private final Libc libc;
  private final Arch arch = Arch.current();
  private final boolean filesOnly;

  /**
   * @param filesOnly do without an executable memfd, for tests
   */
  ImageStarter(Libc libc, boolean filesOnly) {
    this.libc = libc;
    this.filesOnly = filesOnly;
  }

  /**
   * Starts a program as a child of the calling thread, without environment.
   *
   * @param name its only argument
   * @param inherited descriptors that it gets beside those that are not close-on-exec
   * @return its pid, or -errno
   */
  int start(byte[] image, byte[] name, int... inherited) {
    int result = start(image, name, inherited, filesOnly);
    if (result < 0 && !filesOnly && result != -Errno.EAGAIN && result != -Errno.ENOMEM) {
      result = start(image, name, inherited, true);
    }
    return result;
  }

  /**
   * Becomes a program, which keeps the process id, the descriptors that are not close-on-exec, and
   * what execve(2) keeps beside; its only argument is {@code name}.
   *
   * @return -errno; does not return if it succeeds
   */
  int become(byte[] image, byte[] name) {
    int result = become(image, name, false);
    return result == -Errno.EAGAIN || result == -Errno.ENOMEM ? result : become(image, name, true);
  }

  private int become(byte[] image, byte[] name, boolean asFile) {
    byte[] path = path(asFile);
    int fd = create(path, asFile);
    if (fd < 0) {
      return fd;
    }
    int result = writeAll(fd, image);
    if (asFile) {
      libc.close(fd);
    } else {
      path = ProcFs.path(0, "/fd/" + fd);
    }
    if (result == 0) {
      NativeMemory memory = libc.allocate(32 + name.length + 1 + path.length + 1);
      memory.putLong(0, memory.address() + 32); // argv: the name, NULL; environment: NULL
      memory.put(32, name, 0, name.length);
      int file = 32 + name.length + 1;
      memory.put(file, path, 0, path.length);
      long argv = memory.address();
      result = (int) libc.syscall(arch.sysExecve(), argv + file, argv, argv + 8, 0, 0);
      Reference.reachabilityFence(memory);
    }
    if (asFile) {
      libc.unlink(path);
    } else {
      libc.close(fd);
    }
    return result;
  }

  private byte[] path(boolean asFile) {
    return ProcFs.ascii(
        asFile ? "/tmp/.jstrace-" + libc.getpid() + "-" + System.nanoTime() : "jstrace");
  }

  private int create(byte[] path, boolean asFile) {
    if (asFile) {
      return libc.open(path, 2 | 0x40 | 0x80 | arch.oNofollow(), 0700); // O_RDWR|O_CREAT|O_EXCL
    }
    int fd = libc.memfdCreate(path, MFD_CLOEXEC | MFD_EXEC);
    return fd == -Errno.EINVAL ? libc.memfdCreate(path, MFD_CLOEXEC) : fd;
  }

  private int start(byte[] image, byte[] name, int[] inherited, boolean asFile) {
    byte[] path = path(asFile);
    int fd = create(path, asFile);
    if (fd >= 0 && !asFile) {
      path = ProcFs.path(0, "/fd/" + fd);
    }
    if (fd < 0) {
      return fd;
    }
    int result = writeAll(fd, image);
    if (asFile) {
      libc.close(fd); // a file open for writing cannot be executed
    }
    if (result == 0) {
      result = spawn(path, name, inherited);
    }
    if (asFile) {
      libc.unlink(path);
    } else {
      libc.close(fd);
    }
    return result;
  }

  private int writeAll(int fd, byte[] bytes) {
    NativeMemory memory = libc.allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    int done = 0;
    while (done < bytes.length) {
      long written = libc.write(fd, memory.address() + done, bytes.length - done);
      if (written < 0) {
        return (int) written;
      }
      done += (int) written;
    }
    Reference.reachabilityFence(memory);
    return 0;
  }

  private int spawn(byte[] path, byte[] name, int[] inherited) {
    int rest = 2 * ATTRIBUTES_SIZE;
    NativeMemory memory = libc.allocate(rest + SIGNAL_SET + 32 + name.length + 1);
    long attributes = memory.address();
    long actions = attributes + ATTRIBUTES_SIZE;
    long base = memory.address() + rest;
    // signal set, argv (2 words), empty environment, pid, name
    for (int i = 0; i < SIGNAL_SET; i += 8) {
      memory.putLong(rest + i, -1);
    }
    int argv = SIGNAL_SET;
    int environment = argv + 8;
    int pid = argv + 16;
    int text = argv + 24;
    memory.putLong(rest + argv, base + text);
    memory.put(rest + text, name, 0, name.length);

    libc.posixSpawnattrInit(attributes);
    libc.posixSpawnattrSetflags(attributes, SPAWN_SETSIGDEF | SPAWN_SETSIGMASK);
    libc.posixSpawnattrSetsigdefault(attributes, base);
    libc.posixSpawnattrSetsigmask(attributes, base);
    libc.posixSpawnFileActionsInit(actions);
    for (int fd : inherited) {
      // onto itself: takes close-on-exec off in the child only
      libc.posixSpawnFileActionsAdddup2(actions, fd, fd);
    }
    int result =
        libc.posixSpawn(base + pid, path, actions, attributes, base + argv, base + environment);
    libc.posixSpawnFileActionsDestroy(actions);
    libc.posixSpawnattrDestroy(attributes);
    int started = memory.getInt(rest + pid);
    Reference.reachabilityFence(memory);
    return result < 0 ? result : started;
  }
}
