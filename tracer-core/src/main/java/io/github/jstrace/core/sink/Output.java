// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.sink;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Where a trace goes: a descriptor behind a buffer. What fails (a full disk, a pipe that nobody
 * reads) is told once, then everything is dropped, so that the tracee runs on.
 *
 * <p>Immediate ones, such as stderr, are written to as soon as a sink says {@link #commit}: what
 * the tracee writes to the same terminal then stands where it happened. Others gather up to 64 KiB,
 * and are written when the tracees are quiet, when something is older than {@value #MAX_AGE_MILLIS}
 * ms, and at the end.
 *
 * <p>To be used by one thread at a time.
 */
public final class Output implements AutoCloseable {
  static final int CAPACITY = 64 * 1024;
  static final int MAX_AGE_MILLIS = 200;
  private static final int FIRST_CAPACITY = 4 * 1024;

  private final OutputStream stream;
  private final String name;
  private final boolean immediate;
  private final Consumer<String> complain;
  private byte[] buffer;
  private int length;
  private long firstCommit;
  private boolean failed;

  /**
   * Makes an output.
   *
   * @param stream unbuffered
   * @param name what to call it when it fails: a file name, {@code stderr}
   * @param immediate whether each commit is written at once
   * @param complain receives {@code NAME: reason} of the first failure
   */
  public Output(OutputStream stream, String name, boolean immediate, Consumer<String> complain) {
    this.stream = stream;
    this.name = name;
    this.immediate = immediate;
    this.complain = complain;
    this.buffer = new byte[FIRST_CAPACITY];
  }

  /** Appends bytes. */
  public void write(byte[] bytes, int offset, int count) {
    if (failed) {
      return;
    }
    if (count > buffer.length - length) {
      makeRoom(bytes, offset, count);
      return;
    }
    System.arraycopy(bytes, offset, buffer, length, count);
    length += count;
  }

  private void makeRoom(byte[] bytes, int offset, int count) {
    if (length + count <= CAPACITY) {
      buffer =
          Arrays.copyOf(buffer, Math.min(CAPACITY, Math.max(buffer.length * 2, length + count)));
      System.arraycopy(bytes, offset, buffer, length, count);
      length += count;
      return;
    }
    flush();
    if (count > CAPACITY) {
      send(bytes, offset, count);
    } else {
      write(bytes, offset, count);
    }
  }

  /**
   * A line, or a part of one that should be seen, is complete.
   *
   * @param now {@link System#nanoTime}, or some time of the event that is not much older
   */
  public void commit(long now) {
    if (immediate) {
      flush();
    } else if (firstCommit == 0) {
      firstCommit = now == 0 ? 1 : now;
    } else if (now - firstCommit > MAX_AGE_MILLIS * 1_000_000L) {
      flush();
    }
  }

  /** Writes what is in the buffer. */
  public void flush() {
    firstCommit = 0;
    if (length > 0) {
      int count = length;
      length = 0;
      send(buffer, 0, count);
    }
  }

  private void send(byte[] bytes, int offset, int count) {
    if (failed) {
      return;
    }
    try {
      stream.write(bytes, offset, count);
    } catch (IOException e) {
      fail(e);
    }
  }

  private void fail(IOException e) {
    failed = true;
    length = 0;
    complain.accept(name + ": " + e.getMessage());
  }

  /** Whether writing failed and everything is dropped. */
  public boolean failed() {
    return failed;
  }

  /** Flushes and closes. */
  @Override
  public void close() {
    flush();
    try {
      stream.close();
    } catch (IOException e) {
      if (!failed) {
        fail(e);
      }
    }
  }
}
