// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.filter.FdSet;

/**
 * What a call has read or written, all of it, for {@code -e read=} and {@code -e write=}. To be
 * asked at the exit of a call, while the memory of the thread can be read.
 */
public final class IoData {
  /** Takes the data, piece by piece. */
  public interface Receiver {
    /** A message of {@code sendmmsg} or {@code recvmmsg} begins. */
    void message(int index, int buffers);

    /** One of several buffers begins. */
    void buffer(int index, long bytes);

    /**
     * Some data.
     *
     * @param offset from the begin of the buffer
     * @param length at most {@link #PIECE}, and a multiple of 16 unless it is the last
     * @param total how long all of the buffer's data is
     */
    void data(long offset, byte[] bytes, int length, long total);

    /**
     * The rest of the data cannot be read: a piece of that many bytes, and what is behind it.
     *
     * @param tid the thread whose memory it is
     * @param address of the piece
     */
    void missing(int bytes, int tid, long address);
  }

  /** The most bytes that are handed over at once. */
  public static final int PIECE = 64 * 1024;

  /** IOV_MAX, and UIO_MAXIOV for messages. */
  private static final int MAX_VECTORS = 1024;

  private final FdSet read;
  private final FdSet written;
  private final byte[] piece = new byte[PIECE];
  private final byte[] word = new byte[8];

  public IoData(FdSet read, FdSet written) {
    this.read = read;
    this.written = written;
  }

  /**
   * Tells what a call that has returned has read or written, or, as strace, should have written.
   *
   * @param name of the call
   */
  public void tell(Tracee tracee, String name, Receiver receiver) {
    if (!tracee.resultKnown()) {
      return;
    }
    boolean failed = tracee.errno() != Tracee.SUCCESS;
    int fd = (int) tracee.arg(0);
    switch (name) {
      case "read", "pread64", "recv", "recvfrom", "mq_timedreceive", "mq_timedreceive_time64" -> {
        if (!failed && read.contains(fd)) {
          data(tracee, argument(tracee, 1), tracee.result(), receiver);
        }
      }
      case "write", "pwrite64", "send", "sendto", "mq_timedsend", "mq_timedsend_time64" -> {
        if (written.contains(fd)) {
          data(tracee, argument(tracee, 1), argument(tracee, 2), receiver);
        }
      }
      case "readv", "preadv", "preadv2" -> {
        if (!failed && read.contains(fd)) {
          long most = tracee.result();
          vectors(tracee, argument(tracee, 1), argument(tracee, 2), most, receiver);
        }
      }
      case "writev", "pwritev", "pwritev2", "vmsplice" -> {
        if (written.contains(fd)) {
          vectors(tracee, argument(tracee, 1), argument(tracee, 2), Long.MAX_VALUE, receiver);
        }
      }
      case "recvmsg" -> {
        if (!failed && read.contains(fd)) {
          message(tracee, argument(tracee, 1), tracee.result(), receiver);
        }
      }
      case "sendmsg" -> {
        if (written.contains(fd)) {
          message(tracee, argument(tracee, 1), Long.MAX_VALUE, receiver);
        }
      }
      case "recvmmsg", "recvmmsg_time64" -> {
        if (!failed && read.contains(fd)) {
          messages(tracee, true, receiver);
        }
      }
      case "sendmmsg" -> {
        if (!failed && written.contains(fd)) {
          messages(tracee, false, receiver);
        }
      }
      default -> {}
    }
  }

  private static long argument(Tracee tracee, int index) {
    return tracee.abi().wordSize() == 4 ? tracee.arg(index) & 0xffffffffL : tracee.arg(index);
  }

  private long word(Tracee tracee, long address, int size) {
    if (tracee.memory().read(address, word, 0, size) != size) {
      return 0;
    }
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << 8 | (word[i] & 0xff);
    }
    return value;
  }

  private boolean readable(Tracee tracee, long address, long length) {
    return tracee.memory().read(address, piece, 0, (int) length) == length;
  }

  /** A piece is told of if all of it can be read; that it cannot is said behind other pieces. */
  private void data(Tracee tracee, long address, long length, Receiver receiver) {
    long done = 0;
    while (done < length) {
      int wanted = (int) Math.min(PIECE, length - done);
      int got = tracee.memory().read(address + done, piece, 0, wanted);
      if (got < wanted) {
        if (done > 0) {
          receiver.missing(wanted, tracee.tid(), address + done);
        }
        return;
      }
      receiver.data(done, piece, got, length);
      done += got;
    }
  }

  private void vectors(Tracee tracee, long address, long count, long most, Receiver receiver) {
    int size = tracee.abi().wordSize();
    long vectors = Math.min(count, MAX_VECTORS);
    // Of an array that is partly unreadable, none.
    if (vectors > 0 && !readable(tracee, address, vectors * 2 * size)) {
      return;
    }
    long left = most;
    for (int i = 0; i < vectors && left > 0; i++) {
      long at = address + 2L * size * i;
      long begin = word(tracee, at, size);
      long length = Math.min(left, word(tracee, at + size, size));
      if (length > 0) {
        receiver.buffer(i, length);
        data(tracee, begin, length, receiver);
        left -= length;
      }
    }
  }

  /** {@code struct msghdr}: name and its length, then vectors and their number, in words. */
  private void message(Tracee tracee, long address, long most, Receiver receiver) {
    int size = tracee.abi().wordSize();
    long vectors = word(tracee, address + 2L * size, size);
    vectors(tracee, vectors, word(tracee, address + 3L * size, size), most, receiver);
  }

  private void messages(Tracee tracee, boolean received, Receiver receiver) {
    int size = tracee.abi().wordSize();
    int headerSize = 7 * size;
    int step = 8 * size;
    long address = argument(tracee, 1);
    for (int i = 0; i < Math.min(tracee.result(), MAX_VECTORS); i++) {
      long at = address + (long) i * step;
      receiver.message(i, (int) word(tracee, at + 3L * size, size));
      long most = received ? word(tracee, at + headerSize, 4) : Long.MAX_VALUE;
      message(tracee, at, most, receiver);
    }
  }
}
