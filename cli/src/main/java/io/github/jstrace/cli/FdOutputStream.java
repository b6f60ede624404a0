// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.cli;

import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.NativeMemory;
import java.io.IOException;
import java.io.OutputStream;

/** Writes to a descriptor, which it closes. Errors have the words of strerror(3). */
final class FdOutputStream extends OutputStream {
  private static final int CHUNK = 64 * 1024;
  private static final long RETRY_MILLIS = 2;

  private final Libc libc;
  private final int fd;
  private final NativeMemory chunk;

  FdOutputStream(Libc libc, int fd) {
    this.libc = libc;
    this.fd = fd;
    this.chunk = libc.allocate(CHUNK);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    int at = offset;
    int end = offset + count;
    while (at < end) {
      int length = Math.min(end - at, CHUNK);
      chunk.put(0, bytes, at, length);
      long written = libc.write(fd, chunk.address(), length);
      if (written >= 0) {
        at += (int) written;
      } else if (written == -Errno.EAGAIN) {
        await();
      } else if (written != -Errno.EINTR) {
        throw new IOException(io.github.jstrace.tables.Errno.message(-written));
      }
    }
  }

  /** Someone made the file non-blocking. */
  private static void await() throws IOException {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      throw new IOException("Interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    int result = libc.close(fd);
    if (result < 0) {
      throw new IOException(io.github.jstrace.tables.Errno.message(-result));
    }
  }
}
