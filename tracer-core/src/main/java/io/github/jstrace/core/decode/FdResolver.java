// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.core.decode;

import org.jspecify.annotations.Nullable;

/**
 * Says what a descriptor or process of a tracee is, as {@code -y}, {@code -yy} and {@code -Y} show
 * it, and what else the system knows of the numbers in a call.
 */
public interface FdResolver {
  /** What {@link #netlinkProtocol} returns for anything but a netlink socket. */
  int NOT_NETLINK = -1;

  /** What {@link #netlinkProtocol} returns for a netlink socket of which no more is known. */
  int UNKNOWN_NETLINK = -2;

  FdResolver NONE =
      new FdResolver() {
        @Override
        public byte @Nullable [] path(int tid, int fd) {
          return null;
        }

        @Override
        public @Nullable String details(int tid, int fd, byte[] path) {
          return null;
        }

        @Override
        public byte @Nullable [] comm(int pid) {
          return null;
        }
      };

  /**
   * What {@code /proc/TID/fd/FD} links to, for {@code fd} -100 ({@code AT_FDCWD}) the working
   * directory; raw bytes (also {@code socket:[123]}), null if it cannot be read.
   */
  byte @Nullable [] path(int tid, int fd);

  /**
   * Details of a socket, device or other special file in strace's form, such as {@code
   * TCP:[127.0.0.1:80]}, {@code UNIX-STREAM:[123->124]}, {@code char 1:3}, {@code char
   * 5:2 @/dev/pts/3} or {@code pid:42}; null if there are none to tell.
   *
   * @param path what {@link #path} returned
   */
  @Nullable String details(int tid, int fd, byte[] path);

  /**
   * What {@code /proc/TID/fdinfo/FD} says, lines of {@code NAME:\tVALUE}; null if it cannot be
   * read.
   */
  default byte @Nullable [] information(int tid, int fd) {
    return null;
  }

  /**
   * The protocol of a netlink socket ({@code NETLINK_ROUTE} is 0), {@link #UNKNOWN_NETLINK} or
   * {@link #NOT_NETLINK}. Asked for each buffer that goes through a socket.
   */
  default int netlinkProtocol(int tid, int fd) {
    return NOT_NETLINK;
  }

  /**
   * Whether the tracees have gone on when this is asked, so that a descriptor may mean something
   * else by then, or its process may be gone.
   */
  default boolean late() {
    return false;
  }

  /** The name of the network interface with this index, null if there is none. */
  default byte @Nullable [] interfaceName(int index) {
    return null;
  }

  /**
   * The name of the generic netlink family with this number, null if there is none or nobody knows.
   */
  default byte @Nullable [] genericFamily(int number) {
    return null;
  }

  /**
   * Whether {@code path}, which is what {@link #path} returned, is the name of the file that the
   * descriptor refers to. A name may end like the remark that a file has been unlinked.
   */
  default boolean isNamed(int tid, int fd, byte[] path) {
    return false;
  }

  /** What an id names. */
  enum PidKind {
    TID,
    TGID,
    PGID,
    SID
  }

  /**
   * What {@code id} in the pid namespace of {@code tid} is in the tracer's; the same if these are
   * one, 0 if it is unknown.
   */
  default int ownPid(int tid, int id, PidKind kind) {
    return id;
  }

  /** What {@code /proc/TID/ns/NAME} links to, such as {@code net:[4026531840]}; null if unknown. */
  default @Nullable String namespace(int tid, String name) {
    return null;
  }

  /** Where a thread has mapped the file of that name ({@code /proc/TID/maps}); 0 if nowhere. */
  default long mapping(int tid, byte[] path) {
    return 0;
  }

  /** The security context of an open file, null if it has none. */
  default byte @Nullable [] fdContext(int tid, int fd) {
    return null;
  }

  /**
   * The security context of the file that a thread means by {@code path}, symbolic links not
   * followed; null if there is none.
   *
   * @param dirfd where a relative path begins, -100 for the working directory
   */
  default byte @Nullable [] fileContext(int tid, int dirfd, byte[] path) {
    return null;
  }

  /** What {@link #fdContext} ought to be by the policy, null if that says nothing. */
  default byte @Nullable [] policyFdContext(int tid, int fd) {
    return null;
  }

  /** What {@link #fileContext} ought to be by the policy, null if that says nothing. */
  default byte @Nullable [] policyFileContext(int tid, int dirfd, byte[] path) {
    return null;
  }

  /** The security context of a thread, null if it has none. */
  default byte @Nullable [] threadContext(int tid) {
    return null;
  }

  /** Command name of a process, null if it is gone. */
  byte @Nullable [] comm(int pid);
}
