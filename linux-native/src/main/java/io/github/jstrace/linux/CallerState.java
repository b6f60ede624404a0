// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.nio.charset.Charset;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The state jstrace was started in, which a launched command must find unchanged: signals,
 * descriptors, environment, the exact bytes of arguments. The launcher script and the JVM disturb
 * some of it, so the script passes what it found as system properties, all optional; what they do
 * not tell is read from {@code /proc/self}:
 *
 * <ul>
 *   <li>{@code jstrace.sigign}, {@code jstrace.sigblk}: ignored and blocked signals, the
 *       hexadecimal masks of {@code /proc/PID/status}. (The JVM handles some ignored ones itself,
 *       which hides them. The mask of its first thread is the caller's.)
 *   <li>{@code jstrace.closedfds}: which of descriptors 0 to 2 were closed, {@code jstrace.fds}:
 *       which beyond them were open, separated by commas. (Otherwise: those without close-on-exec
 *       that are no files of the JVM.)
 *   <li>{@code jstrace.envfd}: a descriptor from which a line to skip and the NUL-terminated
 *       environment can be read, once; or several, ascending, each with a line to skip and the next
 *       60,000 bytes. (Otherwise that of this process.)
 * </ul>
 */
public final class CallerState {

  /** What the launcher puts into one pipe where it needs several, in bytes. */
  private static final int ENVIRONMENT_PART = 60_000;

  private final ProcFs proc;
  private final long ignoredSignals;
  private final long blockedSignals;
  private final int[] descriptors;
  private byte @Nullable [] environment;

  private CallerState(ProcFs proc) {
    this.proc = proc;
    byte[] status = proc.read(ProcFs.path(0, "/status"));
    // What is ignored even here was ignored by the caller, too: bash hides SIGCHLD from the script.
    byte[] ignoredHere = status == null ? null : ProcFs.field(status, "SigIgn");
    this.ignoredSignals =
        mask("jstrace.sigign", status, "SigIgn")
            | (ignoredHere == null ? 0 : ProcFs.parse(ignoredHere, 16));
    this.blockedSignals = mask("jstrace.sigblk", status, "SigBlk");
    this.descriptors = findDescriptors();
  }

  /** Finds out, and goes back to the caller's working directory if the launcher had to leave it. */
  public static CallerState read(Libc libc) {
    for (int directory : numbers(System.getProperty("jstrace.cwdfd"))) {
      libc.syscall(Arch.current().sysFchdir(), directory, 0, 0, 0, 0);
      libc.close(directory);
    }
    return new CallerState(new ProcFs(libc));
  }

  /** Signals the caller ignored: a command inherits that. */
  public long ignoredSignals() {
    return ignoredSignals;
  }

  /** Signals the caller had blocked. */
  public long blockedSignals() {
    return blockedSignals;
  }

  /** Descriptors the caller had open, ascending. */
  public int[] descriptors() {
    return descriptors.clone();
  }

  private static long mask(String property, byte @Nullable [] status, String field) {
    String value = System.getProperty(property);
    if (value != null) {
      return ProcFs.parse(ProcFs.ascii(value), 16);
    }
    byte[] found = status == null ? null : ProcFs.field(status, field);
    return found == null ? 0 : ProcFs.parse(found, 16);
  }

  private static int[] findDescriptors() {
    int[] closed = numbers(System.getProperty("jstrace.closedfds"));
    int[] beyond = numbers(System.getProperty("jstrace.fds"));
    int[] result = new int[3 + beyond.length];
    int count = 0;
    for (int fd = 0; fd <= 2; fd++) {
      if (Arrays.binarySearch(closed, fd) < 0) {
        result[count++] = fd;
      }
    }
    for (int fd : beyond) {
      if (fd > 2) {
        result[count++] = fd;
      }
    }
    return Arrays.copyOf(result, count);
  }

  /** Numbers of a comma-separated list, ascending. */
  static int[] numbers(@Nullable String list) {
    int[] result = inOrder(list);
    Arrays.sort(result);
    return result;
  }

  /** Numbers of a list separated by anything but digits. */
  static int[] inOrder(@Nullable String list) {
    int[] result = new int[list == null ? 0 : list.length() / 2 + 1];
    int count = 0;
    int value = -1;
    int length = list == null ? 0 : list.length();
    for (int i = 0; i <= length; i++) {
      int digit = list == null || i == length ? -1 : Character.digit(list.charAt(i), 10);
      if (digit >= 0) {
        value = Math.max(value, 0) * 10 + digit;
      } else if (value >= 0) {
        result[count++] = value;
        value = -1;
      }
    }
    return Arrays.copyOf(result, count);
  }

  /** The caller's environment, in its order. */
  public byte[][] environment() {
    if (environment == null) {
      environment = readEnvironment();
    }
    return split(environment);
  }

  private byte[] readEnvironment() {
    byte[] handedOver = new byte[0];
    boolean whole = false;
    int[] pipes = numbers(System.getProperty("jstrace.envfd"));
    for (int fd : pipes) {
      byte[] contents = proc.readAll(fd);
      int line = 0;
      while (contents != null && line < contents.length && contents[line] != '\n') {
        line++;
      }
      if (contents == null || line == contents.length) {
        return ownEnvironment();
      }
      int length = contents.length - line - 1;
      handedOver = Arrays.copyOf(handedOver, handedOver.length + length);
      System.arraycopy(contents, line + 1, handedOver, handedOver.length - length, length);
      whole = pipes.length == 1 || length < ENVIRONMENT_PART;
    }
    return whole ? handedOver : ownEnvironment();
  }

  private byte[] ownEnvironment() {
    byte[] own = proc.read(ProcFs.path(0, "/environ"));
    return own == null ? new byte[0] : own;
  }

  /**
   * The exact bytes of the arguments of {@code main}, which Java has decoded, perhaps with loss.
   *
   * @param args as {@code main} got them
   */
  public byte[][] arguments(String[] args) {
    byte[] contents = proc.read(ProcFs.path(0, "/cmdline"));
    byte[][] all = contents == null ? new byte[0][] : split(contents);
    if (all.length >= args.length) {
      byte[][] last = Arrays.copyOfRange(all, all.length - args.length, all.length);
      boolean same = true;
      for (int i = 0; i < args.length && same; i++) {
        same = agrees(last[i], args[i]);
      }
      if (same) {
        return last;
      }
    }
    byte[][] encoded = new byte[args.length][]; // main was called by other Java code
    for (int i = 0; i < args.length; i++) {
      encoded[i] = nativeBytes(args[i]);
    }
    return encoded;
  }

  /**
   * Whether bytes can be those of a decoded string: equal where both are ASCII up to the first that
   * is not.
   */
  private static boolean agrees(byte[] bytes, String decoded) {
    int length = Math.min(bytes.length, decoded.length());
    for (int i = 0; i < length; i++) {
      if (bytes[i] < 0 || decoded.charAt(i) > 0x7e) {
        return true;
      }
      if (bytes[i] != decoded.charAt(i)) {
        return false;
      }
    }
    return bytes.length == decoded.length();
  }

  /** A string as the JVM passes it to the system. */
  public static byte[] nativeBytes(String text) {
    String encoding = System.getProperty("sun.jnu.encoding");
    return text.getBytes(
        encoding != null && Charset.isSupported(encoding)
            ? Charset.forName(encoding)
            : Charset.defaultCharset());
  }

  /** The strings of a sequence in which each is followed by a NUL. */
  static byte[][] split(byte[] strings) {
    int count = 0;
    for (byte b : strings) {
      if (b == 0) {
        count++;
      }
    }
    boolean open = strings.length > 0 && strings[strings.length - 1] != 0;
    byte[][] result = new byte[open ? count + 1 : count][];
    int from = 0;
    for (int i = 0; i < result.length; i++) {
      int end = from;
      while (end < strings.length && strings[end] != 0) {
        end++;
      }
      result[i] = Arrays.copyOfRange(strings, from, end);
      from = end + 1;
    }
    return result;
  }
}
