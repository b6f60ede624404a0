// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import io.github.jstrace.core.Tracee;
import io.github.jstrace.core.TraceeMemory;
import io.github.jstrace.core.value.Value;
import io.github.jstrace.tables.Abi;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The system call that is being decoded, as {@link Type}s see it: arguments, memory, options, and
 * what they keep from entry to exit. One per tracee, reused from call to call.
 */
public final class DecodeContext {
  /** No string, however long the user wants them, is read beyond this. */
  static final int MAX_READ = 16 << 20;

  private static final int PAGE = 4096;
  private static final int AT_FDCWD = -100;

  /** What the kernel appends to the path of a file that was unlinked (fs/d_path.c, Linux 6.18). */
  private static final String DELETED = " (deleted)";

  /** How the details of a descriptor for a process begin. */
  private static final String PIDFD = "pid:";

  private Tracee tracee;
  private final DecodeOptions options;
  private final FdResolver fds;
  private final NetlinkSockets netlinkSockets;

  private long[] arguments = new long[6];
  private boolean exiting;
  private boolean abbreviated = true;
  private boolean verbose = true;
  private @Nullable Value note;
  private @Nullable Object stash;

  /** The last directory among the arguments. */
  private int dirfd = AT_FDCWD;

  private @Nullable MemoryView scope;
  private int scopeBase;

  DecodeContext(
      Tracee tracee, DecodeOptions options, FdResolver fds, NetlinkSockets netlinkSockets) {
    this.netlinkSockets = netlinkSockets;
    this.tracee = tracee;
    this.options = options;
    this.fds = fds;
  }

  void begin(int argCount, boolean isAbbreviated, boolean isVerbose) {
    if (arguments.length < argCount) {
      arguments = new long[argCount];
    }
    exiting = false;
    abbreviated = isAbbreviated;
    verbose = isVerbose;
    note = null;
    stash = null;
    dirfd = AT_FDCWD;
    scope = null;
  }

  void beginExit() {
    exiting = true;
  }

  void setArgument(int index, long value) {
    arguments[index] = value;
  }

  public Tracee tracee() {
    return tracee;
  }

  void setTracee(Tracee value) {
    tracee = value;
  }

  public Abi abi() {
    return tracee.abi();
  }

  public DecodeOptions options() {
    return options;
  }

  /**
   * The number that argument {@code index} of the signature is (on i386 a 64-bit one takes two
   * registers).
   */
  public long argument(int index) {
    return arguments[index];
  }

  /** Whether the call has returned. */
  public boolean exiting() {
    return exiting;
  }

  /** Whether the call has failed; false before its exit. */
  public boolean failed() {
    return exiting && (tracee.errno() != Tracee.SUCCESS || !tracee.resultKnown());
  }

  /** The result of a call that succeeded, -errno of one that failed. */
  public long result() {
    return tracee.result();
  }

  /** Whether structs and arrays are shown in brief, and nobody wants the rest. */
  public boolean brief() {
    return abbreviated && !options.everything();
  }

  /** Whether structs and arrays are shown in brief in text. */
  public boolean abbreviated() {
    return abbreviated;
  }

  /** Whether pointers to structs are to be followed at all ({@code -e verbose=}). */
  public boolean verbose() {
    return verbose;
  }

  /** {@code -s}. */
  public int maxString() {
    return options.maxString();
  }

  /** Sets what stands in parentheses behind the result. */
  public void setNote(Value value) {
    note = value;
  }

  public void setNote(String text) {
    note = new Value.Text(text, 0);
  }

  /** Adds to what stands in parentheses behind the result. */
  public void addNote(Value value) {
    if (note == null) {
      note = value;
    } else if (note instanceof Value.Seq seq) {
      Value[] items = java.util.Arrays.copyOf(seq.items(), seq.items().length + 1);
      items[items.length - 1] = value;
      note = new Value.Seq(items);
    } else {
      note = new Value.Seq(note, value);
    }
  }

