// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.linux;

import org.jspecify.annotations.Nullable;

/**
 * What {@link Launcher} is to run, and the state that the command must find. Strings are exact
 * bytes without NUL; signal masks have bit 0 for signal 1.
 */
public final class LaunchSpec {
  final byte[] path;
  final byte[][] argv;
  final byte[][] environment;
  final long blockedSignals;
  final long ignoredSignals;
  final int[] descriptors;

  int outputDescriptor = 1;
  boolean leavesInput;
  boolean leavesOutput;
  int uid = -1;
  int effectiveUid;
  int gid;
  int effectiveGid;
  int[] groups = {};

  byte @Nullable [] seccompFilter;
  int seccompFlags;
  boolean noNewPrivileges;
  boolean seccompOptional;

  /**
   * A command in the state that the caller of jstrace was in.
   *
   * @param path file to execute, as {@link PathLookup} found it
   * @param argv arguments with the command's name as the first
   * @param environment {@code NAME=VALUE} strings
   */
  public LaunchSpec(byte[] path, byte[][] argv, byte[][] environment, CallerState caller) {
    this.path = path;
    this.argv = argv;
    this.environment = environment;
    this.blockedSignals = caller.blockedSignals();
    this.ignoredSignals = caller.ignoredSignals();
    this.descriptors = caller.descriptors();
  }

  /** Makes the command's standard output another of its descriptors, such as 2. */
  public LaunchSpec output(int descriptor) {
    this.outputDescriptor = descriptor;
    return this;
  }

  /**
   * Once the command has them, this process holds standard input and perhaps output no longer: who
   * is at the other end of a pipe sees when the command closes them.
   */
  public LaunchSpec leaveStreams(boolean outputToo) {
    this.leavesInput = true;
    this.leavesOutput = outputToo;
    return this;
  }

  /**
   * Runs the command as another user, as {@code -u} does; takes privilege.
   *
   * @param groups supplementary groups
   * @param effectiveUid differs from {@code uid} when the file is set-user-ID; likewise the groups
   */
  public LaunchSpec user(int uid, int effectiveUid, int gid, int effectiveGid, int[] groups) {
    this.uid = uid;
    this.effectiveUid = effectiveUid;
    this.gid = gid;
    this.effectiveGid = effectiveGid;
    this.groups = groups;
    return this;
  }

  /**
   * Installs a seccomp filter right before the execve, once the tracer is attached.
   *
   * @param filter {@code struct sock_filter} instructions, 8 bytes each, at most 4096
   * @param flags {@code SECCOMP_FILTER_FLAG_*}
   * @param noNewPrivileges whether to set {@code no_new_privs} first, which the kernel wants of a
   *     process without CAP_SYS_ADMIN, and which takes the privilege from set-user-ID programs
   */
  public LaunchSpec seccomp(byte[] filter, int flags, boolean noNewPrivileges) {
    this.seccompFilter = filter;
    this.seccompFlags = flags;
    this.noNewPrivileges = noNewPrivileges;
    return this;
  }

  /**
   * As {@link #seccomp}, but if the kernel refuses the filter, the command runs without it. A
   * tracer sees the result of the call.
   */
  public LaunchSpec optionalSeccomp(byte[] filter, int flags, boolean withNoNewPrivileges) {
    seccomp(filter, flags, withNoNewPrivileges);
    this.seccompOptional = true;
    return this;
  }

  /** Whether the command runs as the user that this process is, or as root. */
  public boolean keepsPrivileges() {
    return uid == -1 || effectiveUid == 0;
  }
}
