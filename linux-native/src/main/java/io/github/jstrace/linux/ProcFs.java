// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code /proc} (proc(5)) by plain system calls, cheaply at start. What cannot be read,
 * mostly because the process is gone, is {@code null} or -1. Names are exact bytes: they need not
 * be UTF-8. Not thread-safe.
 */
public final class ProcFs {
  /** The parent of all kernel threads. */
  private static final int KTHREADD = 2;

  /** The place of {@code exit_code} behind the name, counted from 0. */
  private static final int EXIT_CODE = 49;

  private static final int MAX_SIGNAL = 64;

  private static final int BLOCK = 16 * 1024;
  private static final int[] NO_INTS = {};

  private final Libc libc;
  private final NativeMemory block;

  public ProcFs(Libc libc) {
    this.libc = libc;
    this.block = libc.allocate(BLOCK);
  }

  /**
   * {@code /proc/PID} and a suffix that begins with a slash; pid 0 stands for {@code self}. Where
   * {@code /proc} is of another pid namespace, with the id there.
   */
  public static byte[] path(int pid, String suffix) {
    return ascii("/proc/" + (pid == 0 ? "self" : Integer.toString(ProcIds.of(pid))) + suffix);
  }

  /** The bytes of an ASCII string. */
  static byte[] ascii(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) text.charAt(i);
    }
    return bytes;
  }

  /** Whether this process is in the foreground process group of its terminal, by proc(5). */
  public boolean inForeground() {
    // behind the name: state, ppid, pgrp, session, tty_nr, tpgid
    int[] fields = statNumbers(0, 6);
    return fields[4] != 0 && fields[2] == fields[5];
  }

  /**
   * The signal that has stopped a thread, by the field {@code exit_code} of proc(5),
   * /proc/PID/stat; 0 if the kernel does not say.
   */
  public int stopSignal(int tid) {
    int signal = statNumbers(tid, EXIT_CODE + 1)[EXIT_CODE] & 0xff;
    return signal <= MAX_SIGNAL ? signal : 0;
  }

  /** The first {@code count} fields behind the name in {@code /proc/PID/stat}; -1 if negative. */
  private int[] statNumbers(int pid, int count) {
    int[] fields = new int[count];
    byte[] stat = read(path(pid, "/stat"));
    if (stat == null) {
      return fields;
    }
    int at = stat.length - 1;
    while (at > 0 && stat[at] != ')') {
      at--;
    }
    at += 2;
    for (int i = 0; i < fields.length && at < stat.length; i++) {
      boolean negative = stat[at] == '-';
      int value = 0;
      for (; at < stat.length && stat[at] != ' ' && stat[at] != '\n'; at++) {
        value = value * 10 + (stat[at] - '0');
      }
      at++;
      fields[i] = negative ? -1 : value;
    }
    return fields;
  }

  /** The whole contents of a file. */
  public byte @Nullable [] read(byte[] path) {
    int fd = libc.open(path, 0, 0);
    return fd < 0 ? null : readAll(fd);
  }

  /** What a descriptor gives up to its end; closes it. */
  byte @Nullable [] readAll(int fd) {
    byte[] contents = new byte[0];
    long got;
    while ((got = libc.read(fd, block.address(), BLOCK)) > 0) {
      int old = contents.length;
      contents = Arrays.copyOf(contents, old + (int) got);
      block.get(0, contents, old, (int) got);
    }
    libc.close(fd);
    return got < 0 && contents.length == 0 ? null : contents;
  }

  /** The target of a symbolic link, at most 16 KB. */
  public byte @Nullable [] readLink(byte[] path) {
    int length = libc.readlink(path, block.address(), BLOCK);
    return length < 0 ? null : block.bytes(0, length);
  }

  /**
   * What a descriptor refers to: a path, {@code socket:[INODE]}, {@code anon_inode:[eventpoll]}…;
   * {@code " (deleted)"} is appended to the path of a file that was removed.
   */
  public byte @Nullable [] fdTarget(int pid, int fd) {
    return readLink(path(pid, "/fd/" + fd));
  }

  /** Current directory. */
  public byte @Nullable [] cwd(int pid) {
    return readLink(path(pid, "/cwd"));
  }

  /** Name of a thread without the final newline, at most 15 bytes. */
  public byte @Nullable [] comm(int tid) {
    byte[] contents = read(path(tid, "/comm"));
    return contents == null || contents.length == 0
        ? contents
        : Arrays.copyOf(contents, contents.length - 1);
  }

  /** {@code /proc/PID/maps}. */
  public byte @Nullable [] maps(int pid) {
    return read(path(pid, "/maps"));
  }

  /** The process (thread group) of a thread, or -1. */
  public int tgid(int tid) {
    return ProcIds.ours((int) statusNumber(tid, "Tgid", 10));
  }

  /** Parent process, 0 if it is outside this pid namespace, or -1. */
  public int ppid(int tid) {
    return ProcIds.ours((int) statusNumber(tid, "PPid", 10));
  }

  /** Whether a thread is the kernel's own; outside of a container that has ids of its own. */
  public boolean isKernelThread(int tid) {
    return tid == KTHREADD || ppid(tid) == KTHREADD;
  }

  /** The tracer of a thread, 0 if there is none, or -1. */
  public int tracerPid(int tid) {
    return ProcIds.ours((int) statusNumber(tid, "TracerPid", 10));
  }

  /** State of a thread: {@code R S D T t Z X}, or 0 if it is gone. */
  public char state(int tid) {
    byte[] value = statusField(tid, "State");
    return value == null || value.length == 0 ? 0 : (char) value[0];
  }

  /** A mask such as {@code SigBlk} or {@code SigIgn}, bit 0 for signal 1; 0 if it is unknown. */
  public long signalMask(int tid, String field) {
    byte[] value = statusField(tid, field);
    return value == null ? 0 : parse(value, 16);
  }

  /** The first number of a field of {@code /proc/TID/status}, or -1. */
  public long statusNumber(int tid, String field, int radix) {
    byte[] value = statusField(tid, field);
    return value == null ? -1 : parse(value, radix);
  }

  /**
   * A field of {@code /proc/TID/status}: what follows its name, the colon and blanks, up to the end
   * of the line. {@code NSpid} and the like have several words.
   */
  public byte @Nullable [] statusField(int tid, String field) {
    byte[] status = read(path(tid, "/status"));
    return status == null ? null : field(status, field);
  }

  /** A field of the text of a status file. */
  static byte @Nullable [] field(byte[] status, String field) {
    int line = 0;
    while (line < status.length) {
      int end = line;
      while (end < status.length && status[end] != '\n') {
        end++;
      }
      if (startsWith(status, line, end, field)) {
        int from = line + field.length() + 1;
        while (from < end && (status[from] == '\t' || status[from] == ' ')) {
          from++;
        }
        return Arrays.copyOfRange(status, from, end);
      }
      line = end + 1;
    }
    return null;
  }

  private static boolean startsWith(byte[] text, int from, int end, String field) {
    int length = field.length();
    if (end - from <= length || text[from + length] != ':') {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text[from + i] != field.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The number that digits begin with; wraps beyond 64 bits. */
  static long parse(byte[] digits, int radix) {
    long value = 0;
    for (byte b : digits) {
      int digit = Character.digit(b, radix);
      if (digit < 0) {
        break;
      }
      value = value * radix + digit;
    }
    return value;
  }

  /** Ids of all processes, ascending. */
  public int[] processes() {
    return ProcIds.ours(numbersIn(ascii("/proc")));
  }

  /** Ids of the threads of a process, ascending; empty if it is gone. */
  public int[] threads(int pid) {
    return ProcIds.ours(numbersIn(path(pid, "/task")));
  }

  /**
   * Open descriptors of a process, ascending. For this process the one used for looking is left
   * out.
   */
  public int[] fds(int pid) {
    return numbersIn(path(pid, "/fd"));
  }

  /** The numbers among the names in a directory, ascending. */
  int[] numbersIn(byte[] directory) {
    int fd = libc.open(directory, Arch.current().oDirectory(), 0);
    if (fd < 0) {
      return NO_INTS;
    }
    boolean skipOwn = Arrays.equals(directory, path(0, "/fd"));
    int[] numbers = new int[16];
    int count = 0;
    int got;
    while ((got = libc.getdents64(fd, block.address(), BLOCK)) > 0) {
      // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, char name[]
      int at = 0;
      while (at + 19 < got) {
        int number = nameAsNumber(at + 19);
        if (number >= 0 && !(skipOwn && number == fd)) {
          if (count == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * count);
          }
          numbers[count++] = number;
        }
        at += Short.toUnsignedInt(block.getShort(at + 16));
      }
    }
    libc.close(fd);
    int[] result = Arrays.copyOf(numbers, count);
    Arrays.sort(result);
    return result;
  }

  private int nameAsNumber(int at) {
    int value = 0;
    int i = at;
    while (true) {
      byte b = block.getByte(i++);
      if (b == 0) {
        return i == at + 1 ? -1 : value;
      }
      if (b < '0' || b > '9') {
        return -1;
      }
      value = value * 10 + (b - '0');
    }
  }
}