  @Nullable Value note() {
    return note;
  }

  /** What a type put aside at entry for the exit of the same call. */
  public @Nullable Object stash() {
    return stash;
  }

  public void setStash(@Nullable Object value) {
    stash = value;
  }

  /** A descriptor, with as much of what it is as the options ask for. */
  public Value fd(int fd) {
    int tid = tracee.tid();
    Value value = plainFd(tid, fd);
    if (fd < 0 || options.securityContexts() == DecodeOptions.SecurityContexts.NONE) {
      return value;
    }
    byte[] expected = options.contextMismatches() ? fds.policyFdContext(tid, fd) : null;
    return secured(value, fds.fdContext(tid, fd), expected);
  }

  /** A descriptor of the process {@code pid}, as the tracee calls that; 0 if it is unknown. */
  Value fdOf(int pid, int fd) {
    int own = pid <= 0 ? 0 : fds.ownPid(tracee.tid(), pid, FdResolver.PidKind.TGID);
    return own <= 0 ? new Value.Fd(fd, null, null, false, null) : plainFd(own, fd);
  }

  /** The process that the tracee's descriptor {@code pidfd} is for, 0 if it is for none. */
  int pidOf(int pidfd) {
    byte[] path = options.fdKinds() == 0 ? null : fds.path(tracee.tid(), pidfd);
    String details = path == null ? null : fds.details(tracee.tid(), pidfd, path);
    return details != null && details.startsWith(PIDFD)
        ? Integer.parseInt(details.substring(PIDFD.length()))
        : 0;
  }

  /** A descriptor that the paths behind it are relative to. */
  Value directory(int fd) {
    dirfd = fd;
    return fd(fd);
  }

  /** A path of the tracee. */
  Value path(long address, int limit) {
    Value value = string(address, limit, true);
    if (!(value instanceof Value.Str path)
        || options.securityContexts() == DecodeOptions.SecurityContexts.NONE) {
      return value;
    }
    int tid = tracee.tid();
    byte[] expected =
        options.contextMismatches() ? fds.policyFileContext(tid, dirfd, path.bytes()) : null;
    return secured(value, fds.fileContext(tid, dirfd, path.bytes()), expected);
  }

  private Value secured(Value value, byte @Nullable [] context, byte @Nullable [] expected) {
    if (context == null) {
      return value;
    }
    boolean full = options.securityContexts() == DecodeOptions.SecurityContexts.FULL;
    byte[] shown = SecurityContext.shown(context, full);
    return new Value.Secured(
        value,
        expected == null
            ? shown
            : SecurityContext.compared(shown, SecurityContext.shown(expected, full)));
  }

  /** What a descriptor refers to, whatever the options ask for; null if unknown. */
  byte @Nullable [] path(int fd) {
    return fds.path(tracee.tid(), fd);
  }

  /** See {@link FdResolver#namespace}. */
  @Nullable String namespace(int tid, String name) {
    return fds.namespace(tid, name);
  }

  /** See {@link FdResolver#mapping}. */
  long mapping(byte[] path) {
    return fds.mapping(tracee.tid(), path);
  }

  private Value plainFd(int tid, int fd) {
    String special = fd == AT_FDCWD ? "AT_FDCWD" : null;
    int kinds = options.fdKinds();
    boolean paths = (kinds & DecodeOptions.FD_PATH) != 0;
    if (kinds == 0 || fd < 0 && (special == null || !paths)) {
      return new Value.Fd(fd, special, null, false, null);
    }
    byte[] path = fds.path(tid, fd);
    if (path == null) {
      return new Value.Fd(fd, special, null, false, null);
    }
    String details = null;
    boolean real = path.length > 0 && path[0] == '/';
    int wanted = special == null ? kinds & kindOf(path) : 0;
    if (wanted == DecodeOptions.FD_EVENTFD || wanted == DecodeOptions.FD_SIGNALFD) {
      Value known = FdContent.of(abi(), fd, wanted, fds.information(tid, fd));
      if (known != null) {
        return known;
      }
    } else if (wanted != 0) {
      details = fds.details(tid, fd, path);
    }
    if (details != null && !real) {
      return new Value.Fd(fd, special, null, false, details);
    }
    if (details == null && !paths) {
      return new Value.Fd(fd, special, null, false, null);
    }
    boolean deleted = endsWith(path, DELETED) && !fds.isNamed(tid, fd, path);
    if (deleted) {
      path = java.util.Arrays.copyOf(path, path.length - DELETED.length());
    }
    return new Value.Fd(fd, special, path, deleted, details);
  }

