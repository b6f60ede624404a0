// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

/**
 * Reads and writes the memory of other processes. Not thread-safe; one object serves all tracees of
 * a thread.
 *
 * <p>process_vm_readv(2) does not split an element that it cannot read wholly, so every range is
 * handed over in pieces that end at page boundaries: then the result is exactly what is readable up
 * to the first fault, at the price of one call. Where that call is forbidden or missing (a
 * container's seccomp filter), {@code /proc/PID/mem} is read instead.
 */
public final class RemoteMemory {
  /**
   * The least page size of any supported machine; smaller pieces than the real pages do no harm.
   */
  private static final int PAGE = 4096;

  /** IOV_MAX: elements a call takes. */
  private static final int MAX_IOV = 1024;

  private static final int IOV_SIZE = 16;
  private static final int BUFFER_SIZE = 256 * 1024;
  private static final int INITIAL_BUFFER = 16 * 1024;

  private final Libc libc;
  private final NativeMemory local;
  private final NativeMemory remote;
  private NativeMemory buffer;
  private final long[] rangeAddress = new long[MAX_IOV];
  private final int[] rangeLength = new int[MAX_IOV];
  private final int[] rangeRead = new int[MAX_IOV];
  private int ranges;

  public RemoteMemory(Libc libc) {
    this.libc = libc;
    this.local = libc.allocate(IOV_SIZE);
    this.remote = libc.allocate(MAX_IOV * IOV_SIZE);
    this.buffer = libc.allocate(INITIAL_BUFFER);
  }

  /**
   * Copies memory of a process.
   *
   * @param pid any thread of the process
   * @param address where to begin
   * @param into array to fill from {@code offset} on
   * @param length bytes wanted
   * @return how many bytes were readable up to the first fault, or -errno if none was: EFAULT,
   *     ESRCH, EPERM
   */
  public int read(int pid, long address, byte[] into, int offset, int length) {
    int done = 0;
    while (done < length) {
      int wanted = Math.min(length - done, BUFFER_SIZE);
      ensure(wanted);
      int got = read(pid, address + done, buffer, 0, wanted);
      if (got < 0) {
        return done > 0 ? done : got;
      }
      buffer.get(0, into, offset + done, got);
      done += got;
      if (got < wanted) {
        break;
      }
    }
    return done;
  }

  /** As {@link #read(int, long, byte[], int, int)}, to memory outside the heap. */
  public int read(int pid, long address, NativeMemory into, int offset, int length) {
    if (offset < 0 || length < 0 || length > into.size() - offset) {
      throw new IndexOutOfBoundsException(offset + " + " + length + " > " + into.size());
    }
    int done = 0;
    while (done < length) {
      int pieces = splitAt(address + done, length - done, 0);
      int wanted = splitBytes;
      local.putLong(0, into.address() + offset + done);
      local.putLong(8, wanted);
      long got = libc.processVmReadv(pid, local.address(), 1, remote.address(), pieces);
      if (got < 0) {
        if (got == -Errno.EPERM || got == -Errno.ENOSYS) {
          got = readProcMem(pid, address + done, into.address() + offset + done, length - done);
          if (got >= 0) {
            return done + (int) got;
          }
        }
        return done > 0 ? done : (int) got;
      }
      done += (int) got;
      if (got < wanted) {
        break;
      }
    }
    return done;
  }

  /**
   * Reads a 64-bit word.
   *
   * @param fallback what to return if it is unreadable
   */
  public long readLong(int pid, long address, long fallback) {
    return read(pid, address, buffer, 0, 8) == 8 ? buffer.getLong(0) : fallback;
  }

  /** Forgets the ranges of the last {@link #readRanges}. */
  public void clearRanges() {
    ranges = 0;
  }

  /**
   * Adds a range to read.
   *
   * @return its index for {@link #rangeRead}, or -1 if there are too many
   */
  public int addRange(long address, int length) {
    if (ranges == MAX_IOV || length < 0) {
      return -1;
    }
    rangeAddress[ranges] = address;
    rangeLength[ranges] = length;
    return ranges++;
  }

