// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * A process that answers the notifications of seccomp filters (seccomp_unotify(2)): always that the
 * call shall be made as if there was no filter. It serves any number of filters, each until the
 * last thread that has it is gone, and ends when there is none left and this process has gone or
 * has closed it. Not thread-safe.
 */
public final class ListenerKeeper {
  private static final String NAME = "jstrace-keeper";

  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET_CLOEXEC = 0x80005;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int RLIMIT_NOFILE = 7;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLLIN = 1;

  // linux/seccomp.h, Linux 6.6
  private static final long NOTIF_RECV = 0xc0502100L;
  private static final long NOTIF_SEND = 0xc0182101L;
  private static final long NOTIF_SET_FLAGS = 0x40082104L;
  private static final int FD_SYNC_WAKE_UP = 1;
  private static final int FLAG_CONTINUE = 1;
  private static final int NOTIFICATION_WORDS = 10;

  /** Descriptors that a keeper has beside listeners, and some more. */
  private static final int OTHERS = 16;

  // struct msghdr, struct iovec, control message, a byte to send: of a 64-bit process.
  private static final int HEADER = 0;
  private static final int VECTOR = 56;
  private static final int CONTROL = 72;
  private static final int CONTROL_SIZE = 24;
  private static final int CONTROL_LENGTH = 20;
  private static final int BYTE = 96;
  private static final int MESSAGE_SIZE = 104;

  private final Libc libc;
  private final Arch arch = Arch.current();
  private @Nullable Helper helper;
  private int socket = -1;
  private long room;

  public ListenerKeeper(Libc libc) {
    this.libc = libc;
  }

  /**
   * Sees to it that there is a process that can take one more listener.
   *
   * @return 0, or -errno
   */
  public int prepare() {
    if (socket >= 0 && room > 0) {
      return 0;
    }
    close();
    NativeMemory limits = libc.allocate(16);
    libc.prlimit(0, RLIMIT_NOFILE, 0, limits.address());
    long most = limits.getLong(8);
    NativeMemory pair = libc.allocate(8);
    long made =
        libc.syscall(arch.sysSocketpair(), AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0, pair.address(), 0);
    if (made < 0) {
      return (int) made;
    }
    int theirs = pair.getInt(4);
    Helper started = new Helper(libc, program(arch, theirs, most), NAME, theirs);
    int result = started.await();
    libc.close(theirs);
    if (result < 0) {
      libc.close(pair.getInt(0));
      return result;
    }
    helper = started;
    socket = pair.getInt(0);
    room = most - OTHERS;
    return 0;
  }

  /**
   * Hands over a listener, and closes it here. To be called after {@link #prepare}.
   *
   * @return 0, or -errno
   */
  public int keep(int listener) {
    // since Linux 6.6; on one CPU the answer comes sooner
    libc.syscall(arch.sysIoctl(), listener, NOTIF_SET_FLAGS, FD_SYNC_WAKE_UP, 0, 0);
    NativeMemory message = libc.allocate(MESSAGE_SIZE);
    long address = message.address();
    message.putLong(HEADER + 16, address + VECTOR);
    message.putLong(HEADER + 24, 1);
    message.putLong(HEADER + 32, address + CONTROL);
    message.putLong(HEADER + 40, CONTROL_SIZE);
    message.putLong(VECTOR, address + BYTE);
    message.putLong(VECTOR + 8, 1);
    message.putLong(CONTROL, CONTROL_LENGTH);
    message.putInt(CONTROL + 8, SOL_SOCKET);
    message.putInt(CONTROL + 12, SCM_RIGHTS);
    message.putInt(CONTROL + 16, listener);
    long sent;
    do {
      sent = libc.syscall(arch.sysSendmsg(), socket, address, MSG_NOSIGNAL, 0, 0);
    } while (sent == -Errno.EINTR);
    Reference.reachabilityFence(message);
    libc.close(listener);
    room--;
    return sent < 0 ? (int) sent : 0;
  }

  /** No more listeners will come from here. */
  public void close() {
    if (socket >= 0) {
      libc.close(socket);
      socket = -1;
    }
    if (helper != null) {
      helper.bury();
      helper = null;
    }
  }