  /** The bits of options that ask for details of what {@code /proc/PID/fd/N} calls so. */
  private static int kindOf(byte[] path) {
    if (path.length > 0 && path[0] == '/') {
      return DecodeOptions.FD_DEV;
    }
    switch (new String(path, StandardCharsets.ISO_8859_1)) {
      case "anon_inode:[eventfd]":
        return DecodeOptions.FD_EVENTFD;
      case "anon_inode:[signalfd]":
        return DecodeOptions.FD_SIGNALFD;
      case "anon_inode:[pidfd]":
        return DecodeOptions.FD_PIDFD;
      default:
        return path.length > 0 && path[0] == 's'
            ? DecodeOptions.FD_SOCKET
            : DecodeOptions.FD_ALL & ~(DecodeOptions.FD_PATH | DecodeOptions.FD_DEV);
    }
  }

  private static boolean endsWith(byte[] bytes, String suffix) {
    int from = bytes.length - suffix.length();
    if (from <= 0) {
      return false;
    }
    for (int i = 0; i < suffix.length(); i++) {
      if (bytes[from + i] != suffix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The protocol of the netlink socket {@code fd}: see {@link FdResolver#netlinkProtocol}. */
  int netlinkProtocol(int fd) {
    Integer seen = fds.late() ? netlinkSockets.protocol(tracee.tgid(), fd) : null;
    if (seen != null) {
      return seen;
    }
    return fd < 0 ? FdResolver.NOT_NETLINK : fds.netlinkProtocol(tracee.tid(), fd);
  }

  /** The call has made the socket {@code fd}: see {@link NetlinkSockets#made}. */
  void madeSocket(int fd, int protocol) {
    if (fds.late()) {
      netlinkSockets.made(tracee.tgid(), fd, protocol);
    }
  }

  /** See {@link FdResolver#genericFamily}. */
  byte @Nullable [] genericFamily(int number) {
    return fds.genericFamily(number);
  }

  /** See {@link FdResolver#interfaceName}. */
  byte @Nullable [] interfaceName(int index) {
    return fds.interfaceName(index);
  }

  /** A process or thread, with its name if the options ask for it. */
  public Value pid(int pid) {
    return pid(pid, FdResolver.PidKind.TGID);
  }

  /** An id of that kind, with the name and the tracer's own id for it if the options ask for it. */
  public Value pid(int pid, FdResolver.PidKind kind) {
    boolean named =
        options.pidComms()
            && pid > 0
            && (kind == FdResolver.PidKind.TID || kind == FdResolver.PidKind.TGID);
    boolean translated = options.pidNamespaces() && pid > 0;
    int own = named || translated ? fds.ownPid(tracee.tid(), pid, kind) : pid;
    byte[] comm = named && own != 0 ? fds.comm(own) : null;
    return new Value.Pid(pid, comm, translated && own != pid ? own : 0);
  }

  /**
   * Reads exactly {@code length} bytes, or null if not all of them can be had, as if there were
   * none for calls that are not verbose: these show strings only.
   */
  public @Nullable MemoryView read(long address, int length) {
    MemoryView m = readUpTo(address, length);
    return m.length() == length ? m : null;
  }

  /** Reads at most {@code length} bytes, as {@link #read}: as many as there are. */
  public MemoryView readUpTo(long address, int length) {
    return copy(address, verbose ? length : 0);
  }

  /** Reads at most {@code length} bytes, verbose or not. */
  MemoryView copy(long address, int length) {
    int wanted = Math.max(0, Math.min(length, MAX_READ));
    byte[] bytes = new byte[wanted];
    TraceeMemory memory = tracee.memory();
    int count = address == 0 || wanted == 0 ? 0 : memory.read(address, bytes, 0, wanted);
    return MemoryView.at(address, bytes, Math.max(0, count));
  }

  /**
   * Reads {@code count} bytes as a string cut at {@code limit}. As in strace, one that is cut has
   * to go on in memory.
   *
   * @return an {@link Value.Str}, or the address if they cannot be read
   */
  public Value bytes(long address, long count, int limit) {
    if (address == 0) {
      return Value.NULL;
    }
    boolean cut = Long.compareUnsigned(count, limit) > 0;
    int shown = Math.min(cut ? limit : (int) count, MAX_READ - 1);
    int wanted = cut || shown < count ? shown + 1 : shown;
    MemoryView m = copy(address, wanted);
    return m.length() < wanted
        ? Value.unreadable(address)
        : new Value.Str(m.copy(0, shown), wanted > shown, false, false);
  }

  /**
   * Reads a string up to its NUL, at most {@code limit} bytes of it.
   *
   * @return an {@link Value.Str}, or the address if it cannot be read up to its end or the limit
   */
  public Value string(long address, int limit, boolean path) {
    if (address == 0) {
      return Value.NULL;
    }
    int cap = Math.min(limit, MAX_READ - 1) + 1;
    byte[] bytes = new byte[Math.min(cap, 256)];
    int length = 0;
    while (true) {
      // Never across a page in one go, so that a string that ends before an unmapped page is read
      // whole.
      int toPageEnd = PAGE - (int) ((address + length) & (PAGE - 1));
      int want = Math.min(Math.min(cap - length, toPageEnd), Math.max(bytes.length - length, 256));
      if (bytes.length < length + want) {
        bytes =
            java.util.Arrays.copyOf(
                bytes, Math.min(cap, Math.max(length + want, bytes.length * 2)));
        want = Math.min(want, bytes.length - length);
      }
      int got = tracee.memory().read(address + length, bytes, length, want);
      for (int i = length; i < length + got; i++) {
        if (bytes[i] == 0) {
          // A string of exactly `limit` bytes and its NUL are read whole.
          return new Value.Str(
              java.util.Arrays.copyOf(bytes, Math.min(i, limit)), i > limit, true, path);
        }
      }
      length += Math.max(0, got);
      if (length >= cap) {
        return new Value.Str(java.util.Arrays.copyOf(bytes, limit), true, true, path);
      }
      if (got < want) {
        return Value.unreadable(address);
      }
    }
  }

  /**
   * Reads a string whose NUL has to be among its first {@code limit} bytes, which are shown if it
   * is not.
   */
  Value shortString(long address, int limit) {
    if (address == 0) {
      return Value.NULL;
    }
    Value value = string(address, limit - 1, false);
    if (!(value instanceof Value.Str s) || !s.truncated()) {
      return value;
    }
    return new Value.Str(copy(address, limit).copy(0, limit), true, true, false);
  }

  /**
   * Makes the struct at {@code base} of {@code m} the one that field references are resolved in.
   */
  void enterScope(MemoryView m, int base) {
    scope = m;
    scopeBase = base;
  }

  @Nullable MemoryView scope() {
    return scope;
  }

  int scopeBase() {
    return scopeBase;
  }

  void leaveScope(@Nullable MemoryView outer, int outerBase) {
    scope = outer;
    scopeBase = outerBase;
  }

  long scopeField(int offset, int size, boolean signed) {
    MemoryView m = scope;
    return m == null || scopeBase + offset + size > m.length()
        ? 0
        : m.load(scopeBase + offset, size, signed);
  }
}
