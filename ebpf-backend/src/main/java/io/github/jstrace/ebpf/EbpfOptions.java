// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.ebpf;

import io.github.jstrace.core.filter.StatusFilter;
import io.github.jstrace.core.filter.SyscallFilter;
import io.github.jstrace.linux.LaunchSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to trace: a command to launch, processes that run already, or the whole system; of these,
 * what the filters leave. Not changed once tracing has begun.
 */
public final class EbpfOptions {
  private @Nullable LaunchSpec launch;
  private int[] pids = {};
  private boolean followForks;
  private boolean system;
  private final List<byte[]> comms = new ArrayList<>();
  private byte @Nullable [] cgroup;
  private SyscallFilter calls = SyscallFilter.ALL;
  private StatusFilter statuses = StatusFilter.ALL;
  private long minDuration;
  private int bufferSize;

  /** The command to launch, null if there is none. */
  public @Nullable LaunchSpec launch() {
    return launch;
  }

  public EbpfOptions setLaunch(@Nullable LaunchSpec value) {
    launch = value;
    return this;
  }

  /** Processes or threads that run already, as this process's pid namespace numbers them. */
  public int[] pids() {
    return pids;
  }

  /**
   * Adds a process or thread, a number above 0. A process id stands for all of its threads; that of
   * another thread only for itself, unless what it makes is to be followed.
   */
  public EbpfOptions addPid(int pid) {
    pids = Arrays.copyOf(pids, pids.length + 1);
    pids[pids.length - 1] = pid;
    return this;
  }

  /** Whether children and threads that tracees make are traced, too ({@code -f}). */
  public boolean followForks() {
    return followForks;
  }

  public EbpfOptions setFollowForks(boolean value) {
    followForks = value;
    return this;
  }

  /**
   * Whether all threads of the system but this process's are traced. With a command, until that has
   * ended.
   */
  public boolean system() {
    return system;
  }

  public EbpfOptions setSystem(boolean value) {
    system = value;
    return this;
  }

  /** Names that a thread must have one of when it enters a call; any will do if there are none. */
  public List<byte[]> comms() {
    return comms;
  }

  /** Adds a name, 1 to 15 bytes. */
  public EbpfOptions addComm(byte[] name) {
    comms.add(name);
    return this;
  }

  /** Directory of a control group (version 2) that a thread must be in, or below; null for any. */
  public byte @Nullable [] cgroup() {
    return cgroup;
  }

  public EbpfOptions setCgroup(byte @Nullable [] path) {
    cgroup = path;
    return this;
  }

  /** The calls that are wanted. */
  public SyscallFilter calls() {
    return calls;
  }

  public EbpfOptions setCalls(SyscallFilter value) {
    calls = value;
    return this;
  }

  /**
   * The results that are wanted. As with ptrace, a summary counts calls whatever their result, so
   * it is traces that this is for.
   */
  public StatusFilter statuses() {
    return statuses;
  }

  public EbpfOptions setStatuses(StatusFilter value) {
    statuses = value;
    return this;
  }

  /** Nanoseconds that a call has to take at least. */
  public long minDuration() {
    return minDuration;
  }

  public EbpfOptions setMinDuration(long nanos) {
    minDuration = nanos;
    return this;
  }

  /** Bytes of the buffer of a trace, a power of two and of pages; 0 if left to the backend. */
  public int bufferSize() {
    return bufferSize;
  }

  public EbpfOptions setBufferSize(int bytes) {
    bufferSize = bytes;
    return this;
  }
}