  /**
   * What the process runs: waits for listeners on a socket and for notifications of those it has,
   * all in one epoll set, until its count of descriptors is 0.
   *
   * @param socket where listeners come from
   * @param descriptors how many it may have
   */
  static byte[] program(Arch arch, int socket, long descriptors) {
    long any = StepProgram.ANY_RESULT;
    StepProgram p = new StepProgram(arch, Helper.STEPS + NOTIFICATION_WORDS + 28);
    int data = arch == Arch.X86_64 ? 4 : 8; // of struct epoll_event, packed on x86-64 only
    final long found = p.words(0, 0);
    final long added = p.words(EPOLLIN, 0);
    final long notification = p.words(new long[NOTIFICATION_WORDS]);
    final long answer = p.words(0, 0, (long) FLAG_CONTINUE << 32);
    final long zero = p.words(0);
    final long epoll = p.words(0);
    final long count = p.words(1);
    final long control = p.words(new long[CONTROL_SIZE / 8]);
    final long controlSize = p.words(CONTROL_SIZE);
    final long vector = p.words(p.words(0), 1);
    final long header = p.words(0, 0, vector, 1, control, CONTROL_SIZE, 0);

    final long end = Helper.begin(p, arch, NAME, socket, descriptors);
    p.store(p.step(0, arch.sysEpollCreate1(), 0), epoll);
    long toWait = p.load(0, epoll, -1, 0);
    long toAdd = p.load(0, epoll, -1, 0);
    // the first one added is the socket, whose data are 0; those of others are the descriptor + 1
    long add = p.step(any, arch.sysEpollCtl(), 0, EPOLL_CTL_ADD, socket, added);
    p.store(toAdd, StepProgram.argument(add, 0));

    long wait = p.step(0, arch.sysEpollPwait(), 0, found, 1, -1, 0, 8);
    p.store(toWait, StepProgram.argument(wait, 0));
    p.otherwise(wait, wait); // interrupted by SIGCONT
    long descriptor = 0xffffffffL;
    long isListener = p.load(0, found + data, descriptor, -1);
    long toReceive = isListener;
    long toSend = p.load(0, found + data, descriptor, -1);
    long pending = p.load(1, found, EPOLLIN, 0);
    for (int i = 0; i < NOTIFICATION_WORDS; i++) {
      p.store(p.load(0, zero, -1, 0), notification + 8L * i); // the kernel insists
    }
    long receive = p.step(0, arch.sysIoctl(), 0, NOTIF_RECV, notification);
    p.store(toReceive, StepProgram.argument(receive, 0));
    p.otherwise(receive, wait); // who made the call is gone, or does something else now
    p.store(p.load(any, notification, -1, 0), answer);
    long send = p.step(any, arch.sysIoctl(), 0, NOTIF_SEND, answer);
    p.store(toSend, StepProgram.argument(send, 0));
    p.then(send, wait);

    // nobody has the filter any more
    long toClose = p.load(0, found + data, descriptor, -1);
    p.otherwise(pending, toClose);
    long close = p.step(any, arch.sysClose(), 0);
    p.store(toClose, StepProgram.argument(close, 0));
    long less = p.load(1, count, -1, -1);
    p.store(less, count);
    p.then(less, wait);
    p.otherwise(less, end);

    // the socket: a listener, or its end
    long size = p.load(any, controlSize, -1, 0);
    p.otherwise(isListener, size);
    p.store(size, header + 40);
    long message = p.step(1, arch.sysRecvmsg(), socket, header, 0);
    long toData = p.load(0, control + 16, descriptor, 1);
    p.store(toData, added + data);
    p.store(p.load(0, control + 16, descriptor, 0), StepProgram.argument(add, 2));
    long more = p.load(any, count, -1, 1);
    p.store(more, count);
    p.then(more, add);
    long noMore = p.step(any, arch.sysClose(), socket);
    p.otherwise(message, noMore);
    p.then(noMore, less);
    return p.build();
  }
}