  /**
   * Reads all added ranges with as few calls as possible: one, unless something is unreadable.
   * Range by range they are stored one after the other, each taking its full length whether
   * readable or not.
   *
   * @param into must hold the sum of the lengths
   */
  public void readRanges(int pid, NativeMemory into) {
    int total = 0;
    for (int i = 0; i < ranges; i++) {
      rangeRead[i] = 0;
      total += rangeLength[i];
    }
    if (total > into.size()) {
      throw new IndexOutOfBoundsException(total + " > " + into.size());
    }
    int first = 0;
    int start = 0;
    while (first < ranges) {
      int pieces = 0;
      int wanted = 0;
      int end = first;
      while (end < ranges) {
        int more = splitAt(rangeAddress[end], rangeLength[end], pieces);
        if (splitBytes < rangeLength[end] && end > first) {
          break; // does not fit whole any more: the next call takes it
        }
        pieces += more;
        wanted += splitBytes;
        end++;
        if (splitBytes < rangeLength[end - 1]) {
          break;
        }
      }
      local.putLong(0, into.address() + start);
      local.putLong(8, wanted);
      long got =
          wanted == 0 ? 0 : libc.processVmReadv(pid, local.address(), 1, remote.address(), pieces);
      if (got == -Errno.EPERM || got == -Errno.ENOSYS) {
        readEach(pid, first, into, start);
        return;
      }
      long left = Math.max(got, 0);
      boolean fault = false;
      while (first < end && !fault) {
        int here = (int) Math.min(left, rangeLength[first]);
        rangeRead[first] = here;
        left -= here;
        start += rangeLength[first];
        fault = here < rangeLength[first];
        first++;
      }
      if (got == -Errno.ESRCH) {
        return;
      }
    }
  }

  /** How many bytes of a range {@link #readRanges} found readable, from its beginning on. */
  public int rangeRead(int index) {
    return rangeRead[index];
  }

  private void readEach(int pid, int first, NativeMemory into, int start) {
    int at = start;
    for (int i = first; i < ranges; i++) {
      rangeRead[i] = Math.max(0, read(pid, rangeAddress[i], into, at, rangeLength[i]));
      at += rangeLength[i];
    }
  }

  /**
   * Writes to the memory of a stopped tracee, also where it is read-only to the tracee itself.
   *
   * @return bytes written, or -errno
   */
  public int write(int pid, long address, byte[] from, int offset, int length) {
    int done = 0;
    while (done < length) {
      int wanted = Math.min(length - done, BUFFER_SIZE);
      ensure(wanted);
      buffer.put(0, from, offset + done, wanted);
      int pieces = splitAt(address + done, wanted, 0);
      local.putLong(0, buffer.address());
      local.putLong(8, wanted);
      long got = libc.processVmWritev(pid, local.address(), 1, remote.address(), pieces);
      if (got < 0 && got != -Errno.ESRCH) {
        got = writeProcMem(pid, address + done, wanted); // which ignores page protection
      }
      if (got <= 0) {
        return done > 0 ? done : (int) got;
      }
      done += (int) got;
    }
    return done;
  }

  private int splitBytes;

  /**
   * Lists {@code length} bytes at {@code address} as elements from {@code slot} on, page by page,
   * while they fit.
   */
  private int splitAt(long address, int length, int slot) {
    int pieces = 0;
    int bytes = 0;
    while (bytes < length && slot + pieces < MAX_IOV) {
      long at = address + bytes;
      int piece = (int) Math.min(length - bytes, PAGE - (at & (PAGE - 1)));
      int entry = (slot + pieces) * IOV_SIZE;
      remote.putLong(entry, at);
      remote.putLong(entry + 8, piece);
      bytes += piece;
      pieces++;
    }
    splitBytes = bytes;
    return pieces;
  }

  private void ensure(int size) {
    if (buffer.size() < size) {
      buffer = libc.allocate(BUFFER_SIZE);
    }
  }

  private long readProcMem(int pid, long address, long into, int length) {
    int fd = libc.open(ProcFs.path(pid, "/mem"), 0, 0);
    if (fd < 0) {
      return fd;
    }
    long done = 0;
    while (done < length) {
      long got = libc.pread(fd, into + done, length - done, address + done);
      if (got <= 0) {
        if (done == 0) {
          done = got == 0 || got == -Errno.EIO ? -Errno.EFAULT : got;
        }
        break;
      }
      done += got;
    }
    libc.close(fd);
    return done;
  }

  private long writeProcMem(int pid, long address, int length) {
    int fd = libc.open(ProcFs.path(pid, "/mem"), 2, 0);
    if (fd < 0) {
      return fd;
    }
    long got = libc.pwrite(fd, buffer.address(), length, address);
    libc.close(fd);
    return got == -Errno.EIO ? -Errno.EFAULT : got;
  }
}
