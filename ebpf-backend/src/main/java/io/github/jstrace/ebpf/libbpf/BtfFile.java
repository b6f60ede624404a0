// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf.libbpf;

import io.github.jstrace.linux.Errno;
import io.github.jstrace.linux.Libc;
import io.github.jstrace.linux.MappedMemory;
import io.github.jstrace.linux.NativeMemory;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Gets the kernel's types out of sysfs: mapped where Linux can (6.16), else read. */
final class BtfFile {
  static final String KERNEL = "/sys/kernel/btf/vmlinux";

  private static final int MAGIC = 0xeb9f;
  private static final int MIN_HEADER = 24;

  /** What sysfs gives at a time is a page, however much is asked for. */
  private static final int READ_SIZE = 1 << 16;

  private BtfFile() {}

  static Btf read(String file) throws Unavailable {
    Libc libc = Libc.get();
    int fd = libc.open(file.getBytes(StandardCharsets.UTF_8), 0, 0);
    if (fd == -Errno.ENOENT) {
      throw Unavailable.noBtf(file, KernelFacts.read().release());
    }
    if (fd < 0) {
      throw Unavailable.badBtf(file, "error " + -fd + " when opened");
    }
    try {
      long size = new File(file).length();
      if (size < MIN_HEADER || size > 1 << 30) {
        throw Unavailable.badBtf(file, "its size is " + size);
      }
      MappedMemory content = content(libc, fd, (int) size);
      if (content == null) {
        throw Unavailable.badBtf(file, "it cannot be read");
      }
      try {
        return parse(file, content.memory().buffer(), content);
      } catch (Unavailable e) {
        content.close();
        throw e;
      }
    } finally {
      libc.close(fd);
    }
  }

  private static @Nullable MappedMemory content(Libc libc, int fd, int size) {
    long address = libc.mmap(0, size, MappedMemory.PROT_READ, MappedMemory.MAP_PRIVATE, fd, 0);
    if (!MappedMemory.isError(address)) {
      return MappedMemory.at(address, size);
    }
    MappedMemory copy = MappedMemory.anonymous(size);
    if (copy == null) {
      return null;
    }
    NativeMemory memory = copy.memory();
    int done = 0;
    while (done < size) {
      long n = libc.read(fd, memory.address() + done, Math.min(READ_SIZE, size - done));
      if (n <= 0 && n != -Errno.EINTR) {
        copy.close();
        return null;
      }
      done += (int) Math.max(0, n);
    }
    return copy;
  }

  /**
   * Finds the sections.
   *
   * @param content in native byte order
   * @param mapping what the result shall close; null if nothing
   */
  static Btf parse(String file, ByteBuffer content, @Nullable MappedMemory mapping)
      throws Unavailable {
    int size = content.capacity();
    int header = content.getInt(4);
    if ((content.getShort(0) & 0xffff) != MAGIC || header < MIN_HEADER || header > size) {
      throw Unavailable.badBtf(file, "it is not BTF of this machine's byte order");
    }
    long typesAt = header + (content.getInt(8) & 0xffffffffL);
    long typesSize = content.getInt(12) & 0xffffffffL;
    long stringsAt = header + (content.getInt(16) & 0xffffffffL);
    long stringsSize = content.getInt(20) & 0xffffffffL;
    if (typesAt + typesSize > size || stringsAt + stringsSize > size || typesSize % 4 != 0) {
      throw Unavailable.badBtf(file, "it is cut off");
    }
    try {
      return new Btf(
          section(content, typesAt, typesSize), section(content, stringsAt, stringsSize), mapping);
    } catch (IllegalArgumentException e) {
      throw Unavailable.badBtf(file, String.valueOf(e.getMessage()));
    }
  }

  private static ByteBuffer section(ByteBuffer content, long offset, long size) {
    return content.slice((int) offset, (int) size).order(content.order());
  }
}
